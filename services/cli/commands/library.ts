/** `logburst library|launch|executions|execution|schedules|schedule`: what a system has in store, and what becomes of it. */

import { stringify } from "yaml";
import { readItem, withConfig } from "../../../libs/plans/read.ts";
import { ConfigProblems } from "../../../libs/protocol/config/problems.ts";
import type { Override } from "../../../libs/protocol/config/read.ts";
import { LogburstError } from "../../../libs/protocol/errors.ts";
import { EXIT_CODES, type ExitCode } from "../../../libs/protocol/exit-codes.ts";
import type { LibraryKind, RunnableKind } from "../../../libs/protocol/library/documents.ts";
import type { Fire, ScheduleStatus } from "../../../libs/protocol/library/entry.ts";
import type { Execution } from "../../../libs/protocol/library/execution.ts";
import { isoTime, sleep, systemClock } from "../../../libs/runtime/clock.ts";
import { natsUrlOf, readEnvironment } from "../../../libs/runtime/config.ts";
import { sealConfig, sealKeyOf } from "../../../libs/runtime/secrets.ts";
import { type AskOptions, askSystem } from "../ask-system.ts";
import { type Client, connectClient } from "../client.ts";
import { columns } from "../columns.ts";
import { BadConfigFile, readText, withColumns } from "../config-file.ts";
import { followToEnd } from "../run-once.ts";
import { valuesOf } from "./verbs.ts";

/** Entries that a list shows. */
const SHOWN = 500;

export function listCommand(options: AskOptions & { kind?: LibraryKind }): Promise<ExitCode> {
  return askSystem(
    options,
    (client) => client.ask("library.list", { kind: options.kind, limit: SHOWN }),
    ({ entries }) =>
      columns(
        ["KIND", "NAME", "REVISION", "FROM", "CHANGED", "DESCRIPTION"],
        entries.map(({ kind, name, revision, source, changed_ms, changed_by, description }) => [
          kind,
          name,
          String(revision),
          source === "file" ? "a file" : changed_by,
          isoTime(changed_ms),
          description ?? "",
        ]),
      ),
  );
}

/** Where one file is bad, none is put. */
export async function putCommand(
  files: readonly string[],
  options: AskOptions & { revision?: number },
): Promise<ExitCode> {
  const { revision } = options;
  const documents = files.map((file) => ({ file, document: documentIn(file) }));
  return askSystem(
    options,
    async (client) => {
      const entries = [];
      for (const { file, document } of documents)
        entries.push(await client.ask("library.put", { document, revision }).catch(namingFile(file)));
      return { entries };
    },
    ({ entries }) => entries.map(({ kind, name, revision }) => `${kind} ${name}: revision ${revision}`),
  );
}

/** As it may be sent: a config needs no file of this machine any more, and shows no secret where there is a key to seal it. */
function documentIn(file: string): string {
  const text = readText(file);
  const read = readItem(text);
  if (!read.ok) throw new BadConfigFile(file, read.problems);
  if (read.item.kind !== "scenario") return text;
  const key = sealKeyOf(readEnvironment());
  const document = withConfig(read.item, (config) => {
    const whole = withColumns(file, config);
    return key === undefined ? whole : sealConfig(whole, key).document;
  });
  return JSON.stringify(document);
}

function namingFile(file: string): (error: unknown) => never {
  return (error) => {
    throw error instanceof ConfigProblems ? new BadConfigFile(file, error.problems) : error;
  };
}

export function showCommand(kind: LibraryKind, name: string, options: AskOptions): Promise<ExitCode> {
  return askSystem(
    options,
    (client) => client.ask("library.get", { kind, name }),
    ({ document }) => [stringify(document).trimEnd()],
  );
}

export function deleteCommand(
  kind: LibraryKind,
  name: string,
  options: AskOptions & { revision?: number },
): Promise<ExitCode> {
  const { revision } = options;
  return askSystem(
    options,
    (client) => client.ask("library.delete", { kind, name, revision }),
    () => [`${kind} ${name}: deleted`],
  );
}

interface LaunchOptions extends AskOptions {
  readonly parameter: readonly Override[];
  readonly set: readonly Override[];
  readonly follow: boolean;
}

export async function launchCommand(
  kind: RunnableKind,
  name: string,
  options: LaunchOptions,
): Promise<ExitCode> {
  const parameters = valuesOf("--parameter", options.parameter);
  const wanted = { name, parameters, set: valuesOf("--set", options.set) };
  let id = "";
  const code = await askSystem(
    options,
    async (client) => {
      const launched =
        kind === "scenario"
          ? await client.ask("scenario.run", wanted)
          : await client.ask("execution.create", { kind, ...wanted });
      id = launched.id;
      return launched;
    },
    () => [id],
  );
  return options.follow ? follow(kind, id, options) : code;
}

const POLL_MS = 1000;
/** So often in a row nobody may answer: more than the next leader needs to take over. */
const MOST_UNANSWERED = 30;
const NOBODY_LEADS: readonly string[] = ["no_leader", "bus_unavailable"];

async function follow(kind: RunnableKind, id: string, { nats }: AskOptions): Promise<ExitCode> {
  const environment = readEnvironment();
  await using client = await connectClient(environment, nats ?? natsUrlOf(environment), systemClock);
  // Awaited here: what is in use must not be closed before it is over.
  return await (kind === "scenario" ? followToEnd(client, id) : followExecution(client, id));
}

async function followExecution(client: Client, id: string): Promise<ExitCode> {
  let told = 0;
  let unanswered = 0;
  const ofNobody = (error: unknown) => {
    const isNobody = error instanceof LogburstError && NOBODY_LEADS.includes(error.code);
    if (!isNobody || ++unanswered >= MOST_UNANSWERED) throw error;
    return undefined;
  };
  for (;;) {
    const execution = await client.ask("execution.get", { id }).catch(ofNobody);
    if (execution) {
      unanswered = 0;
      for (const event of execution.events.slice(told)) process.stderr.write(`${eventLine(event)}\n`);
      told = execution.events.length;
      if (execution.phase !== "running") return exitCodeOfExecution(execution);
    }
    await sleep(systemClock, POLL_MS);
  }
}

function exitCodeOfExecution({ phase, verdict }: Execution): ExitCode {
  if (phase === "failed") return EXIT_CODES.error;
  return phase === "stopped" ? EXIT_CODES.stopped : EXIT_CODES[verdict ?? "inconclusive"];
}

function eventLine({ at_ms, type, stage, run_id, text }: Execution["events"][number]): string {
  const place = [stage, run_id].filter((part) => part !== undefined).join(" ");
  return `${isoTime(at_ms)} ${type.replace("_", " ")}${place === "" ? "" : ` ${place}`}: ${text}`;
}

export function executionsCommand(options: AskOptions & { limit: number }): Promise<ExitCode> {
  return askSystem(
    options,
    (client) => client.ask("execution.list", { limit: options.limit }),
    ({ executions }) =>
      columns(
        ["EXECUTION", "OF", "PHASE", "VERDICT", "BEGAN"],
        executions.map(({ id, kind, name, phase, verdict, created_ms }) => [
          id,
          `${kind} ${name}`,
          phase,
          verdict ?? "",
          isoTime(created_ms),
        ]),
      ),
  );
}

export function executionCommand(
  id: string,
  options: AskOptions & { stop: boolean; reason?: string },
): Promise<ExitCode> {
  const { stop, reason } = options;
  return askSystem(
    options,
    (client) => (stop ? client.ask("execution.stop", { id, reason }) : client.ask("execution.get", { id })),
    ({ phase, verdict, failure, stages, events }) => [
      `${id}: ${phase}${verdict === undefined ? "" : `, ${verdict}`}${failure === undefined ? "" : `: ${failure}`}`,
      ...columns(
        ["STAGE", "STATE", "SCENARIOS"],
        stages.map(({ name, state, scenarios }) => [name, state, scenarios.join(" ")]),
      ),
      ...events.map(eventLine),
    ],
  );
}

export function schedulesCommand(options: AskOptions): Promise<ExitCode> {
  return askSystem(
    options,
    (client) => client.ask("schedule.list", {}),
    ({ schedules }) =>
      columns(
        ["SCHEDULE", "CRON", "TIME ZONE", "RUNS", "NEXT", "LAST"],
        schedules.map((schedule) => [
          schedule.name,
          schedule.cron,
          schedule.time_zone,
          `${schedule.kind} ${schedule.target}`,
          nextText(schedule),
          schedule.fires.at(-1)?.outcome ?? "",
        ]),
      ),
  );
}

function nextText({ paused, next_ms: nextMs }: ScheduleStatus): string {
  return paused ? "paused" : nextMs === undefined ? "never" : isoTime(nextMs);
}

export function scheduleCommand(
  name: string,
  options: AskOptions & { pause: boolean; resume: boolean },
): Promise<ExitCode> {
  const verb = options.pause ? "schedule.pause" : options.resume ? "schedule.resume" : "schedule.get";
  return askSystem(
    options,
    (client) => client.ask(verb, { name }),
    (schedule) => [
      `${name}: ${schedule.cron} (${schedule.time_zone}) runs ${schedule.kind} ${schedule.target}; next: ${nextText(schedule)}`,
      ...schedule.fires.map(fireLine),
    ],
  );
}

function fireLine({ fire_ms, outcome, execution, reason }: Fire): string {
  return [isoTime(fire_ms), outcome, execution ?? "", reason ?? ""].join(" ").trimEnd();
}

/** `logburst list|show|start|approve|reject|stop|pause|resume|change|clone|annotate|delete|nodes`: one question to the leader each, and its answer in lines. */

import { parse } from "yaml";
import type { Override } from "../../../libs/protocol/config/read.ts";
import { LogburstError } from "../../../libs/protocol/errors.ts";
import { EXIT_CODES, type ExitCode } from "../../../libs/protocol/exit-codes.ts";
import type { Note } from "../../../libs/protocol/note.ts";
import type { Phase, RunRecord } from "../../../libs/protocol/run.ts";
import { isoTime, systemClock } from "../../../libs/runtime/clock.ts";
import { natsUrlOf, readEnvironment } from "../../../libs/runtime/config.ts";
import { type Client, connectClient } from "../client.ts";
import { columns } from "../columns.ts";

export interface Options {
  readonly nats?: string;
  readonly json: boolean;
}

/** Asks a running system, and prints its answer as JSON or in lines. */
export async function withClient<T extends object>(
  options: Options,
  ask: (client: Client) => Promise<T>,
  linesOf: (answer: T) => readonly string[],
): Promise<ExitCode> {
  const environment = readEnvironment();
  await using client = await connectClient(environment, options.nats ?? natsUrlOf(environment), systemClock);
  const answer = await ask(client);
  const lines = options.json ? [JSON.stringify(answer)] : linesOf(answer);
  for (const line of lines) process.stdout.write(`${line}\n`);
  return EXIT_CODES.passed;
}

export function listCommand(
  options: Options & { name?: string; phase?: Phase; label?: string; limit: number },
): Promise<ExitCode> {
  const { name, phase, label, limit } = options;
  return withClient(
    options,
    (client) => client.ask("run.list", { name, phase, label, limit }),
    ({ runs }) => columns(["RUN", "MODEL", "PHASE", "VERDICT", "ACCEPTED"], runs.map(rowOfRun)),
  );
}

function rowOfRun({ id, model, phase, verdict, created_ms }: RunRecord): string[] {
  return [id, model, phase, verdict ?? "", isoTime(created_ms)];
}

/** What happened to a run in its first hours; the rest is in its report. */
const SHOWN_EVENTS = 200;

export function showCommand(id: string, options: Options): Promise<ExitCode> {
  return withClient(
    options,
    async (client) => ({
      run: await client.ask("run.get", { id }),
      notes: (await client.ask("note.list", { id })).notes,
      events: (await client.ask("run.events", { id, limit: SHOWN_EVENTS })).events,
    }),
    ({ run, notes, events }) => [
      `${run.id}: ${run.phase}${run.verdict === undefined ? "" : `, ${run.verdict}`}`,
      ...run.verdict_reasons.map((reason) => `  ${reason}`),
      ...(run.failure === undefined ? [] : [`  ${run.failure}`]),
      `${run.model} model · ${run.slots_needed} slots · seed ${run.seed} · schedule ${run.schedule_hash}`,
      ...(run.approval === undefined
        ? []
        : run.approval.reasons.map((why) => `approval ${run.approval?.state}: ${why}`)),
      ...Object.entries(run.labels).map(([name, value]) => `label ${name}=${value}`),
      ...notes.map(noteLine),
      ...events.map(({ event }) => `${isoTime(event.at_ms)} ${event.type}`),
    ],
  );
}

export function startCommand(id: string, options: Options): Promise<ExitCode> {
  return withClient(options, (client) => client.ask("run.start", { id }), phaseLine);
}

export function approveCommand(id: string, options: Options & { reason?: string }): Promise<ExitCode> {
  const { reason } = options;
  return withClient(options, (client) => client.ask("run.approve", { id, reason }), phaseLine);
}

export function rejectCommand(id: string, options: Options & { reason: string }): Promise<ExitCode> {
  const { reason } = options;
  return withClient(options, (client) => client.ask("run.reject", { id, reason }), phaseLine);
}

export function stopCommand(id: string, options: Options & { reason?: string }): Promise<ExitCode> {
  const { reason } = options;
  return withClient(options, (client) => client.ask("run.stop", { id, reason }), phaseLine);
}

export function pauseCommand(id: string, options: Options): Promise<ExitCode> {
  return withClient(options, (client) => client.ask("run.pause", { id }), phaseLine);
}

export function resumeCommand(id: string, options: Options): Promise<ExitCode> {
  return withClient(options, (client) => client.ask("run.resume", { id }), phaseLine);
}

export function changeCommand(
  id: string,
  options: Options & { rate?: number; users?: number; weight: readonly Override[] },
): Promise<ExitCode> {
  const { rate, users, weight } = options;
  const weights = Object.fromEntries(weight.map(({ path, value }) => [path, Number(value)]));
  const named = weight.length > 0 ? { weights } : {};
  return withClient(options, (client) => client.ask("run.change", { id, rate, users, ...named }), phaseLine);
}

function phaseLine({ id, phase }: RunRecord): string[] {
  return [`${id}: ${phase}`];
}

export function cloneCommand(
  id: string,
  options: Options & { set: readonly Override[]; start: boolean },
): Promise<ExitCode> {
  const set = Object.fromEntries(options.set.map(({ path, value }) => [path, yamlIn(value)]));
  return withClient(
    options,
    (client) => client.ask("run.clone", { id, set, start: options.start }),
    (run) => [run.id],
  );
}

export function yamlIn(text: string): unknown {
  try {
    return parse(text);
  } catch (cause) {
    throw new LogburstError("bad_request", `--set: ${text} is not YAML`, { remedies: ["quote it"], cause });
  }
}

export function annotateCommand(
  id: string,
  text: string | undefined,
  options: Options & { issue: boolean; close?: number; reopen?: number },
): Promise<ExitCode> {
  const { issue, close, reopen } = options;
  const note = close ?? reopen;
  if (note !== undefined) {
    const state = close === undefined ? "open" : "closed";
    return withClient(
      options,
      (client) => client.ask("note.update", { id, note, state, text }),
      (changed) => [noteLine(changed)],
    );
  }
  if (text !== undefined) {
    const kind = issue ? "issue" : "note";
    return withClient(
      options,
      (client) => client.ask("note.create", { id, text, kind }),
      (written) => [noteLine(written)],
    );
  }
  return withClient(
    options,
    (client) => client.ask("note.list", { id }),
    ({ notes }) => notes.map(noteLine),
  );
}

function noteLine({ number, kind, state, text, by, created_ms }: Note): string {
  return `${kind} ${number}${state === undefined ? "" : ` (${state})`} by ${by}, ${isoTime(created_ms)}: ${text}`;
}

export function deleteCommand(ids: readonly string[], options: Options): Promise<ExitCode> {
  return withClient(
    options,
    async (client) => {
      const deleted: string[] = [];
      for (const id of ids) deleted.push((await client.ask("run.delete", { id })).id);
      return { deleted };
    },
    ({ deleted }) => deleted.map((id) => `${id}: deleted`),
  );
}

/** Workers that a list shows. */
const SHOWN_NODES = 500;

export function nodesCommand(options: Options): Promise<ExitCode> {
  return withClient(
    options,
    (client) => client.ask("node.list", { limit: SHOWN_NODES }),
    ({ nodes }) =>
      columns(
        ["NODE", "STATUS", "SLOTS", "IN FLIGHT", "LAST HEARD"],
        nodes.map(({ node_id, status, performance_metrics: figures, last_heartbeat }) => [
          node_id,
          status,
          `${figures.slots_busy}/${figures.slots}`,
          String(figures.in_flight),
          last_heartbeat,
        ]),
      ),
  );
}

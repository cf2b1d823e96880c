/** `logburst list|show|start|approve|reject|stop|pause|resume|change|clone|annotate|delete|nodes`: one question to the leader each, and its answer in lines. */

import { parse, stringify } from "yaml";
import type { Change } from "../../../libs/protocol/change.ts";
import type { Override } from "../../../libs/protocol/config/read.ts";
import { LogburstError } from "../../../libs/protocol/errors.ts";
import type { ExitCode } from "../../../libs/protocol/exit-codes.ts";
import type { Note } from "../../../libs/protocol/note.ts";
import type { Phase, RunEvent, RunRecord } from "../../../libs/protocol/run.ts";
import { isoTime } from "../../../libs/runtime/clock.ts";
import { readEnvironment } from "../../../libs/runtime/config.ts";
import { sealConfig, sealKeyOf } from "../../../libs/runtime/secrets.ts";
import { type AskOptions, askSystem } from "../ask-system.ts";
import { columns } from "../columns.ts";
import { readConfigFile } from "../config-file.ts";

export function listCommand(
  options: AskOptions & {
    name?: string;
    phase?: Phase;
    label?: string;
    since?: string;
    until?: string;
    limit: number;
  },
): Promise<ExitCode> {
  const { name, phase, label, since, until, limit } = options;
  return askSystem(
    options,
    (client) => client.ask("run.list", { name, phase, label, since, until, limit }),
    ({ runs }) => columns(["RUN", "MODEL", "PHASE", "VERDICT", "ACCEPTED"], runs.map(rowOfRun)),
    ({ runs, next_cursor: next }) => {
      const last = runs.at(-1);
      return next !== undefined && last
        ? `there are older ones: --until ${isoTime(last.created_ms)}`
        : undefined;
    },
  );
}

function rowOfRun({ id, model, phase, verdict, created_ms }: RunRecord): string[] {
  return [id, model, phase, verdict ?? "", isoTime(created_ms)];
}

/** What happened to a run in its first hours; the rest is in its report. */
const SHOWN_EVENTS = 200;

export function showCommand(id: string, options: AskOptions & { config: boolean }): Promise<ExitCode> {
  if (options.config)
    return askSystem(
      options,
      (client) => client.ask("run.config", { id }),
      ({ config }) => [stringify(config).trimEnd()],
    );
  return askSystem(
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
      ...events.map(({ event }) => `${isoTime(event.at_ms)} ${event.type}${detailOf(event)}`),
    ],
  );
}

/** Who did it, why, or what. */
function detailOf(event: RunEvent): string {
  if ("reason" in event) return `: ${event.reason}`;
  if ("words" in event) return `: ${event.words}`;
  if ("node" in event) return `: ${event.node}`;
  if ("change" in event) return ` by ${event.change.by}${changeOf(event.change)}`;
  return event.type === "accepted" && event.by !== undefined ? ` from ${event.by}` : "";
}

function changeOf(change: Change): string {
  if (change.kind !== "change") return "";
  const { load, weights } = change;
  return `${load === undefined ? "" : `, load ${load}`}${weights ? `, weights ${weights.join(", ")}` : ""}`;
}

export function startCommand(id: string, options: AskOptions): Promise<ExitCode> {
  return askSystem(options, (client) => client.ask("run.start", { id }), phaseLine);
}

export function approveCommand(id: string, options: AskOptions & { reason?: string }): Promise<ExitCode> {
  const { reason } = options;
  return askSystem(options, (client) => client.ask("run.approve", { id, reason }), phaseLine);
}

export function rejectCommand(id: string, options: AskOptions & { reason: string }): Promise<ExitCode> {
  const { reason } = options;
  return askSystem(options, (client) => client.ask("run.reject", { id, reason }), phaseLine);
}

export function stopCommand(id: string, options: AskOptions & { reason?: string }): Promise<ExitCode> {
  const { reason } = options;
  return askSystem(options, (client) => client.ask("run.stop", { id, reason }), phaseLine);
}

export function pauseCommand(id: string, options: AskOptions): Promise<ExitCode> {
  return askSystem(options, (client) => client.ask("run.pause", { id }), phaseLine);
}

export function resumeCommand(id: string, options: AskOptions): Promise<ExitCode> {
  return askSystem(options, (client) => client.ask("run.resume", { id }), phaseLine);
}

export function changeCommand(
  id: string,
  options: AskOptions & { rate?: number; users?: number; weight: Readonly<Record<string, number>> },
): Promise<ExitCode> {
  const { rate, users, weight: weights } = options;
  const named = Object.keys(weights).length > 0 ? { weights } : {};
  return askSystem(options, (client) => client.ask("run.change", { id, rate, users, ...named }), phaseLine);
}

export function applyCommand(id: string, file: string, options: AskOptions): Promise<ExitCode> {
  const { document } = readConfigFile(file, []);
  const key = sealKeyOf(readEnvironment());
  const config = JSON.stringify(key === undefined ? document : sealConfig(document, key).document);
  return askSystem(options, (client) => client.ask("run.apply", { id, config }), phaseLine);
}

function phaseLine({ id, phase }: RunRecord): string[] {
  return [`${id}: ${phase}`];
}

export function cloneCommand(
  id: string,
  options: AskOptions & { set: readonly Override[]; start: boolean },
): Promise<ExitCode> {
  const set = valuesOf("--set", options.set);
  return askSystem(
    options,
    (client) => client.ask("run.clone", { id, set, start: options.start }),
    (run) => [run.id],
  );
}

/** The values of an option that may be repeated, by path or name. */
export function valuesOf(option: string, given: readonly Override[]): Record<string, unknown> {
  return Object.fromEntries(given.map(({ path, value }) => [path, yamlIn(`${option} ${path}`, value)]));
}

function yamlIn(what: string, text: string): unknown {
  try {
    return parse(text);
  } catch (cause) {
    throw new LogburstError("bad_request", `${what}: ${text} is not YAML`, { remedies: ["quote it"], cause });
  }
}

export function annotateCommand(
  id: string,
  text: string | undefined,
  options: AskOptions & { issue: boolean; close?: number; reopen?: number },
): Promise<ExitCode> {
  const { issue, close, reopen } = options;
  const note = close ?? reopen;
  if (note !== undefined) {
    const state = close === undefined ? "open" : "closed";
    return askSystem(
      options,
      (client) => client.ask("note.update", { id, note, state, text }),
      (changed) => [noteLine(changed)],
    );
  }
  if (text !== undefined) {
    const kind = issue ? "issue" : "note";
    return askSystem(
      options,
      (client) => client.ask("note.create", { id, text, kind }),
      (written) => [noteLine(written)],
    );
  }
  return askSystem(
    options,
    (client) => client.ask("note.list", { id }),
    ({ notes }) => notes.map(noteLine),
  );
}

function noteLine({ number, kind, state, text, by, created_ms }: Note): string {
  return `${kind} ${number}${state === undefined ? "" : ` (${state})`} by ${by}, ${isoTime(created_ms)}: ${text}`;
}

export function deleteCommand(ids: readonly string[], options: AskOptions): Promise<ExitCode> {
  return askSystem(
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

export function nodesCommand(node: string | undefined, options: AskOptions): Promise<ExitCode> {
  return askSystem(
    options,
    async (client) =>
      node === undefined
        ? client.ask("node.list", { limit: SHOWN_NODES })
        : { nodes: [await client.ask("node.get", { node })] },
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

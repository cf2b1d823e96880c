/** What the logs and the queue tell of a run: its events, what became of its slices, and which are out. */

import type { Bus, Logged } from "../../../../libs/bus/bus.ts";
import { parseMessage } from "../../../../libs/protocol/door.ts";
import { placeOf } from "../../../../libs/protocol/ids.ts";
import { LEDGER_STATES } from "../../../../libs/protocol/ledger.ts";
import type { Heartbeat } from "../../../../libs/protocol/node.ts";
import { readLogEntry } from "../../../../libs/protocol/result.ts";
import { RunEvent } from "../../../../libs/protocol/run.ts";
import type { SliceResult } from "../../../../libs/protocol/verbs/answers.ts";
import type { AnswerOf, RequestOf } from "../../../../libs/protocol/verbs/table.ts";
import { pageOf, readCursor, writeCursor } from "./page.ts";

/** A page of a log; it goes on behind the last message that was read, whatever that was. */
export async function logPage<T>(
  read: (fromSeq: number) => Promise<Logged[]>,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
  entryOf: (message: Logged) => T | undefined,
): Promise<{ entries: T[]; next: { next_cursor?: string } }> {
  const fromSeq = cursor === undefined ? 1 : Math.max(1, Number.parseInt(readCursor(cursor), 10) || 1);
  const messages = await read(fromSeq);
  const entries = messages.map(entryOf).filter((entry) => entry !== undefined);
  const last = messages.at(-1);
  const isFull = messages.length >= limit && last !== undefined;
  return { entries, next: isFull ? { next_cursor: writeCursor(String(last.seq + 1)) } : {} };
}

export async function eventsOf(bus: Bus, request: RequestOf<"run.events">): Promise<AnswerOf<"run.events">> {
  const { id, limit } = request;
  const { streams, subjects } = bus.names;
  const read = (fromSeq: number) => bus.read(streams.events, subjects.eventsOfRun(id), fromSeq, limit);
  const { entries, next } = await logPage(read, request, readEvent);
  return { events: entries, ...next };
}

/** An event with its place in the log; none where it cannot be read. */
export function readEvent({ data, seq }: Logged): { seq: number; event: RunEvent } | undefined {
  const parsed = parseMessage(RunEvent, data);
  return parsed.ok ? { seq, event: parsed.value } : undefined;
}

export async function resultsOf(
  bus: Bus,
  request: RequestOf<"run.results">,
): Promise<AnswerOf<"run.results">> {
  const { id, lane, limit } = request;
  const { streams, subjects } = bus.names;
  const filter = lane === undefined ? subjects.resultsOfRun(id) : subjects.result(id, lane);
  const read = (fromSeq: number) => bus.read(streams.results, filter, fromSeq, limit);
  const { entries, next } = await logPage(read, request, (message) => resultOf(bus, message));
  return { results: entries, ...next };
}

function resultOf(bus: Bus, { data, subject, seq }: Logged): SliceResult | undefined {
  const entry = readLogEntry(bus.names, data, subject);
  if (entry.kind !== "ran" && entry.kind !== "verdict") return undefined;
  const { lane, window, attempt, node } = entry;
  const place = { seq, lane, window, attempt, node };
  if (entry.kind === "verdict") return { ...place, state: entry.state, reason: entry.reason };
  const counts = Object.fromEntries(
    LEDGER_STATES.map((state) => [state, entry.cells.reduce((sum, cell) => sum + cell[state], 0)]),
  ) as SliceResult["counts"];
  const { started_ms, ended_ms } = entry;
  return { ...place, state: "ran", started_ms, ended_ms, counts };
}

/** @param nodes the last heartbeats of the workers that are alive */
export async function slicesOf(
  bus: Bus,
  pool: string,
  nodes: readonly Heartbeat[],
  { id, lane: only, limit, cursor }: RequestOf<"run.slices">,
): Promise<AnswerOf<"run.slices">> {
  const holders = new Map(
    nodes.flatMap(({ node_id: node, held }) => (held[id] ?? []).map((name) => [name, node] as const)),
  );
  const slices = (await bus.queuedSlices(pool, id)).flatMap((subject) => {
    const place = placeOf(subject, id);
    if (!place || (only !== undefined && place.lane !== only)) return [];
    const node = holders.get(`${place.lane}.${place.window}`);
    const state: "held" | "queued" = node === undefined ? "queued" : "held";
    return [{ ...place, state, ...(node !== undefined && { node }) }];
  });
  const sortable = (value: number) => String(value).padStart(10, "0");
  const page = pageOf(slices, ({ lane, window }) => `${sortable(lane)}.${sortable(window)}`, limit, cursor);
  return { slices: page.entries, ...page.next };
}

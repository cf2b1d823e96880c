/**
 * A run's two logs as its driver reads them. A leader marks each log before it reads: what stands before its marks is
 * history to learn from, what comes after is news to act on.
 */

import type { Bus } from "../../../../libs/bus/bus.ts";
import { parseMessage } from "../../../../libs/protocol/door.ts";
import { type Fence, type LogEntry, readLogEntry } from "../../../../libs/protocol/result.ts";
import { RunEvent } from "../../../../libs/protocol/run.ts";
import type { StoredRun } from "./stored-run.ts";

export interface HistoryParts {
  readonly bus: Bus;
  /** This coordinator's name. */
  readonly node: string;
  readonly holds: () => boolean;
}

export interface HistoryEars {
  /** An entry of the log of results, in order. */
  entry(entry: LogEntry): void;
  event(event: RunEvent): void;
  refused(subject: string, reason: string): void;
  /** Both logs are read up to this leader's marks. @param queued subjects of slices that were in the queue before */
  caughtUp(queued: readonly string[]): void;
}

const MARK_TRIES = 20;

/** Marks the logs of a run and follows them: a new run's from the marks on, another's from the beginning. */
export async function readRun(
  { bus, node, holds }: HistoryParts,
  { record: { id, epoch, name, created_by: by }, config, isNew }: StoredRun,
  markMs: number,
  ears: HistoryEars,
): Promise<{ close(): Promise<void> }> {
  const { streams, subjects } = bus.names;
  const fence: Fence = { v: 1, kind: "fence", run: id, lane: 0, epoch, node };
  const common = { v: 1 as const, run: id, at_ms: markMs, epoch };
  const mark: RunEvent = isNew
    ? { ...common, type: "accepted", name, ...(by !== undefined && { by }) }
    : { ...common, type: "taken_over", node };

  // Before the marks: what has left the queue by now was settled before them.
  const queued = isNew ? [] : await bus.queuedSlices(config.spec.workers.pool, id);

  /** @returns its place in its stream */
  async function put(subject: string, message: Fence | RunEvent, what: string): Promise<number> {
    // Another try at reading what was before sets marks of its own: those of the first may be long past.
    const which = isNew ? epoch : `${epoch}.${Math.round(markMs)}`;
    const options = { id: `${id}.${what}.${which}`, tries: MARK_TRIES, isWanted: holds };
    const appended = await bus.append(subject, message, options);
    if (appended.kind !== "stored") throw new Error(`there is no room for a mark on ${subject}`);
    return appended.seq;
  }

  const fenceSeq = await put(subjects.result(id, 0), fence, "fence");
  const markSeq = await put(subjects.event(id, mark.type), mark, mark.type);
  const unread = new Set(["results", "events"]);

  function isRead(log: "results" | "events"): void {
    if (unread.delete(log) && unread.size === 0) ears.caughtUp(queued);
  }

  const results = await bus.follow(
    streams.results,
    subjects.resultsOfRun(id),
    isNew ? fenceSeq : "beginning",
    (data, subject, seq) => {
      const entry = readLogEntry(bus.names, data, subject);
      if (entry.kind === "unreadable") ears.refused(subject, entry.reason);
      else ears.entry(entry);
      if (seq >= fenceSeq) isRead("results");
    },
  );
  const events = await bus
    .follow(streams.events, subjects.eventsOfRun(id), isNew ? markSeq : "beginning", (data, subject, seq) => {
      const parsed = parseMessage(RunEvent, data);
      if (!parsed.ok) ears.refused(subject, parsed.reason);
      else ears.event(parsed.value);
      if (seq >= markSeq) isRead("events");
    })
    .catch(async (error: unknown) => {
      await results.close();
      throw error;
    });
  return {
    async close() {
      await Promise.all([results.close(), events.close()]);
    },
  };
}

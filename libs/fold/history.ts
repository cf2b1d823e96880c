/** What happened in a run, from its events: when it began, was stopped and was over, and who was lost with what. */

import { z } from "zod";
import { RunEvent } from "../protocol/run.ts";

type Crossed = Extract<RunEvent, { type: "threshold_crossed" }>;
export type Drained = Extract<RunEvent, { type: "drained" }>;

export const HistorySnapshot = z.object({ seq: z.number(), epoch: z.number(), events: z.array(RunEvent) });
export type HistorySnapshot = z.infer<typeof HistorySnapshot>;

/** Events that are kept: workers that come and go all the time must not fill the report. */
const MAX_EVENTS = 1000;
const RECURRING: ReadonlySet<RunEvent["type"]> = new Set([
  "node_joined",
  "node_lost",
  "taken_over",
  "spec_refused",
]);

export interface History {
  /** @returns whether it counts: what comes after the end does not, nor a repetition, nor a deposed leader's word */
  add(event: RunEvent, seq: number): boolean;
  events(): readonly RunEvent[];
  /** The run's start on the reference clock, once it is known. */
  t0Ms(): number | undefined;
  stoppedMs(): number | undefined;
  /** The threshold that was seen not to hold and is to end the run. */
  crossed(): Crossed | undefined;
  drained(): Drained | undefined;
  /** The leader of that time said that the run completed or failed. */
  hasEnded(): boolean;
  lostNodes(): ReadonlySet<string>;
  /** The lost workers that had one of these slices when they were last heard. */
  lostWith(slices: readonly string[]): string[];
  /** The place in the log of events up to which they are known. */
  lastSeq(): number;
  toSnapshot(): HistorySnapshot;
}

export function createHistory(snapshot?: HistorySnapshot): History {
  const events: RunEvent[] = [];
  const seen = new Map<RunEvent["type"], RunEvent>();
  /** Revisions of which it is said what was changed: another leader may say it again. */
  const revisions = new Set<number>();
  let epoch = 0;
  let lastSeq = 0;
  let hasEnded = false;

  const first = <T extends RunEvent["type"]>(type: T) =>
    seen.get(type) as Extract<RunEvent, { type: T }> | undefined;

  function keep(event: RunEvent): void {
    seen.set(event.type, event);
    if ("change" in event) revisions.add(event.change.revision);
    events.push(event);
  }

  /** A node may come and go, and a run be changed, as often as they are; everything else happens once. */
  function mayKeep(event: RunEvent): boolean {
    if ("change" in event) return !revisions.has(event.change.revision);
    return RECURRING.has(event.type) ? events.length < MAX_EVENTS : !seen.has(event.type);
  }

  for (const event of snapshot?.events ?? []) keep(event);
  if (snapshot) {
    epoch = snapshot.epoch;
    lastSeq = snapshot.seq;
  }
  return {
    add(event, seq) {
      if (seq <= lastSeq) return false;
      lastSeq = seq;
      // What became of a report's readers is nothing that the report tells.
      if (event.type === "processor_failed") return false;
      // The aggregator's word stands whoever led when it opened the run.
      if (event.epoch < epoch && event.type !== "threshold_crossed") return false;
      if (event.type === "taken_over") epoch = event.epoch;
      if (event.type === "completed" || event.type === "failed") hasEnded = true;
      // The report tells of what was before the end; the aggregator's own word comes after it.
      if (seen.has("drained") || event.type === "reported") return false;
      if (!mayKeep(event)) return false;
      keep(event);
      return true;
    },
    events: () => events,
    t0Ms: () => first("started")?.t0_ms,
    stoppedMs: () => first("stopping")?.run_ms,
    crossed: () => first("threshold_crossed"),
    drained: () => first("drained"),
    hasEnded: () => hasEnded,
    lostNodes: () => new Set(losses(events).map(({ node }) => node)),
    lostWith(slices) {
      const wanted = new Set(slices);
      const nodes = losses(events)
        .filter(({ slices: held }) => held.some((slice) => wanted.has(slice)))
        .map(({ node }) => node);
      return [...new Set(nodes)];
    },
    lastSeq: () => lastSeq,
    toSnapshot: () => ({ seq: lastSeq, epoch, events }),
  };
}

function losses(events: readonly RunEvent[]) {
  return events.filter((event) => event.type === "node_lost");
}

/** Which slices of a run are to be published when: arithmetic on the plan and on what is settled. No clock, no I/O. */

import {
  boundsOf,
  type ClosedPlan,
  type CountPlan,
  type OpenPlan,
  type Plan,
  slicesInLane,
  stretchOf,
} from "../../../libs/load/plan.ts";
import { hasActiveUser } from "../../../libs/load/users.ts";
import { windowAt, windowBounds } from "../../../libs/load/windows.ts";
import { createOutstanding, type SlicePlace } from "./outstanding.ts";

/** A slice that is to be published now. */
export type Draft =
  | {
      readonly kind: "open";
      readonly lane: number;
      readonly window: number;
      readonly startMs: number;
      readonly endMs: number;
      readonly first: number;
      readonly count: number;
    }
  | {
      readonly kind: "closed";
      readonly lane: number;
      readonly window: number;
      readonly startMs: number;
      readonly endMs: number;
      readonly first: number;
    }
  | {
      readonly kind: "count";
      readonly lane: number;
      readonly window: number;
      readonly first: number;
      readonly count: number;
    };

interface Lane {
  /** The next window that may be published. */
  nextWindow: number;
  /** The lane's next arrival index. */
  first: number;
  published: number;
  /** Windows that were published by a leader before: passed over when their turn comes. */
  readonly taken: Set<number>;
}

export interface Dispatcher {
  /** A leader before published this slice, and it is settled. To be told before anything is due. */
  learnSettled(lane: number, window: number, next: number | undefined): void;
  /** A leader before published this slice, and it is still in the queue. To be told after all that is settled. */
  learnQueued(lane: number, window: number): void;
  /** Slices to publish at a time of the run, in all lanes or in one; they count as outstanding from here on. */
  due(runMs: number, lane?: number): Draft[];
  /** A slice is stored in the queue under a sequence number. */
  stored(slice: SlicePlace, seq: number): void;
  /** A slice could not be stored: it is due again. */
  notStored(draft: Draft): void;
  /** A result has come. @returns whether it settled an outstanding slice */
  settle(lane: number, window: number, next: number | undefined): boolean;
  /**
   * An open slice that is in the queue and has yet to begin, with its place there, which is forgotten: what the queue says of
   * that place from now on is no news, since the slice is about to be published anew.
   */
  takeBack(lane: number, window: number, runMs: number): { draft: Draft; seq: number } | undefined;
  /** The outstanding slice with a sequence number of the queue. */
  bySequence(seq: number): SlicePlace | undefined;
  /** The slices that are out, published and not settled. */
  outstanding(): readonly SlicePlace[];
  outstandingCount(): number;
  isOutstanding(lane: number, window: number): boolean;
  /** The slices that are out and whose windows ended before a time of the run. */
  endedBefore(runMs: number): readonly SlicePlace[];
  /** Publishes nothing more. */
  stop(): void;
  /** Whether nothing more will be published. */
  isExhausted(runMs: number): boolean;
  publishedPerLane(): number[];
}

export function createDispatcher(plan: Plan): Dispatcher {
  const lanes: Lane[] = Array.from({ length: plan.lanes }, () => ({
    nextWindow: 0,
    first: 0,
    published: 0,
    taken: new Set<number>(),
  }));
  const outstanding = createOutstanding(plan.lanes);
  /** Open slices that could not be stored: they are due at once. */
  let again: Draft[] = [];
  let stopped = false;

  function addDrafts(drafts: Draft[], lane: number, runMs: number): void {
    const state = lanes[lane] as Lane;
    if (plan.model === "open") {
      addOpenDrafts(drafts, plan, lane, state, runMs);
      return;
    }
    if (outstanding.countIn(lane) > 0) return;
    const draft =
      plan.model === "closed" ? closedDraft(plan, lane, state, runMs) : countDraft(plan, lane, state);
    if (draft) drafts.push(draft);
  }

  function markPublished(lane: number, window: number, endMs: number): void {
    const state = lanes[lane] as Lane;
    state.nextWindow = Math.max(state.nextWindow, window + 1);
    state.published++;
    outstanding.add(lane, window, endMs);
  }

  /** @returns whether this is the first word of it */
  function take(lane: number, window: number): boolean {
    const { taken } = lanes[lane] as Lane;
    if (taken.has(window)) return false;
    taken.add(window);
    return true;
  }

  /** A chain goes on behind the last window that was published; an open lane looks for what was left out. */
  function goOnBehind({ lane, window }: SlicePlace): void {
    const state = lanes[lane] as Lane;
    state.nextWindow = plan.model === "open" ? 0 : Math.max(state.nextWindow, window + 1);
  }

  function learnSettled(lane: number, window: number, next: number | undefined): void {
    if (!take(lane, window)) return;
    const state = lanes[lane] as Lane;
    state.published++;
    if (next !== undefined) state.first = Math.max(state.first, next);
    goOnBehind({ lane, window });
  }

  function learnQueued(lane: number, window: number): void {
    if (!take(lane, window)) return;
    const endMs = plan.model === "count" ? Number.POSITIVE_INFINITY : boundsOf(plan, lane, window).endMs;
    markPublished(lane, window, endMs);
    goOnBehind({ lane, window });
  }

  function due(runMs: number, only?: number): Draft[] {
    if (stopped) return [];
    const drafts = again;
    again = [];
    const from = only ?? 0;
    const to = only === undefined ? plan.lanes : only + 1;
    for (let lane = from; lane < to; lane++) addDrafts(drafts, lane, runMs);
    for (const draft of drafts) markPublished(draft.lane, draft.window, endOf(draft));
    return drafts;
  }

  function notStored(draft: Draft): void {
    const state = lanes[draft.lane] as Lane;
    if (!outstanding.delete(draft.lane, draft.window)) return;
    state.published--;
    if (draft.kind === "open") again.push(draft);
    else state.nextWindow = draft.window;
  }

  function takeBack(lane: number, window: number, runMs: number): { draft: Draft; seq: number } | undefined {
    const entry = outstanding.get(lane, window);
    if (plan.model !== "open" || entry?.seq === undefined) return undefined;
    const draft = openDraft(plan, lane, window);
    if (draft.startMs <= runMs) return undefined;
    const { seq } = entry;
    entry.seq = undefined;
    return { draft, seq };
  }

  function isExhausted(runMs: number): boolean {
    if (stopped) return true;
    if (plan.model !== "count" && runMs < plan.profile.durationMs) return false;
    if (plan.model === "closed") return true;
    return (
      again.length === 0 && lanes.every(({ nextWindow }, lane) => nextWindow >= slicesInLane(plan, lane))
    );
  }

  return {
    learnSettled,
    learnQueued,
    due,
    notStored,
    takeBack,
    isExhausted,
    stored({ lane, window }, seq) {
      const entry = outstanding.get(lane, window);
      if (entry) entry.seq = seq;
    },
    settle(lane, window, next) {
      if (!outstanding.delete(lane, window)) return false;
      const state = lanes[lane] as Lane;
      if (next !== undefined) state.first = Math.max(state.first, next);
      return true;
    },
    bySequence(seq) {
      const slice = outstanding.bySequence(seq);
      return slice && { lane: slice.lane, window: slice.window };
    },
    outstanding: outstanding.all,
    outstandingCount: outstanding.count,
    isOutstanding: (lane, window) => outstanding.get(lane, window) !== undefined,
    endedBefore: outstanding.endedBefore,
    stop() {
      stopped = true;
    },
    publishedPerLane: () => lanes.map(({ published }) => published),
  };
}

/** Open slices whose start is no further ahead than the lead time. */
function addOpenDrafts(drafts: Draft[], plan: OpenPlan, lane: number, state: Lane, runMs: number): void {
  const windows = slicesInLane(plan, lane);
  const untilMs = runMs + plan.leadMs;
  for (; state.nextWindow < windows; state.nextWindow++) {
    const window = state.nextWindow;
    const bounds = windowBounds(plan.cuts, lane, window);
    if (bounds.startMs > untilMs) break;
    if (state.taken.size > 0 && state.taken.delete(window)) continue;
    const draft = openDraft(plan, lane, window, bounds);
    if (draft.count > 0) drafts.push(draft);
  }
}

function openDraft(
  plan: OpenPlan,
  lane: number,
  window: number,
  bounds = windowBounds(plan.cuts, lane, window),
): Draft & { kind: "open" } {
  const { startMs, endMs } = bounds;
  const { first, count } = plan.arrivals.stretch(lane, window, bounds);
  return { kind: "open", lane, window, startMs, endMs, first, count };
}

/** The window that is current, once in its time, if a user of the lane is at work in what is left of it. */
function closedDraft(plan: ClosedPlan, lane: number, state: Lane, runMs: number): Draft | undefined {
  const window = Math.max(windowAt(plan.cuts, lane, runMs), state.nextWindow);
  if (window >= slicesInLane(plan, lane)) return undefined;
  const { startMs, endMs } = windowBounds(plan.cuts, lane, window);
  if (startMs > Math.max(0, runMs)) return undefined;
  if (!hasActiveUser(plan, lane, { startMs: Math.max(startMs, runMs), endMs })) return undefined;
  return { kind: "closed", lane, window, startMs, endMs, first: state.first };
}

function countDraft(plan: CountPlan, lane: number, state: Lane): Draft | undefined {
  if (state.nextWindow >= slicesInLane(plan, lane)) return undefined;
  return { kind: "count", lane, window: state.nextWindow, ...stretchOf(plan, lane, state.nextWindow) };
}

function endOf(draft: Draft): number {
  return draft.kind === "count" ? Number.POSITIVE_INFINITY : draft.endMs;
}

/** Which slices of a run are to be published when: arithmetic on the plan and on what is settled. No clock, no I/O. */

import {
  boundsOf,
  type OpenPlan,
  type Plan,
  revisionOfSlice,
  slicesInLane,
} from "../../../../libs/load/plan.ts";
import { firstWindowFrom } from "../../../../libs/load/windows.ts";
import { closedDraft, countDraft, type Draft, endOf, openDraft } from "./drafts.ts";
import { createOutstanding, type SlicePlace } from "./outstanding.ts";

/** A slice that is in the queue as it was planned before a change. */
export interface Outdated extends SlicePlace {
  readonly seq: number;
  /** What is to take its place; none where nothing is asked for any more. */
  readonly draft: Draft | undefined;
}

interface Lane {
  /** The next window that may be published. */
  nextWindow: number;
  /** The lane's next arrival index. */
  first: number;
  published: number;
  /** Windows that were published before, if any were: passed over when their turn comes. */
  taken: Set<number> | undefined;
}

export interface Dispatcher {
  /** A leader before published this slice, and it is settled. To be told before anything is due. */
  learnSettled(lane: number, window: number, next: number | undefined): void;
  /** A leader before published this slice, and it is still in the queue. To be told after all that is settled. */
  learnQueued(lane: number, window: number): void;
  /**
   * Slices to publish at a time of the run, in all lanes or in one; they count as outstanding from here on. Where very many are
   * due it is some of them, and the next call has more.
   */
  due(runMs: number, lane?: number): Draft[];
  /** A leader before changed the plan. To be told before anything else is. */
  learnPlan(plan: Plan): void;
  /** The plan is changed, from a time of the run on. @returns slices that are in the queue as they were planned before */
  replan(plan: Plan, fromMs: number): Outdated[];
  /** A slice is stored in the queue under a sequence number. @returns it where it is no longer planned as it is there */
  stored(slice: SlicePlace & { readonly revision?: number }, seq: number): Outdated | undefined;
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
  /** The revision of the run that decides on a slice. */
  revisionOf(lane: number, window: number): number;
  isOutstanding(lane: number, window: number): boolean;
  /** The slices that are out and whose windows ended before a time of the run. */
  endedBefore(runMs: number): readonly SlicePlace[];
  /** Publishes nothing more. */
  stop(): void;
  /** Whether nothing more will be published. */
  isExhausted(runMs: number): boolean;
  publishedPerLane(): number[];
}

/**
 * Slices that are planned at once, give or take those of one lane: a quarter of a millisecond's work, so that nothing else of
 * the process waits for longer. They are asked for twenty times a second, which is more than any queue takes.
 */
const MOST_AT_ONCE = 1000;

function newLane(): Lane {
  return { nextWindow: 0, first: 0, published: 0, taken: undefined };
}

export function createDispatcher(firstPlan: Plan): Dispatcher {
  let plan = firstPlan;
  const lanes = Array.from({ length: plan.lanes }, newLane);
  const outstanding = createOutstanding(plan.lanes);
  /** Open slices that could not be stored: they are due at once. */
  let again: Draft[] = [];
  let stopped = false;
  /** Where planning goes on, when the last call did not come to the last lane. */
  let nextLane = 0;

  /** What is found to be due, in one call. */
  let drafts: Draft[] = [];

  function addDrafts(lane: number, runMs: number): void {
    const state = lanes[lane] as Lane;
    if (plan.model === "open") {
      addOpenDrafts(plan, lane, state, runMs, addDraft);
      return;
    }
    if (outstanding.hasIn(lane)) return;
    const draft =
      plan.model === "closed" ? closedDraft(plan, lane, state, runMs) : countDraft(plan, lane, state);
    if (draft) addDraft(draft);
  }

  function addDraft(draft: Draft): void {
    drafts.push(draft);
    markPublished(draft.lane, draft.window, endOf(draft), draft.revision);
  }

  function markPublished(lane: number, window: number, endMs: number, revision?: number): void {
    const state = lanes[lane] as Lane;
    state.nextWindow = Math.max(state.nextWindow, window + 1);
    state.published++;
    outstanding.add(lane, window, endMs, revision);
  }

  function takenIn(lane: number): Set<number> {
    const state = lanes[lane] as Lane;
    state.taken ??= new Set();
    return state.taken;
  }

  /** @returns whether this is the first word of it */
  function take(lane: number, window: number): boolean {
    const taken = takenIn(lane);
    if (taken.has(window)) return false;
    taken.add(window);
    return true;
  }

  /** A chain goes on behind the last window that was published; an open lane looks for what was left out. */
  function goOnBehind({ lane, window }: SlicePlace): void {
    const state = lanes[lane] as Lane;
    state.nextWindow = plan.model === "open" ? 0 : Math.max(state.nextWindow, window + 1);
  }

  function learnPlan(next: Plan): void {
    plan = next;
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
    drafts = [];
    for (const draft of again.splice(0, MOST_AT_ONCE)) addDraft(draft);
    let lane = only ?? nextLane;
    const end = only === undefined ? plan.lanes : only + 1;
    for (; lane < end && drafts.length < MOST_AT_ONCE; lane++) addDrafts(lane, runMs);
    if (only === undefined) nextLane = lane < end ? lane : 0;
    return drafts;
  }

  function notStored(draft: Draft): void {
    const state = lanes[draft.lane] as Lane;
    if (!outstanding.delete(draft.lane, draft.window)) return;
    state.published--;
    if (plan.model !== "open") {
      state.nextWindow = draft.window;
      return;
    }
    // As it is planned by now.
    const fresh = openDraft(plan, draft.lane, draft.window);
    if (fresh.count > 0) again.push(fresh);
  }

  /** What has its place in the queue, and is planned otherwise by now, gives way to what is. */
  function outdated(lane: number, window: number): Outdated | undefined {
    const entry = outstanding.get(lane, window);
    if (plan.model !== "open" || entry?.seq === undefined || entry.revision === undefined) return undefined;
    if (entry.revision === revisionOfSlice(plan, lane, window)) return undefined;
    const draft = openDraft(plan, lane, window);
    outstanding.delete(lane, window);
    if (draft.count > 0) outstanding.add(lane, window, draft.endMs, draft.revision);
    else (lanes[lane] as Lane).published--;
    return { lane, window, seq: entry.seq, draft: draft.count > 0 ? draft : undefined };
  }

  function stored(
    { lane, window, revision }: SlicePlace & { revision?: number },
    seq: number,
  ): Outdated | undefined {
    const entry = outstanding.get(lane, window);
    if (!entry) return undefined;
    outstanding.note(lane, window, { seq, revision: revision ?? entry.revision });
    return outdated(lane, window);
  }

  function replan(next: Plan, fromMs: number): Outdated[] {
    plan = next;
    if (plan.model !== "open") return [];
    const { cuts } = plan;
    const isChanged = ({ lane, window }: SlicePlace) => window >= firstWindowFrom(cuts, lane, fromMs);
    again = again.filter((draft) => !isChanged(draft));
    const out = outstanding.all().filter(isChanged);
    lanes.forEach((state, lane) => {
      const first = firstWindowFrom(cuts, lane, fromMs);
      state.nextWindow = Math.min(state.nextWindow, first);
      for (const window of state.taken ?? []) if (window >= first) state.taken?.delete(window);
    });
    for (const { lane, window } of out) takenIn(lane).add(window);
    return out.flatMap(({ lane, window }) => outdated(lane, window) ?? []);
  }

  function takeBack(lane: number, window: number, runMs: number): { draft: Draft; seq: number } | undefined {
    const entry = outstanding.get(lane, window);
    if (plan.model !== "open" || entry?.seq === undefined) return undefined;
    const draft = openDraft(plan, lane, window);
    if (draft.startMs <= runMs) return undefined;
    outstanding.note(lane, window, { ...entry, seq: undefined });
    return { draft, seq: entry.seq };
  }

  function settle(lane: number, window: number, next: number | undefined): boolean {
    if (!outstanding.delete(lane, window)) return false;
    const state = lanes[lane] as Lane;
    if (next !== undefined) state.first = Math.max(state.first, next);
    return true;
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
    ...{ learnPlan, learnSettled, learnQueued, replan },
    ...{ due, stored, notStored, takeBack, settle, isExhausted },
    bySequence: outstanding.bySequence,
    outstanding: outstanding.all,
    outstandingCount: outstanding.count,
    revisionOf: (lane, window) => revisionOfSlice(plan, lane, window),
    isOutstanding: (lane, window) => outstanding.get(lane, window) !== undefined,
    endedBefore: outstanding.endedBefore,
    stop() {
      stopped = true;
    },
    publishedPerLane: () => lanes.map(({ published }) => published),
  };
}

/** Open slices whose start is no further ahead than the lead time. */
function addOpenDrafts(
  plan: OpenPlan,
  lane: number,
  state: Lane,
  runMs: number,
  add: (draft: Draft) => void,
): void {
  const windows = slicesInLane(plan, lane);
  const untilMs = runMs + plan.leadMs;
  for (let window = state.nextWindow; window < windows; window++) {
    const bounds = boundsOf(plan, lane, window, windows);
    if (bounds.startMs > untilMs) break;
    state.nextWindow = window + 1;
    if (!state.taken?.delete(window)) {
      const draft = openDraft(plan, lane, window, bounds);
      if (draft.count > 0) add(draft);
    }
    // The next one begins there, or later.
    if (bounds.endMs > untilMs) break;
  }
}

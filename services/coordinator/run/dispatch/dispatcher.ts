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
import { Lanes } from "./lanes.ts";
import { createOutstanding, type SlicePlace } from "./outstanding.ts";

/** A slice that is in the queue as it was planned before a change. */
export interface Outdated extends SlicePlace {
  readonly seq: number;
  /** What is to take its place; none where nothing is asked for any more. */
  readonly draft: Draft | undefined;
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

export function createDispatcher(firstPlan: Plan): Dispatcher {
  let plan = firstPlan;
  const lanes = new Lanes(plan.lanes);
  const outstanding = createOutstanding(plan.lanes);
  /** Open slices that could not be stored: they are due at once. */
  let again: Draft[] = [];
  let stopped = false;
  /** Where planning goes on, when the last call did not come to the last lane. */
  let nextLane = 0;

  /** What is found to be due, in one call. */
  let drafts: Draft[] = [];

  function addDrafts(lane: number, runMs: number): void {
    if (plan.model === "open") {
      addOpenDrafts(plan, lane, lanes, runMs, addDraft);
      return;
    }
    if (outstanding.hasIn(lane)) return;
    const nextWindow = lanes.nextWindow[lane] as number;
    const draft =
      plan.model === "closed"
        ? closedDraft(plan, lane, { nextWindow, first: lanes.first[lane] as number }, runMs)
        : countDraft(plan, lane, nextWindow);
    if (draft) addDraft(draft);
  }

  function addDraft(draft: Draft): void {
    drafts.push(draft);
    markPublished(draft.lane, draft.window, endOf(draft), draft.revision);
  }

  function markPublished(lane: number, window: number, endMs: number, revision?: number): void {
    lanes.publish(lane, window);
    outstanding.add(lane, window, endMs, revision);
  }

  /** A chain goes on behind the last window that was published; an open lane looks for what was left out. */
  function goOnBehind({ lane, window }: SlicePlace): void {
    if (plan.model === "open") lanes.nextWindow[lane] = 0;
    else lanes.goOnBehind(lane, window);
  }

  function learnPlan(next: Plan): void {
    plan = next;
  }

  function learnSettled(lane: number, window: number, next: number | undefined): void {
    if (!lanes.take(lane, window)) return;
    lanes.count(lane, 1);
    lanes.goOnWith(lane, next);
    goOnBehind({ lane, window });
  }

  function learnQueued(lane: number, window: number): void {
    if (!lanes.take(lane, window)) return;
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
    if (!outstanding.delete(draft.lane, draft.window)) return;
    lanes.count(draft.lane, -1);
    if (plan.model !== "open") {
      lanes.nextWindow[draft.lane] = draft.window;
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
    else lanes.count(lane, -1);
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
    for (let lane = 0; lane < plan.lanes; lane++) lanes.goBackTo(lane, firstWindowFrom(cuts, lane, fromMs));
    for (const { lane, window } of out) lanes.take(lane, window);
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
    lanes.goOnWith(lane, next);
    return true;
  }

  function isExhausted(runMs: number): boolean {
    if (stopped) return true;
    if (plan.model !== "count" && runMs < plan.profile.durationMs) return false;
    if (plan.model === "closed") return true;
    return again.length === 0 && lanes.nextWindow.every((window, lane) => window >= slicesInLane(plan, lane));
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
    publishedPerLane: () => [...lanes.published],
  };
}

/** Open slices whose start is no further ahead than the lead time. */
function addOpenDrafts(
  plan: OpenPlan,
  lane: number,
  lanes: Lanes,
  runMs: number,
  add: (draft: Draft) => void,
): void {
  const windows = slicesInLane(plan, lane);
  const untilMs = runMs + plan.leadMs;
  for (let window = lanes.nextWindow[lane] as number; window < windows; window++) {
    const bounds = boundsOf(plan, lane, window, windows);
    if (bounds.startMs > untilMs) break;
    lanes.nextWindow[lane] = window + 1;
    if (!lanes.passOver(lane, window)) {
      const draft = openDraft(plan, lane, window, bounds);
      if (draft.count > 0) add(draft);
    }
    // The next one begins there, or later.
    if (bounds.endMs > untilMs) break;
  }
}

/** Slices as they are to be published: what the plan asks for in a window, or in the next link of a chain. */

import {
  boundsOf,
  type ClosedPlan,
  type CountPlan,
  type OpenPlan,
  revisionOfSlice,
  slicesInLane,
  stretchOf,
} from "../../../../libs/load/plan.ts";
import { hasActiveUser } from "../../../../libs/load/users.ts";
import { windowAt, windowBounds } from "../../../../libs/load/windows.ts";
import { FIRST_REVISION } from "../../../../libs/protocol/change.ts";
import type { SlicePlace } from "./outstanding.ts";

interface CommonDraft extends SlicePlace {
  /** The revision of the run that it is published under. */
  readonly revision: number;
}

/** A slice that is to be published now. */
export type Draft =
  | (CommonDraft & {
      readonly kind: "open";
      readonly startMs: number;
      readonly endMs: number;
      readonly first: number;
      readonly count: number;
    })
  | (CommonDraft & {
      readonly kind: "closed";
      readonly startMs: number;
      readonly endMs: number;
      readonly first: number;
    })
  | (CommonDraft & {
      readonly kind: "count";
      readonly first: number;
      readonly count: number;
    });

/** Where a lane stands. */
interface Chain {
  /** The next window that may be published. */
  readonly nextWindow: number;
  /** The lane's next arrival index. */
  readonly first: number;
}

/** What a window of a lane asks for, which may be nothing. */
export function openDraft(
  plan: OpenPlan,
  lane: number,
  window: number,
  bounds = boundsOf(plan, lane, window),
): Draft & { kind: "open" } {
  const { startMs, endMs } = bounds;
  const { first, count } = plan.arrivals.stretch(lane, window, bounds);
  const revision = revisionOfSlice(plan, lane, window);
  return { kind: "open", lane, window, revision, startMs, endMs, first, count };
}

/** The window that is current, once in its time, if a user of the lane is at work in what is left of it. */
export function closedDraft(plan: ClosedPlan, lane: number, state: Chain, runMs: number): Draft | undefined {
  const window = Math.max(windowAt(plan.cuts, lane, runMs), state.nextWindow);
  if (window >= slicesInLane(plan, lane)) return undefined;
  const { startMs, endMs } = windowBounds(plan.cuts, lane, window);
  if (startMs > Math.max(0, runMs)) return undefined;
  if (!hasActiveUser(plan, lane, { startMs: Math.max(startMs, runMs), endMs })) return undefined;
  const revision = plan.eras.at(-1)?.revision ?? FIRST_REVISION;
  return { kind: "closed", lane, window, revision, startMs, endMs, first: state.first };
}

/** The chain's next slice, if it has one. */
export function countDraft(plan: CountPlan, lane: number, window: number): Draft | undefined {
  if (window >= slicesInLane(plan, lane)) return undefined;
  return { kind: "count", lane, window, revision: FIRST_REVISION, ...stretchOf(plan, lane, window) };
}

/** When a slice's window ends; a count slice has none. */
export function endOf(draft: Draft): number {
  return draft.kind === "count" ? Number.POSITIVE_INFINITY : draft.endMs;
}

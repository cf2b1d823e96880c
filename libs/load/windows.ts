/**
 * How a lane's time is cut into windows. The lanes' cuts are spread evenly over a window's length, so that results and
 * new slices come in a steady trickle and never all at once.
 */

import type { Interval } from "./profile.ts";

export interface Cuts {
  readonly lanes: number;
  readonly windowMs: number;
  readonly durationMs: number;
}

/** When a lane's first window ends: between 0 and a whole window's length. */
function firstCutMs({ lanes, windowMs }: Cuts, lane: number): number {
  return (windowMs * (lane + 1)) / lanes;
}

/** How many windows a lane has. */
export function windowCount(cuts: Cuts, lane: number): number {
  const afterFirst = cuts.durationMs - firstCutMs(cuts, lane);
  return afterFirst <= 0 ? 1 : 1 + Math.ceil(afterFirst / cuts.windowMs - 1e-9);
}

/** A window of a lane, in milliseconds of the run. A lane's windows cover the run without gap or overlap. */
export function windowBounds(cuts: Cuts, lane: number, window: number): Interval {
  const endMs = firstCutMs(cuts, lane) + window * cuts.windowMs;
  return {
    startMs: Math.max(0, window === 0 ? 0 : endMs - cuts.windowMs),
    endMs: Math.min(endMs, cuts.durationMs),
  };
}

/** The window of a lane at a time of the run. */
export function windowAt(cuts: Cuts, lane: number, atMs: number): number {
  const first = firstCutMs(cuts, lane);
  return atMs < first ? 0 : 1 + Math.floor((atMs - first) / cuts.windowMs);
}

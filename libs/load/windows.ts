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

/**
 * When a window of a lane ends and the next one begins; the first one ends between 0 and a whole window's length. Both
 * windows must take the very same number, or an arrival that is due on the cut would fall into both or into neither.
 */
function cutMs({ lanes, windowMs }: Cuts, lane: number, window: number): number {
  return (windowMs * (lane + 1)) / lanes + window * windowMs;
}

/** How many windows a lane has. */
export function windowCount(cuts: Cuts, lane: number): number {
  const afterFirst = cuts.durationMs - cutMs(cuts, lane, 0);
  return afterFirst <= 0 ? 1 : 1 + Math.ceil(afterFirst / cuts.windowMs - 1e-9);
}

/**
 * A window of a lane, in milliseconds of the run. A lane's windows cover the run without gap or overlap.
 * @param windows how many the lane has, where that is known
 */
export function windowBounds(
  cuts: Cuts,
  lane: number,
  window: number,
  windows = windowCount(cuts, lane),
): Interval {
  const isLast = window >= windows - 1;
  return {
    startMs: window === 0 ? 0 : cutMs(cuts, lane, window - 1),
    endMs: isLast ? cuts.durationMs : cutMs(cuts, lane, window),
  };
}

/** The window of a lane at a time of the run. */
export function windowAt(cuts: Cuts, lane: number, atMs: number): number {
  const first = cutMs(cuts, lane, 0);
  return atMs < first ? 0 : 1 + Math.floor((atMs - first) / cuts.windowMs);
}

/** The first window of a lane that begins at a time of the run or later. */
export function firstWindowFrom(cuts: Cuts, lane: number, fromMs: number): number {
  const startOf = (window: number) => (window === 0 ? 0 : cutMs(cuts, lane, window - 1));
  let window = windowAt(cuts, lane, fromMs);
  // What decides is the very number that the windows are cut at, and not its inverse.
  while (startOf(window) < fromMs) window++;
  while (window > 0 && startOf(window - 1) >= fromMs) window--;
  return window;
}

/**
 * Eras: the parts of a run between changes. A window belongs to the last era that had begun when the window did, so what was
 * before a change stays as it was, to the query, and the books can be kept by one rule.
 */

import type { Mix } from "./mix.ts";
import type { Interval, LoadProfile } from "./profile.ts";
import { type Cuts, firstWindowFrom, windowBounds } from "./windows.ts";

export interface Era {
  /** The revision of the run that begins with it. */
  readonly revision: number;
  /** Windows that begin at this time of the run or later are its. */
  readonly fromMs: number;
  /** The course of the load over the whole run, as it is planned in this era. */
  readonly profile: LoadProfile;
  readonly mix: Mix;
}

/** The era of what begins at a time of the run. */
function eraAt(eras: readonly Era[], startMs: number): Era {
  let at = eras.length - 1;
  while (at > 0 && (eras[at] as Era).fromMs > startMs) at--;
  return eras[at] as Era;
}

/** The era of a window of a lane. */
export function eraOfWindow(eras: readonly Era[], cuts: Cuts, lane: number, window: number): Era {
  if (eras.length === 1) return eras[0] as Era;
  return eraAt(eras, windowBounds(cuts, lane, window).startMs);
}

/**
 * A window of a lane, in milliseconds of the run, as its era has it: where that one was to end, its last window ends.
 * @param windows how many the lane has in all, where that is known
 */
export function boundsInEra(
  eras: readonly Era[],
  cuts: Cuts,
  lane: number,
  window: number,
  windows?: number,
): Interval {
  if (eras.length === 1) return windowBounds(cuts, lane, window, windows);
  const { durationMs } = eraOfWindow(eras, cuts, lane, window).profile;
  return windowBounds({ ...cuts, durationMs }, lane, window);
}

/** The first window of a lane in each era. */
export function firstWindows(eras: readonly Era[], cuts: Cuts, lane: number): number[] {
  return eras.map(({ fromMs }) => firstWindowFrom(cuts, lane, fromMs));
}

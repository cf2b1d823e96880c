/**
 * Arrivals of a run on two targets: each arrival of the schedule becomes two, close behind one another in the same slice, so
 * that both targets are asked the same at nearly the same time, and not at once: they may share a machine, or be one.
 */

import type { ArrivalStretch, OpenArrivals } from "./arrivals.ts";
import { boundsInEra, type Era, eraOfWindow } from "./eras.ts";
import { levelAt } from "./profile.ts";
import type { Cuts } from "./windows.ts";

/**
 * The second of a pair comes half of the run's spacing after the first, so that evenly spaced arrivals stay evenly spaced; and
 * no later than half way to the lane's next one, so that times rise.
 */
export function pairedArrivals(single: OpenArrivals, eras: readonly Era[], cuts: Cuts): OpenArrivals {
  return {
    stretch: (lane, window, bounds) => doubled(single.stretch(lane, window, bounds)),
    inEra: (lane, era) => doubled(single.inEra(lane, era)),
    timesMs(lane, window) {
      const firstMs = single.timesMs(lane, window);
      const { profile } = eraOfWindow(eras, cuts, lane, window);
      const { endMs } = boundsInEra(eras, cuts, lane, window);
      const timesMs = new Float64Array(2 * firstMs.length);
      firstMs.forEach((atMs, index) => {
        const nextMs = Math.max(atMs, firstMs[index + 1] ?? endMs);
        const halfMs = 500 / levelAt(profile, atMs);
        timesMs[2 * index] = atMs;
        timesMs[2 * index + 1] = atMs + Math.min(halfMs, (nextMs - atMs) / 2);
      });
      return timesMs;
    },
  };
}

function doubled({ first, count }: ArrivalStretch): ArrivalStretch {
  return { first: 2 * first, count: 2 * count };
}

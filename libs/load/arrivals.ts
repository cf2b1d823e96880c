/** Arrivals of the open model: which fall into a slice, and when each is intended. */

import { AREA_ROUNDING, areaTo, type Interval, type LoadProfile, timeAtArea } from "./profile.ts";
import { PURPOSE, poissonCount, randomFor } from "./random.ts";
import { type Cuts, windowBounds, windowCount } from "./windows.ts";

/** A run of a lane's arrivals, by index within the lane. */
export interface ArrivalStretch {
  readonly first: number;
  readonly count: number;
}

export interface OpenArrivals {
  /** The arrivals of a slice. @param bounds the slice's window, where it is known */
  stretch(lane: number, window: number, bounds?: Interval): ArrivalStretch;
  /** Arrivals of a lane in the whole run. */
  inLane(lane: number): number;
  /** When each arrival of a slice is intended, in milliseconds of the run, rising. */
  timesMs(lane: number, window: number): Float64Array;
}

/** Arrivals of a profile, evenly spaced or Poisson. */
export function openArrivals(
  profile: LoadProfile,
  cuts: Cuts,
  arrival: "constant" | "poisson",
  seed: number,
): OpenArrivals {
  return arrival === "constant" ? constantArrivals(profile, cuts) : poissonArrivals(profile, cuts, seed);
}

/**
 * Evenly spaced: arrival n of the run is due when the area reaches n, and belongs to lane n modulo the number of lanes.
 * Nothing accumulates, so nothing drifts.
 */
function constantArrivals(profile: LoadProfile, cuts: Cuts): OpenArrivals {
  /** How many of the lane's arrivals are due before a time. */
  const before = (lane: number, atMs: number) =>
    countTotals(Math.ceil(areaTo(profile, atMs) - AREA_ROUNDING), lane, cuts.lanes);

  function stretch(
    lane: number,
    window: number,
    { startMs, endMs } = windowBounds(cuts, lane, window),
  ): ArrivalStretch {
    const first = before(lane, startMs);
    return { first, count: before(lane, endMs) - first };
  }

  return {
    stretch,
    inLane: (lane) => before(lane, cuts.durationMs),
    timesMs(lane, window) {
      const { first, count } = stretch(lane, window);
      return Float64Array.from({ length: count }, (_, index) =>
        timeAtArea(profile, lane + (first + index) * cuts.lanes),
      );
    },
  };
}

/**
 * Poisson: each lane is a Poisson process of its share of the rate. A slice's count is drawn from its mean, its times as
 * that many uniform points of its area; both from the seed, the lane and the window, so any slice can be had without
 * those before it. Only the index of its first arrival needs their counts.
 */
function poissonArrivals(profile: LoadProfile, cuts: Cuts, seed: number): OpenArrivals {
  const firsts = new Map<number, Float64Array>();

  function area(lane: number, window: number) {
    const { startMs, endMs } = windowBounds(cuts, lane, window);
    const from = areaTo(profile, startMs);
    return { from, length: areaTo(profile, endMs) - from };
  }

  function countOf(lane: number, window: number): number {
    const mean = area(lane, window).length / cuts.lanes;
    return poissonCount(randomFor(seed, PURPOSE.arrivalCount, lane, window), mean);
  }

  /** Index of the first arrival of each window, and the total behind the last. */
  function firstsOf(lane: number): Float64Array {
    let known = firsts.get(lane);
    if (!known) {
      const windows = windowCount(cuts, lane);
      known = new Float64Array(windows + 1);
      for (let window = 0; window < windows; window++) {
        known[window + 1] = (known[window] as number) + countOf(lane, window);
      }
      firsts.set(lane, known);
    }
    return known;
  }

  function stretch(lane: number, window: number): ArrivalStretch {
    const known = firstsOf(lane);
    const first = known[window] as number;
    return { first, count: (known[window + 1] as number) - first };
  }

  return {
    stretch,
    inLane: (lane) => firstsOf(lane).at(-1) as number,
    timesMs(lane, window) {
      const count = countOf(lane, window);
      const { from, length } = area(lane, window);
      const random = randomFor(seed, PURPOSE.arrivalTimes, lane, window);
      const areas = Float64Array.from({ length: count }, () => from + random() * length).sort();
      return areas.map((value) => timeAtArea(profile, value));
    },
  };
}

/** Of the numbers below `total`, how many are `lane` modulo `lanes`: an even share, exact in sum. */
export function countTotals(total: number, lane: number, lanes: number): number {
  return Math.max(0, Math.ceil((total - lane) / lanes));
}

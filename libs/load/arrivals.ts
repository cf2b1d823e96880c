/** Arrivals of the open model: which fall into a slice, and when each is intended. */

import { boundsInEra, type Era, eraOfWindow, firstWindows } from "./eras.ts";
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
  /** Arrivals of a lane in an era, by the era's place. */
  inEra(lane: number, era: number): ArrivalStretch;
  /** When each arrival of a slice is intended, in milliseconds of the run, rising. */
  timesMs(lane: number, window: number): Float64Array;
}

/** Arrivals of a profile, or of one in each era, evenly spaced or Poisson. */
export function openArrivals(
  eras: readonly Era[],
  cuts: Cuts,
  arrival: "constant" | "poisson",
  seed: number,
): OpenArrivals {
  return arrival === "constant" ? constantArrivals(eras, cuts) : poissonArrivals(eras, cuts, seed);
}

/** Where a lane stands when an era begins for it. */
interface LaneEra {
  readonly era: Era;
  /** Its first window in the era. */
  readonly window: number;
  /** Its arrivals before. */
  readonly first: number;
  /** How many of its arrivals the era's profile has before that window: those are not its own. */
  readonly before: number;
}

/**
 * Evenly spaced: arrival n of the run is due when the area reaches n, and belongs to lane n modulo the number of lanes.
 * Nothing accumulates, so nothing drifts. In a later era the same is so of that era's profile; a lane counts on from where
 * it was.
 */
function constantArrivals(eras: readonly Era[], cuts: Cuts): OpenArrivals {
  const known = new Map<number, LaneEra[]>();

  /** How many of the lane's arrivals a profile has before a time. */
  const before = (profile: LoadProfile, lane: number, atMs: number) =>
    countTotals(Math.ceil(areaTo(profile, atMs) - AREA_ROUNDING), lane, cuts.lanes);

  /** A run that nobody has changed: the same for every lane. */
  const unchanged = { era: eras[0] as Era, window: 0, first: 0, before: 0 };

  function erasOf(lane: number): readonly LaneEra[] {
    let laneEras = known.get(lane);
    if (!laneEras) {
      laneEras = readEras(lane);
      known.set(lane, laneEras);
    }
    return laneEras;
  }

  function readEras(lane: number): LaneEra[] {
    const laneEras: LaneEra[] = [];
    firstWindows(eras, cuts, lane).forEach((window, index) => {
      const era = eras[index] as Era;
      const last = laneEras.at(-1);
      const first = last ? last.first + countUntil(last, lane, window) : 0;
      const startMs = windowBounds(cuts, lane, window).startMs;
      laneEras.push({ era, window, first, before: before(era.profile, lane, startMs) });
    });
    return laneEras;
  }

  /** A lane's arrivals in an era, up to a window. */
  function countUntil({ era, window, before: skipped }: LaneEra, lane: number, until: number): number {
    if (until <= window) return 0;
    const { endMs } = windowBounds({ ...cuts, durationMs: era.profile.durationMs }, lane, until - 1);
    return before(era.profile, lane, endMs) - skipped;
  }

  function eraOf(lane: number, window: number): LaneEra {
    if (eras.length === 1) return unchanged;
    const laneEras = erasOf(lane);
    let at = laneEras.length - 1;
    while (at > 0 && (laneEras[at] as LaneEra).window > window) at--;
    return laneEras[at] as LaneEra;
  }

  function stretch(
    lane: number,
    window: number,
    { startMs, endMs } = boundsInEra(eras, cuts, lane, window),
  ): ArrivalStretch {
    const { era, first, before: skipped } = eraOf(lane, window);
    const from = before(era.profile, lane, startMs);
    return { first: first + from - skipped, count: before(era.profile, lane, endMs) - from };
  }

  return {
    stretch,
    inEra(lane, at) {
      const laneEras = erasOf(lane);
      const { first, ...laneEra } = laneEras[at] as LaneEra;
      const next = laneEras[at + 1];
      if (next) return { first, count: next.first - first };
      return { first, count: countUntil({ first, ...laneEra }, lane, windowCount(cuts, lane)) };
    },
    timesMs(lane, window) {
      const { first, count } = stretch(lane, window);
      const laneEra = eraOf(lane, window);
      const from = first - laneEra.first + laneEra.before;
      return Float64Array.from({ length: count }, (_, index) =>
        timeAtArea(laneEra.era.profile, lane + (from + index) * cuts.lanes),
      );
    },
  };
}

/**
 * Poisson: each lane is a Poisson process of its share of the rate. A slice's count is drawn from its mean, its times as
 * that many uniform points of its area; both from the seed, the lane and the window, so any slice can be had without
 * those before it. Only the index of its first arrival needs their counts.
 */
function poissonArrivals(eras: readonly Era[], cuts: Cuts, seed: number): OpenArrivals {
  const firsts = new Map<number, Float64Array>();

  function areaOf(lane: number, window: number) {
    const { profile } = eraOfWindow(eras, cuts, lane, window);
    const { startMs, endMs } = boundsInEra(eras, cuts, lane, window);
    const from = areaTo(profile, startMs);
    return { profile, from, length: areaTo(profile, endMs) - from };
  }

  function countOf(lane: number, window: number): number {
    const mean = areaOf(lane, window).length / cuts.lanes;
    if (mean <= 0) return 0;
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
    inEra(lane, at) {
      const known = firstsOf(lane);
      const windows = firstWindows(eras, cuts, lane);
      const firstAt = (window: number) => known[Math.min(window, known.length - 1)] as number;
      const first = firstAt(windows[at] as number);
      return { first, count: firstAt(windows[at + 1] ?? known.length) - first };
    },
    timesMs(lane, window) {
      const count = countOf(lane, window);
      const { profile, from, length } = areaOf(lane, window);
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

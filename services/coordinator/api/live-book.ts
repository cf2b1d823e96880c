/** What live runs have told of their timelines, as a coordinator has heard it: so that whoever comes later sees the beginning too. */

import type { Live } from "../../../libs/protocol/live.ts";
import type { LiveTimeline, TimelinePoint } from "../../../libs/protocol/timeline.ts";

export interface LiveBook {
  add(live: Live): void;
  /** All that is known of a run's time, in its order; undefined where nothing is. */
  of(run: string): LiveTimeline | undefined;
}

/** A timeline has so many points at most (its report no more); a point takes a kilobyte. */
const MAX_POINTS = 1200;
/** Runs that are remembered: those that spoke last. Some 40 MB when all of them are long. */
const MAX_RUNS = 32;

interface Known {
  readonly stepS: number;
  readonly points: Map<number, TimelinePoint>;
}

export function createLiveBook(): LiveBook {
  const runs = new Map<string, Known>();

  /** The one that spoke last stands last. */
  function knownOf(run: string, stepS: number): Known {
    const before = runs.get(run);
    // Points that got coarser are told anew from here on; finer ones beside them would say the same twice.
    const known = before?.stepS === stepS ? before : { stepS, points: new Map() };
    runs.delete(run);
    runs.set(run, known);
    const [oldest] = runs.keys();
    if (runs.size > MAX_RUNS && oldest !== undefined) runs.delete(oldest);
    return known;
  }

  return {
    add({ run, timeline }) {
      if (!timeline || timeline.points.length === 0) return;
      const { points } = knownOf(run, timeline.step_s);
      for (const point of timeline.points) points.set(point.second, point);
      const tooMany = points.size - MAX_POINTS;
      if (tooMany > 0) for (const second of [...points.keys()].slice(0, tooMany)) points.delete(second);
    },
    of(run) {
      const known = runs.get(run);
      if (!known) return undefined;
      const points = [...known.points.values()].sort((a, b) => a.second - b.second);
      return { step_s: known.stepS, points };
    },
  };
}

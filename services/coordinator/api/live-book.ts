/** What live runs have told of their time, as a coordinator has heard it: so that whoever comes later sees the beginning too. */

import type { FleetPoint } from "../../../libs/protocol/fleet.ts";
import type { Live } from "../../../libs/protocol/live.ts";
import type { LiveServer } from "../../../libs/protocol/server.ts";
import type {
  LiveTimeline,
  QueryPoint,
  QueryTimeline,
  TimelinePoint,
} from "../../../libs/protocol/timeline.ts";

export interface LiveBook {
  add(live: Live): void;
  /** All that is known of a run's time, in its order; undefined where nothing is. */
  of(run: string): LiveTimeline | undefined;
  /** The last figures that a run told. */
  last(run: string): Live | undefined;
}

/** A timeline has so many points at most (its report no more); a point takes a kilobyte. */
const MAX_POINTS = 1200;
/** What is kept of a query, of the fleet and of eight servers, twice: what got coarser stands beside what was before. */
const MAX_QUERY_POINTS = 240;
const MAX_FLEET_POINTS = 1200;
const MAX_SERVER_POINTS = 9600;
/** Runs that are remembered: those that spoke last. Some 80 MB when all of them are long. */
const MAX_RUNS = 32;

/** The newest word on each thing. */
interface Told<T> {
  add(told: readonly T[]): void;
  all(): T[];
}

/** @param most of more, those that were told first go */
function createTold<T>(
  most: number,
  secondOf: (told: T) => number,
  keyOf: (told: T) => unknown = secondOf,
): Told<T> {
  const byKey = new Map<unknown, T>();
  return {
    add(told) {
      for (const each of told) byKey.set(keyOf(each), each);
      const tooMany = byKey.size - most;
      if (tooMany > 0) for (const key of [...byKey.keys()].slice(0, tooMany)) byKey.delete(key);
    },
    all: () => [...byKey.values()].sort((a, b) => secondOf(a) - secondOf(b)),
  };
}

const secondOf = ({ second }: { readonly second: number }) => second;

/** Stretches of one length: when they get coarser they are told anew from there on, and finer ones beside them would say the same twice. */
interface Stretches<T> {
  readonly stepS: number;
  readonly points: Told<T>;
}

function stretchesOf<T extends { readonly second: number }>(
  before: Stretches<T> | undefined,
  stepS: number,
  most: number,
): Stretches<T> {
  return before?.stepS === stepS ? before : { stepS, points: createTold<T>(most, secondOf) };
}

interface Known {
  last: Live;
  points: Stretches<TimelinePoint>;
  readonly queries: Map<string, Stretches<QueryPoint>>;
  readonly fleet: Told<FleetPoint>;
  readonly servers: Told<LiveServer>;
}

function newlyKnown(last: Live, stepS: number): Known {
  return {
    last,
    points: stretchesOf<TimelinePoint>(undefined, stepS, MAX_POINTS),
    queries: new Map(),
    fleet: createTold<FleetPoint>(MAX_FLEET_POINTS, secondOf),
    servers: createTold<LiveServer>(
      MAX_SERVER_POINTS,
      ({ to_s: toS }) => toS,
      ({ url, to_s: toS }) => `${toS} ${url}`,
    ),
  };
}

export function createLiveBook(): LiveBook {
  const runs = new Map<string, Known>();

  /** The one that spoke last stands last. */
  function knownOf(live: Live, stepS: number): Known {
    const { run } = live;
    const known = runs.get(run) ?? newlyKnown(live, stepS);
    runs.delete(run);
    runs.set(run, known);
    const [oldest] = runs.keys();
    if (runs.size > MAX_RUNS && oldest !== undefined) runs.delete(oldest);
    return known;
  }

  return {
    add(live) {
      const { timeline } = live;
      if (!timeline) return;
      const known = knownOf(live, timeline.step_s);
      known.last = live;
      known.points = stretchesOf(known.points, timeline.step_s, MAX_POINTS);
      known.points.points.add(timeline.points);
      for (const { query, step_s: stepS, points } of timeline.queries) {
        const stretches = stretchesOf(known.queries.get(query), stepS, MAX_QUERY_POINTS);
        stretches.points.add(points);
        known.queries.set(query, stretches);
      }
      known.fleet.add(timeline.fleet);
      known.servers.add(timeline.servers);
    },
    last: (run) => runs.get(run)?.last,
    of(run) {
      const known = runs.get(run);
      if (!known) return undefined;
      const queries = [...known.queries].map(([query, { stepS, points }]): QueryTimeline => {
        return { query, step_s: stepS, points: points.all() };
      });
      const { points, fleet, servers } = known;
      return {
        step_s: points.stepS,
        points: points.points.all(),
        queries,
        fleet: fleet.all(),
        servers: servers.all(),
      };
    },
  };
}

/** The stretches of a run over time, as live figures or a report bring them: the newest word on each counts. Bounded. Pure. */

import type { FleetPoint } from "../../../../libs/protocol/fleet.ts";
import type { LiveServer } from "../../../../libs/protocol/server.ts";
import type { LiveTimeline, QueryPoint, TimelinePoint } from "../../../../libs/protocol/timeline.ts";

/** A point and the seconds that it covers: a long run's points get coarser while it goes. */
export interface Point extends TimelinePoint {
  readonly stepS: number;
}

/** In the order of time. */
export interface Book {
  readonly points: readonly Point[];
  /** Single queries by their names, as far as they are kept over time. */
  readonly queries: ReadonlyMap<string, readonly Point[]>;
  /** Workers and queue, as the run's leader saw them. */
  readonly fleet: readonly FleetPoint[];
  /** What the target's servers told of themselves. */
  readonly servers: readonly LiveServer[];
}

export const EMPTY_BOOK: Book = { points: [], queries: new Map(), fleet: [], servers: [] };

/** A run's report has 1,200 points at most, and a chart no more pixels than this. */
export const MAX_POINTS = 2400;
export const MAX_FLEET_POINTS = 2400;
const MAX_SERVER_POINTS = 9600;

export function bookOf(timeline: LiveTimeline): Book {
  return withTimeline(EMPTY_BOOK, timeline);
}

export function withTimeline(book: Book, timeline: LiveTimeline): Book {
  const { step_s: stepS, points, queries, fleet, servers } = timeline;
  const told = queries.map(({ query, step_s: queryStepS, points: news }) => {
    const known = book.queries.get(query) ?? [];
    return [query, withPoints(known, news.map(pointOfQuery), queryStepS)] as const;
  });
  return {
    points: withPoints(book.points, points, stepS),
    queries: told.length === 0 ? book.queries : new Map([...book.queries, ...told]),
    fleet: withNews(book.fleet, fleet, MAX_FLEET_POINTS, ({ second }) => second),
    servers: withNews(
      book.servers,
      servers,
      MAX_SERVER_POINTS,
      ({ to_s: toS }) => toS,
      ({ url, to_s: toS }) => `${toS} ${url}`,
    ),
  };
}

/** A point takes the place of all that it covers. */
function withPoints(
  known: readonly Point[],
  news: readonly TimelinePoint[],
  stepS: number,
): readonly Point[] {
  if (news.length === 0) return known;
  const told = new Set(news.map(({ second }) => Math.floor(second / stepS)));
  const isCovered = (point: Point) => {
    const last = Math.floor((point.second + point.stepS - 1) / stepS);
    for (let at = Math.floor(point.second / stepS); at <= last; at++) if (told.has(at)) return true;
    return false;
  };
  const all = [...known.filter((point) => !isCovered(point)), ...news.map((point) => ({ ...point, stepS }))];
  return all.sort((a, b) => a.second - b.second).slice(-MAX_POINTS);
}

/** What is told twice counts once; nothing is made anew where nothing is new. */
function withNews<T>(
  known: readonly T[],
  told: readonly T[],
  most: number,
  secondOf: (each: T) => number,
  keyOf: (each: T) => unknown = secondOf,
): readonly T[] {
  const keys = new Set(known.map(keyOf));
  const news = told.filter((each) => !keys.has(keyOf(each)));
  if (news.length === 0) return known;
  return [...known, ...news].sort((a, b) => secondOf(a) - secondOf(b)).slice(-most);
}

const NO_LATENCY = { p50: null, p95: null, p99: null, p99_9: null, max: null };

/** What is not kept of a single query stays empty. */
function pointOfQuery({ second, response_ms, heat, classes, ...states }: QueryPoint): TimelinePoint {
  const { ok = 0, failed = 0, timed_out = 0, missed = 0, lost = 0, cancelled = 0 } = states;
  const planned = ok + failed + timed_out + missed + lost + cancelled;
  return {
    ...{ second, planned, ok, failed, timed_out, missed, lost, cancelled },
    ...{ response_ms, heat, classes, service_ms: NO_LATENCY, lag_p99_ms: null, load: 0, bytes: 0 },
  };
}

/** The points of a run over time, as live figures bring them: the newest word on a second counts. Bounded. Pure. */

import type { LiveServer } from "../../../../libs/protocol/server.ts";
import type { LiveTimeline, TimelinePoint } from "../../../../libs/protocol/timeline.ts";

/** A point and the seconds that it covers: a long run's points get coarser while it goes. */
export interface Point extends TimelinePoint {
  readonly stepS: number;
}

/** What is there besides the points, by the second in which it was told. */
export interface Sample {
  readonly second: number;
  readonly inFlight: number;
  readonly workers: number;
  /** Slices in the queue that nobody holds, as the workers are scaled by; not known each time. */
  readonly queued?: number;
}

/** In the order of time. */
export interface Book {
  readonly points: readonly Point[];
  readonly samples: readonly Sample[];
  /** What the target's servers told of themselves, each from the newest stretch on. */
  readonly servers: readonly LiveServer[];
}

export const EMPTY_BOOK: Book = { points: [], samples: [], servers: [] };

/** A run's report has 1,200 points at most, and a chart no more pixels than this. */
export const MAX_POINTS = 2400;
export const MAX_SAMPLES = 2400;
const MAX_SERVER_POINTS = 4800;

export function bookOf({ step_s: stepS, points }: LiveTimeline): Book {
  return {
    points: points.slice(-MAX_POINTS).map((point) => ({ ...point, stepS })),
    samples: [],
    servers: [],
  };
}

/** A point takes the place of all that it covers. */
export function withPoints(book: Book, { step_s: stepS, points }: LiveTimeline): Book {
  const [first] = points;
  if (!first) return book;
  const ended = points.map((point) => ({ ...point, stepS }));
  const covered = (point: Point) =>
    ended.some(({ second }) => point.second < second + stepS && second < point.second + point.stepS);
  const older = book.points.filter((point) => point.second + point.stepS <= first.second);
  const beside = book.points.slice(older.length).filter((point) => !covered(point));
  const all = [...older, ...beside, ...ended].sort((a, b) => a.second - b.second);
  return { ...book, points: all.slice(-MAX_POINTS) };
}

/** One sample a second; what is said twice of a second counts once. */
export function withSample(book: Book, sample: Sample): Book {
  const last = book.samples.at(-1);
  const before = last && last.second >= sample.second ? book.samples.slice(0, -1) : book.samples;
  // Where the run's time was set back, what is behind it is no longer true.
  if (before.length > 0 && (before.at(-1) as Sample).second >= sample.second) return book;
  const all = [...before, sample];
  return { ...book, samples: all.length > MAX_SAMPLES ? thinned(all) : all };
}

/** What is told again of the same stretch counts once. */
export function withServers(book: Book, servers: readonly LiveServer[]): Book {
  const news = servers.filter(
    ({ url, to_s: toS }) => !book.servers.some((known) => known.url === url && known.to_s >= toS),
  );
  if (news.length === 0) return book;
  return { ...book, servers: [...book.servers, ...news].slice(-MAX_SERVER_POINTS) };
}

/** Every other one of the older half: the newest stay as close as they are. */
function thinned(samples: readonly Sample[]): Sample[] {
  const half = samples.length >> 1;
  return samples.filter((_, index) => index >= half || index % 2 === 0);
}

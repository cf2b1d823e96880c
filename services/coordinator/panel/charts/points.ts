/** The points of a run over time, as live figures bring them: the newest word on a second counts. Bounded. Pure. */

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
}

/** In the order of time. */
export interface Book {
  readonly points: readonly Point[];
  readonly samples: readonly Sample[];
}

export const EMPTY_BOOK: Book = { points: [], samples: [] };

/** A run's report has 1,200 points at most, and a chart no more pixels than this. */
export const MAX_POINTS = 2400;
export const MAX_SAMPLES = 2400;

export function bookOf({ step_s: stepS, points }: LiveTimeline): Book {
  return { points: points.slice(-MAX_POINTS).map((point) => ({ ...point, stepS })), samples: [] };
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

/** Every other one of the older half: the newest stay as close as they are. */
function thinned(samples: readonly Sample[]): Sample[] {
  const half = samples.length >> 1;
  return samples.filter((_, index) => index >= half || index % 2 === 0);
}

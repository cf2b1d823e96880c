/** The run second by second, by intended time: points for the report, seconds for the rolling windows. */

import { z } from "zod";
import {
  addStates,
  countsFrom,
  countsToList,
  emptyCounts,
  LEDGER_STATES,
  type StateCounts,
  sumOfStates,
} from "../protocol/ledger.ts";
import type { RollingWindow } from "../protocol/live.ts";
import type { TimelinePoint } from "../protocol/timeline.ts";
import { Histogram } from "../stats/histogram.ts";
import type { MeasuredCell } from "../stats/measured.ts";
import { createRecent } from "./recent.ts";
import type { Answers } from "./server/queueing.ts";

/** The lengths of the rolling windows. */
export const WINDOW_LENGTHS_S = [10, 60, 300] as const;

/** The longest rolling window, and some time for results that come late. */
const KEPT_SECONDS = 300 + 60;

/** Points that a timeline has at most; a longer run has coarser ones. */
export const MAX_POINTS = 1200;
const STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600];

/**
 * Points, and seconds, that lie open: results come within some seconds, so that the others are hardly ever added to. They
 * are packed, and the memory of a long run stays flat.
 */
const OPEN_STRETCHES = 30;

interface Stretch {
  readonly counts: StateCounts;
  bytes: number;
  readonly service: Histogram;
  readonly response: Histogram;
  readonly lag: Histogram;
}

/** Stretches by their place. */
interface Stretches {
  readonly at: Map<number, Stretch>;
  /** To be called at each use. */
  readonly used: (stretch: Stretch) => void;
}

const StretchSnapshot = z.object({
  at: z.number(),
  /** In the order of the ledger's states. */
  counts: z.array(z.number()).length(LEDGER_STATES.length),
  bytes: z.number(),
  service: z.string().optional(),
  response: z.string().optional(),
  lag: z.string().optional(),
});

export const TimelineSnapshot = z.object({
  stepS: z.number(),
  latest: z.number(),
  points: z.array(StretchSnapshot),
  seconds: z.array(StretchSnapshot),
});
export type TimelineSnapshot = z.infer<typeof TimelineSnapshot>;

export interface Timeline {
  /** Seconds that a point covers. */
  stepS(): number;
  addCell(cell: MeasuredCell): void;
  /** A rolling window that ends before a second; how complete it is, the caller knows. */
  window(
    lengthS: number,
    toS: number,
  ): Omit<RollingWindow, "slices_expected" | "slices_settled" | "complete">;
  /** Planned queries per second in the seconds [from, to). */
  offeredPerS(fromS: number, toS: number): number;
  /** @param fromS only what ends behind this second; all where it is not given */
  points(loadAt: (atMs: number) => number, fromS?: number): TimelinePoint[];
  /** The same stretches, with what their good answers took. */
  answers(): Answers[];
  toSnapshot(): TimelineSnapshot;
  /** Bytes that its distributions take. */
  heldBytes(): number;
}

/** How many seconds a point of a run's timeline covers. */
export function timelineStepS(durationMs: number): number {
  const seconds = durationMs / 1000;
  return STEPS_S.find((step) => seconds / step <= MAX_POINTS) ?? (STEPS_S.at(-1) as number);
}

/** @param firstStepS seconds that a point covers at first; too many points double it */
export function createTimeline(firstStepS: number, snapshot?: TimelineSnapshot): Timeline {
  let stepS = snapshot?.stepS ?? firstStepS;
  let points = stretchesFrom(snapshot?.points);
  const seconds = stretchesFrom(snapshot?.seconds);
  let latest = snapshot?.latest ?? 0;

  function coarsen(): void {
    const before = points;
    points = stretchesFrom();
    stepS *= 2;
    for (const [index, stretch] of before.at) mergeInto(stretchAt(points, Math.floor(index / 2)), stretch);
  }

  function forgetOldSeconds(): void {
    for (const at of seconds.at.keys()) if (at < latest - KEPT_SECONDS) seconds.at.delete(at);
  }

  function* secondsFrom(fromS: number, toS: number): Iterable<Stretch> {
    for (let at = Math.max(0, fromS); at < toS; at++) {
      const second = seconds.at.get(at);
      if (second) yield second;
    }
  }

  return {
    stepS: () => stepS,
    addCell(cell) {
      addToPoint(stretchAt(points, Math.floor(cell.second / stepS)), cell);
      if (points.at.size > MAX_POINTS) coarsen();
      if (cell.second < latest - KEPT_SECONDS) return;
      addToSecond(stretchAt(seconds, cell.second), cell);
      if (cell.second <= latest) return;
      latest = cell.second;
      forgetOldSeconds();
    },
    window(lengthS, toS) {
      const fromS = Math.max(0, toS - lengthS);
      const counts = emptyCounts();
      const service = new Histogram();
      for (const second of secondsFrom(fromS, toS)) {
        addStates(counts, second.counts);
        service.add(second.service);
      }
      const bad = counts.failed + counts.timed_out;
      const completed = counts.ok + bad;
      return {
        length_s: lengthS,
        from_s: fromS,
        to_s: toS,
        completed_per_s: completed / Math.max(1, toS - fromS),
        error_rate: completed === 0 ? 0 : bad / completed,
        ...(service.count > 0 && { service_ms: windowLatency(service) }),
      };
    },
    offeredPerS(fromS, toS) {
      let offered = 0;
      for (const { counts } of secondsFrom(fromS, toS)) offered += sumOfStates(counts);
      return offered / Math.max(1, toS - Math.max(0, fromS));
    },
    points(loadAt, fromS = 0) {
      return [...points.at]
        .filter(([index]) => (index + 1) * stepS > fromS)
        .sort(([a], [b]) => a - b)
        .map(([index, stretch]) => pointOf(index * stepS, loadAt((index + 0.5) * stepS * 1000), stretch));
    },
    answers: () =>
      [...points.at].map(([index, { service }]) => ({
        fromMs: index * stepS * 1000,
        toMs: (index + 1) * stepS * 1000,
        ok: service.count,
        meanMs: service.meanMs ?? 0,
        p99Ms: service.percentileMs(99) ?? 0,
      })),
    toSnapshot: () => ({
      stepS,
      latest,
      points: stretchesToSnapshot(points),
      seconds: stretchesToSnapshot(seconds),
    }),
    heldBytes: () => heldBytes(points) + heldBytes(seconds),
  };
}

function emptyStretch(): Stretch {
  return {
    counts: emptyCounts(),
    bytes: 0,
    service: new Histogram(),
    response: new Histogram(),
    lag: new Histogram(),
  };
}

function stretchesToSnapshot(stretches: Stretches): TimelineSnapshot["points"] {
  return [...stretches.at].map(([at, { counts, bytes, service, response, lag }]) => ({
    at,
    counts: countsToList(counts),
    bytes,
    service: service.encode(),
    response: response.encode(),
    lag: lag.encode(),
  }));
}

function stretchesFrom(snapshot: TimelineSnapshot["points"] = []): Stretches {
  const stretches: Stretches = { at: new Map(), used: createRecent(OPEN_STRETCHES, pack) };
  for (const { at, counts: values, bytes, service, response, lag } of snapshot) {
    const stretch = stretchAt(stretches, at);
    addStates(stretch.counts, countsFrom(values));
    stretch.bytes = bytes;
    stretch.service.add(Histogram.from(service));
    stretch.response.add(Histogram.from(response));
    stretch.lag.add(Histogram.from(lag));
  }
  return stretches;
}

function stretchAt(stretches: Stretches, at: number): Stretch {
  let stretch = stretches.at.get(at);
  if (!stretch) {
    stretch = emptyStretch();
    stretches.at.set(at, stretch);
  }
  stretches.used(stretch);
  return stretch;
}

function pack({ service, response, lag }: Stretch): void {
  for (const histogram of [service, response, lag]) histogram.pack();
}

function heldBytes(stretches: Stretches): number {
  let bytes = 0;
  for (const { service, response, lag } of stretches.at.values())
    bytes += service.heldBytes + response.heldBytes + lag.heldBytes;
  return bytes;
}

/** What the rolling windows show. */
function addToSecond(second: Stretch, cell: MeasuredCell): void {
  addStates(second.counts, cell);
  second.bytes += cell.bytes;
  second.service.addSparse(cell.service);
}

function addToPoint(point: Stretch, cell: MeasuredCell): void {
  addToSecond(point, cell);
  // Where no start is intended, what users feel is the service time.
  point.response.addSparse(cell.response ?? cell.service);
  point.lag.addSparse(cell.lag);
}

function mergeInto(total: Stretch, part: Stretch): void {
  addStates(total.counts, part.counts);
  total.bytes += part.bytes;
  total.service.add(part.service);
  total.response.add(part.response);
  total.lag.add(part.lag);
}

function pointOf(
  second: number,
  load: number,
  { counts, bytes, service, response, lag }: Stretch,
): TimelinePoint {
  return {
    second,
    load: Math.round(load * 1000) / 1000,
    planned: sumOfStates(counts),
    ...counts,
    bytes,
    service_ms: pointLatency(service),
    response_ms: pointLatency(response),
    lag_p99_ms: lag.percentileMs(99) ?? null,
  };
}

/** What a point and a window tell of their times, beside the largest. */
const POINT_PERCENTS = [50, 95, 99];

function pointLatency(histogram: Histogram): TimelinePoint["service_ms"] {
  const [p50 = null, p95 = null, p99 = null] = histogram.percentilesMs(POINT_PERCENTS);
  return { p50, p95, p99, max: histogram.maxMs ?? null };
}

function windowLatency(service: Histogram) {
  const [p50 = 0, p95 = 0, p99 = 0] = service.percentilesMs(POINT_PERCENTS);
  return { p50, p95, p99, max: service.maxMs ?? 0 };
}

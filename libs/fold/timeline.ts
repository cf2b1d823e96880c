/** The run second by second, by intended time: points for the report, seconds for the rolling windows. */

import { z } from "zod";
import { addStates, emptyCounts, sumOfStates } from "../protocol/ledger.ts";
import type { RollingWindow } from "../protocol/live.ts";
import type { ErrorEntry } from "../protocol/result.ts";
import type { TimelinePoint } from "../protocol/timeline.ts";
import { Histogram } from "../stats/histogram.ts";
import type { MeasuredCell } from "../stats/measured.ts";
import { createRecent } from "./recent.ts";
import type { Answers } from "./server/queueing.ts";
import {
  addClasses,
  addSnapshot,
  addToPoint,
  addToSecond,
  emptyStretch,
  mergeInto,
  pack,
  pointOf,
  type Stretch,
  StretchSnapshot,
  stretchToSnapshot,
} from "./stretch.ts";

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

/** Stretches by their place. */
interface Stretches {
  readonly at: Map<number, Stretch>;
  /** To be called at each use. */
  readonly used: (stretch: Stretch) => void;
}

export const TimelineSnapshot = z.object({
  stepS: z.number(),
  latest: z.number(),
  points: z.array(StretchSnapshot),
  seconds: z.array(StretchSnapshot),
});
export type TimelineSnapshot = z.infer<typeof TimelineSnapshot>;

/** What failed in a slice, and the seconds that its queries belong to. */
export interface SliceErrors {
  readonly errors: readonly Pick<ErrorEntry, "class" | "count" | "first_ms">[];
  readonly cells: readonly Pick<MeasuredCell, "second">[];
}

export interface Timeline {
  /** Seconds that a point covers. */
  stepS(): number;
  addCell(cell: MeasuredCell): void;
  /** What the failures of a slice were, by when the first of each kind was sent. */
  addErrors(result: SliceErrors): void;
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
    addErrors({ errors, cells }) {
      // What a worker says of its times makes no stretch that has no queries.
      const lastS = cells.reduce((last, { second }) => Math.max(last, second), 0);
      for (const { class: kind, count, first_ms: firstMs } of errors) {
        const second = Math.min(Math.max(0, firstMs / 1000), lastS);
        addClasses(stretchAt(points, Math.floor(second / stepS)).classes, { [kind]: count });
      }
    },
    window(lengthS, toS) {
      const fromS = Math.max(0, toS - lengthS);
      return {
        length_s: lengthS,
        from_s: fromS,
        to_s: toS,
        ...rollingOf(secondsFrom(fromS, toS), toS - fromS),
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

function stretchesToSnapshot(stretches: Stretches): TimelineSnapshot["points"] {
  return [...stretches.at].map(([at, stretch]) => stretchToSnapshot(at, stretch));
}

function stretchesFrom(snapshot: TimelineSnapshot["points"] = []): Stretches {
  const stretches: Stretches = { at: new Map(), used: createRecent(OPEN_STRETCHES, pack) };
  for (const told of snapshot) addSnapshot(stretchAt(stretches, told.at), told);
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

function heldBytes(stretches: Stretches): number {
  let bytes = 0;
  for (const { service, response, lag } of stretches.at.values())
    bytes += service.heldBytes + response.heldBytes + lag.heldBytes;
  return bytes;
}

function rollingOf(
  stretches: Iterable<Stretch>,
  lengthS: number,
): Pick<RollingWindow, "completed_per_s" | "error_rate" | "service_ms"> {
  const counts = emptyCounts();
  const service = new Histogram();
  for (const stretch of stretches) {
    addStates(counts, stretch.counts);
    service.add(stretch.service);
  }
  const bad = counts.failed + counts.timed_out;
  const completed = counts.ok + bad;
  return {
    completed_per_s: completed / Math.max(1, lengthS),
    error_rate: completed === 0 ? 0 : bad / completed,
    ...(service.count > 0 && { service_ms: windowLatency(service) }),
  };
}

/** What a window tells of its times, beside the largest. */
const WINDOW_PERCENTS = [50, 95, 99];

function windowLatency(service: Histogram) {
  const [p50 = 0, p95 = 0, p99 = 0] = service.percentilesMs(WINDOW_PERCENTS);
  return { p50, p95, p99, max: service.maxMs ?? 0 };
}

/** The run second by second, by intended time: points for the report, seconds for the rolling windows. */

import { z } from "zod";
import { addStates, emptyCounts, sumOfStates } from "../protocol/ledger.ts";
import type { RollingWindow } from "../protocol/live.ts";
import type { ErrorEntry } from "../protocol/result.ts";
import type { TimelinePoint } from "../protocol/timeline.ts";
import { Histogram } from "../stats/histogram.ts";
import type { MeasuredCell } from "../stats/measured.ts";
import { createPoints, heldBytes, stepFor, stretchAt, stretchesFrom, stretchesToSnapshot } from "./points.ts";
import type { Answers } from "./server/queueing.ts";
import { addClasses, addToPoint, addToSecond, pointOf, type Stretch, StretchSnapshot } from "./stretch.ts";

/** The lengths of the rolling windows. */
export const WINDOW_LENGTHS_S = [10, 60, 300] as const;

/** The longest rolling window, and some time for results that come late. */
const KEPT_SECONDS = 300 + 60;

/** Points that a timeline has at most; a longer run has coarser ones. */
export const MAX_POINTS = 1200;

/** Points, and seconds, that lie open. */
const OPEN_STRETCHES = 30;

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
  /** @param isWanted of a point that begins at a second; all where it is not given */
  points(loadAt: (atMs: number) => number, isWanted?: (second: number) => boolean): TimelinePoint[];
  /** The same stretches, with what their good answers took. */
  answers(): Answers[];
  toSnapshot(): TimelineSnapshot;
  /** Bytes that its distributions take. */
  heldBytes(): number;
}

/** How many seconds a point of a run's timeline covers. */
export function timelineStepS(durationMs: number): number {
  return stepFor(durationMs, MAX_POINTS);
}

/** @param firstStepS seconds that a point covers at first; too many points double it */
export function createTimeline(firstStepS: number, snapshot?: TimelineSnapshot): Timeline {
  const points = createPoints(firstStepS, { most: MAX_POINTS, open: OPEN_STRETCHES }, snapshot);
  const seconds = stretchesFrom(OPEN_STRETCHES, snapshot?.seconds);
  let latest = snapshot?.latest ?? 0;

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
    stepS: points.stepS,
    addCell(cell) {
      addToPoint(points.at(cell.second), cell);
      if (cell.second < latest - KEPT_SECONDS) return;
      addToSecond(stretchAt(seconds, cell.second), cell);
      if (cell.second <= latest) return;
      latest = cell.second;
      forgetOldSeconds();
    },
    addErrors({ errors, cells }) {
      for (const [{ class: kind, count }, second] of secondsOfErrors(errors, cells))
        addClasses(points.at(second).classes, { [kind]: count });
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
    points(loadAt, isWanted = () => true) {
      const middleS = points.stepS() / 2;
      return points
        .all()
        .filter(([second]) => isWanted(second))
        .map(([second, stretch]) => pointOf(second, loadAt((second + middleS) * 1000), stretch));
    },
    answers: () =>
      points.all().map(([second, { service }]) => ({
        fromMs: second * 1000,
        toMs: (second + points.stepS()) * 1000,
        ok: service.count,
        meanMs: service.meanMs ?? 0,
        p99Ms: service.percentileMs(99) ?? 0,
      })),
    toSnapshot: () => ({ ...points.toSnapshot(), latest, seconds: stretchesToSnapshot(seconds) }),
    heldBytes: () => points.heldBytes() + heldBytes(seconds),
  };
}

/** When the first of each kind of failure was sent. What a worker says of its times makes no stretch that has no queries. */
export function secondsOfErrors<E extends Pick<ErrorEntry, "first_ms">>(
  errors: readonly E[],
  cells: SliceErrors["cells"],
): [error: E, second: number][] {
  const lastS = cells.reduce((last, { second }) => Math.max(last, second), 0);
  return errors.map((error) => [error, Math.min(Math.max(0, error.first_ms / 1000), lastS)]);
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

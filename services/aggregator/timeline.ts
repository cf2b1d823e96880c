/** The run second by second, by intended time: counts for ever, distributions while rolling windows may ask for them. */

import { emptyCounts, LEDGER_STATES, type StateCounts, sumOfStates } from "../../libs/protocol/ledger.ts";
import type { TimelinePoint } from "../../libs/protocol/report.ts";
import type { Cell } from "../../libs/protocol/result.ts";
import type { RollingWindow } from "../../libs/protocol/run.ts";
import { Histogram } from "../../libs/stats/histogram.ts";

/** The lengths of the rolling windows. */
export const WINDOW_LENGTHS_S = [10, 60, 300] as const;

/** Points that a timeline has at most; a longer run has coarser ones. */
const MAX_POINTS = 1200;
const STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600];

interface Second {
  readonly counts: StateCounts;
  bytes: number;
  service: Histogram;
  lag: Histogram;
}

export interface Timeline {
  readonly stepS: number;
  addCell(cell: Cell): void;
  /** A rolling window that ends before a second; how complete it is, the caller knows. */
  window(
    lengthS: number,
    toS: number,
  ): Omit<RollingWindow, "slices_expected" | "slices_settled" | "complete">;
  /** Planned queries per second in the seconds [from, to). */
  offeredPerS(fromS: number, toS: number): number;
  points(loadAt: (atMs: number) => number): TimelinePoint[];
}

/** How many seconds a point of a run's timeline covers. */
export function timelineStepS(durationMs: number): number {
  const seconds = durationMs / 1000;
  return STEPS_S.find((step) => seconds / step <= MAX_POINTS) ?? (STEPS_S.at(-1) as number);
}

/** @param durationMs the run's planned length; a run without one is kept in seconds */
export function createTimeline(durationMs: number | undefined): Timeline {
  const stepS = timelineStepS(durationMs ?? 0);
  const points = new Map<number, Second>();
  /** Seconds that rolling windows may still ask for; where points are seconds, they are the same. */
  const seconds = stepS === 1 ? points : new Map<number, Second>();
  let latest = 0;

  function addTo(map: Map<number, Second>, at: number, cell: Cell): void {
    let second = map.get(at);
    if (!second) {
      second = { counts: emptyCounts(), bytes: 0, service: new Histogram(), lag: new Histogram() };
      map.set(at, second);
    }
    for (const state of LEDGER_STATES) second.counts[state] += cell[state];
    second.bytes += cell.bytes;
    second.service.addEncoded(cell.service);
    second.lag.addEncoded(cell.lag);
  }

  function forgetOldSeconds(): void {
    const oldest = latest - KEPT_SECONDS;
    for (const at of seconds.keys()) {
      if (at >= oldest) break;
      seconds.delete(at);
    }
  }

  function sum(fromS: number, toS: number) {
    const counts = emptyCounts();
    const service = new Histogram();
    for (let at = Math.max(0, fromS); at < toS; at++) {
      const second = seconds.get(at);
      if (!second) continue;
      for (const state of LEDGER_STATES) counts[state] += second.counts[state];
      service.add(second.service);
    }
    return { counts, service };
  }

  return {
    stepS,
    addCell(cell) {
      addTo(points, Math.floor(cell.second / stepS), cell);
      if (seconds === points || cell.second < latest - KEPT_SECONDS) return;
      addTo(seconds, cell.second, cell);
      if (cell.second > latest) {
        latest = cell.second;
        forgetOldSeconds();
      }
    },
    window(lengthS, toS) {
      const fromS = Math.max(0, toS - lengthS);
      const { counts, service } = sum(fromS, toS);
      const completed = counts.ok + counts.failed + counts.timed_out;
      const length = Math.max(1, toS - fromS);
      return {
        length_s: lengthS,
        from_s: fromS,
        to_s: toS,
        completed_per_s: completed / length,
        error_rate: completed === 0 ? 0 : (counts.failed + counts.timed_out) / completed,
        ...(service.count > 0 && { service_ms: quantiles(service) }),
      };
    },
    offeredPerS: (fromS, toS) => sumOfStates(sum(fromS, toS).counts) / Math.max(1, toS - Math.max(0, fromS)),
    points(loadAt) {
      return [...points.entries()]
        .sort(([a], [b]) => a - b)
        .map(([index, { counts, bytes, service, lag }]) => ({
          second: index * stepS,
          load: Math.round(loadAt((index + 0.5) * stepS * 1000) * 1000) / 1000,
          planned: sumOfStates(counts),
          ...counts,
          bytes,
          p50_ms: service.percentileMs(50) ?? null,
          p95_ms: service.percentileMs(95) ?? null,
          p99_ms: service.percentileMs(99) ?? null,
          max_ms: service.maxMs ?? null,
          lag_p99_ms: lag.percentileMs(99) ?? null,
        }));
    },
  };
}

/** The longest rolling window, and some time for results that come late. */
const KEPT_SECONDS = 300 + 60;

function quantiles(service: Histogram) {
  const at = (percent: number) => service.percentileMs(percent) ?? 0;
  return { p50: at(50), p95: at(95), p99: at(99), max: service.maxMs ?? 0 };
}

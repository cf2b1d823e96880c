/** Holds a threshold's condition against what was measured. */

import type { Condition, Measure } from "../../protocol/config/condition.ts";
import type { StateCounts } from "../../protocol/ledger.ts";
import type { Histogram } from "../../stats/histogram.ts";

/** Queries of some kind in some time: how they ended, and how long the ok ones took. */
export interface Sample {
  readonly counts: Readonly<StateCounts>;
  /** From the intended start; from the send where nothing is intended. */
  readonly response: Histogram;
}

/** @returns milliseconds or a share; undefined where nothing was measured */
export function figureOf(measure: Measure, { counts, response }: Sample): number | undefined {
  const bad = counts.failed + counts.timed_out;
  const ended = counts.ok + bad;
  // What was cancelled was called off, and not asked for in vain.
  const offered = ended + counts.missed + counts.lost;
  switch (measure.of) {
    case "percentile":
      return response.percentileMs(measure.percent);
    case "avg":
      return response.meanMs;
    case "max":
      return response.maxMs;
    case "error_rate":
      return shareOf(bad, ended);
    case "missed_rate":
      return shareOf(counts.missed, offered);
    case "achieved/offered":
      return shareOf(ended, offered);
    default:
      return measure satisfies never;
  }
}

function shareOf(part: number, whole: number): number | undefined {
  return whole === 0 ? undefined : part / whole;
}

export function holds({ operator, limit }: Condition, value: number): boolean {
  switch (operator) {
    case "<":
      return value < limit;
    case "<=":
      return value <= limit;
    case ">":
      return value > limit;
    case ">=":
      return value >= limit;
    default:
      return operator satisfies never;
  }
}

/** The one of two values that is farther from what is wanted. */
export function worseOf({ operator }: Condition, a: number, b: number): number {
  return operator.startsWith("<") ? Math.max(a, b) : Math.min(a, b);
}

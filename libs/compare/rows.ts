/** The rows of a comparison: what two sides measured of each query, figure by figure, with a verdict each. */

import {
  COMPARED_METRICS,
  type ComparedMetric,
  type Comparison,
  type ComparisonRow,
  type RowVerdict,
} from "../protocol/comparison.ts";
import type { COMPARED_PERCENTS, Report, Scatter } from "../protocol/report.ts";
import { Histogram } from "../stats/histogram.ts";
import { type Difference, differenceOfRepeats, type Scale } from "./difference.ts";
import { type Estimate, errorEstimate, meanEstimate, percentileEstimate, rateEstimate } from "./estimate.ts";

export interface CompareOptions {
  /** The least relative difference that matters. */
  readonly minEffect: number;
}

export const DEFAULT_MIN_EFFECT = 0.02;
/** The least difference of error rates that matters. */
export const MIN_ERROR_EFFECT = 0.001;
const TOO_LITTLE =
  "too little was measured to tell how far the times of all queries differ; longer runs say more";
/** That no row of a comparison calls a difference that is none. */
export const CONFIDENCE = 0.95;

/** What one run tells of one query, or of several. */
export interface Measured {
  readonly scatter: Scatter;
  readonly histogram: Histogram;
  readonly blockLengthsS: readonly number[];
}

export interface Group {
  readonly query: string | null;
  readonly baseline: readonly Measured[];
  readonly contender: readonly Measured[];
}

/** How the difference of a figure is found. @param confidence that its limits enclose the truth */
export type Differ = (
  baseline: readonly Estimate[],
  contender: readonly Estimate[],
  scale: Scale,
  confidence: number,
) => Difference;

/** All rows of some groups, all of which hold together. */
export function rowsOf(
  groups: readonly Group[],
  differ: Differ,
  { minEffect }: CompareOptions,
): ComparisonRow[] {
  // The chance of a false difference is shared out over all rows (Bonferroni).
  const confidence = 1 - (1 - CONFIDENCE) / (groups.length * COMPARED_METRICS.length);
  return groups.flatMap((group) =>
    COMPARED_METRICS.map((metric) => rowOf(group, metric, { confidence, differ, minEffect })),
  );
}

/** What all rows together say. Where no time of all queries together can be told apart, they say nothing. */
export function verdictOfRows(
  rows: readonly ComparisonRow[],
): Pick<Comparison, "verdict" | "verdict_reasons"> {
  const found = (["worse", "better"] as const).find((word) => rows.some((row) => row.verdict === word));
  if (found) return { verdict: found, verdict_reasons: [] };
  const times = rows.filter(
    ({ query, metric }) => query === null && metric !== "error_rate" && metric !== "rate",
  );
  if (times.every(({ verdict }) => verdict === "unknown"))
    return { verdict: "inconclusive", verdict_reasons: [TOO_LITTLE] };
  return { verdict: "same", verdict_reasons: [] };
}

/** The distribution of some queries of a report together. */
export function histogramOf(queries: Report["queries"]): Histogram {
  const histogram = new Histogram();
  for (const { service_histogram: text } of queries)
    if (text !== null) histogram.add(Histogram.fromHdrV2(text));
  return histogram;
}

/** The last block ends with the run. */
export function blockLengthsS({
  blocks,
  duration_ms: durationMs,
  warm_up: warmUp,
}: Pick<Report, "blocks" | "duration_ms" | "warm_up">): number[] {
  const { length_s: lengthS, totals } = blocks;
  const last = totals.ok.length - 1;
  const measuredS = durationMs / 1000 - (warmUp?.duration_s ?? 0);
  const restS = Math.min(lengthS, Math.max(measuredS - last * lengthS, lengthS / 100));
  return totals.ok.map((_, at) => (at === last ? restS : lengthS));
}

interface RowOptions {
  readonly confidence: number;
  readonly differ: Differ;
  readonly minEffect: number;
}

function rowOf(
  group: Group,
  metric: ComparedMetric,
  { confidence, differ, minEffect }: RowOptions,
): ComparisonRow {
  const scale: Scale = metric === "error_rate" ? "absolute" : "relative";
  const estimates = (runs: readonly Measured[]) => runs.map((run) => estimateOf(run, metric, confidence));
  const difference = differ(estimates(group.baseline), estimates(group.contender), scale, confidence);
  const isMoreBad = metric !== "rate";
  return { query: group.query, metric, ...judgedOf(difference, scale, { isMoreBad, minEffect }) };
}

/** A difference in plain figures, with what it means. */
export type Judged = Omit<ComparisonRow, "query" | "metric">;

/** A figure of which a run tells no scatter, by its repeats. */
export function judgeRepeats(
  baseline: readonly number[],
  contender: readonly number[],
  worth: Worth,
): Judged {
  return judgedOf(differenceOfRepeats(baseline, contender), "relative", worth);
}

/** What a difference is worth. */
interface Worth extends CompareOptions {
  readonly isMoreBad: boolean;
}

function judgedOf(difference: Difference, scale: Scale, worth: Worth): Judged {
  const plain = (value: number) => (scale === "relative" ? Math.exp(value) - 1 : value);
  const finite = (value: number) => (Number.isFinite(value) ? plain(value) : null);
  const isKnown = Number.isFinite(difference.value);
  return {
    baseline: difference.baseline,
    contender: difference.contender,
    difference: isKnown ? plain(difference.value) : 0,
    low: finite(difference.low),
    high: finite(difference.high),
    noise: difference.noise === undefined ? null : finite(difference.noise),
    verdict: isKnown ? rowVerdict(difference, scale, worth) : "unknown",
  };
}

function estimateOf(
  { scatter, histogram, blockLengthsS }: Measured,
  metric: ComparedMetric,
  confidence: number,
): Estimate {
  switch (metric) {
    case "mean":
      return meanEstimate(scatter, confidence);
    case "error_rate":
      return errorEstimate(scatter, confidence);
    case "rate":
      return rateEstimate(scatter, blockLengthsS, confidence);
    default:
      return percentileEstimate(
        histogram,
        scatter,
        metric satisfies keyof typeof COMPARED_PERCENTS,
        confidence,
      );
  }
}

/** What matters must lie outside the whole interval. */
function rowVerdict({ low, high }: Difference, scale: Scale, { isMoreBad, minEffect }: Worth): RowVerdict {
  if (!Number.isFinite(low) && !Number.isFinite(high)) return "unknown";
  const least = scale === "absolute" ? MIN_ERROR_EFFECT : Math.log1p(minEffect);
  if (low > least) return isMoreBad ? "worse" : "better";
  if (high < -least) return isMoreBad ? "better" : "worse";
  return "same";
}

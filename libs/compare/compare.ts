/** Compares two sides, each one run or several repeats of it: a row per query and figure, with a verdict each. */

import {
  COMPARED_METRICS,
  COMPARISON_SCHEMA_VERSION,
  type ComparedMetric,
  type Comparison,
  type ComparisonRow,
  type RowVerdict,
} from "../protocol/comparison.ts";
import type { COMPARED_PERCENTS, Report, Scatter } from "../protocol/report.ts";
import { Histogram } from "../stats/histogram.ts";
import { type Difference, differenceOf, type Scale } from "./difference.ts";
import { type Estimate, errorEstimate, meanEstimate, percentileEstimate, rateEstimate } from "./estimate.ts";
import { unlikeIn } from "./unlike.ts";

/** One side of a comparison: a run, or repeats of one. */
export interface Side {
  readonly name: string;
  readonly reports: readonly Report[];
}

export interface CompareOptions {
  /** The least relative difference that matters. */
  readonly minEffect: number;
}

export const DEFAULT_MIN_EFFECT = 0.02;
/** The least difference of error rates that matters. */
const MIN_ERROR_EFFECT = 0.001;
/** That no row of a comparison calls a difference that is none. */
const CONFIDENCE = 0.95;

export function compare(baseline: Side, contender: Side, { minEffect }: CompareOptions): Comparison {
  const unlike = unlikeIn(baseline.reports, contender.reports);
  const isPaired = !unlike.some(({ kind }) => kind === "schedule") && haveSameBlocks(baseline, contender);
  const groups = groupsOf(baseline, contender);
  // The chance of a false difference is shared out over all rows (Bonferroni).
  const confidence = 1 - (1 - CONFIDENCE) / (groups.length * COMPARED_METRICS.length);
  const rows = groups.flatMap((group) =>
    COMPARED_METRICS.map((metric) => rowOf(group, metric, { confidence, isPaired, minEffect })),
  );
  return {
    schema_version: COMPARISON_SCHEMA_VERSION,
    ...verdictOf(baseline, contender, rows),
    baseline: shown(baseline),
    contender: shown(contender),
    unlike,
    confidence: CONFIDENCE,
    min_effect: minEffect,
    min_error_effect: MIN_ERROR_EFFECT,
    rows,
  };
}

/** What one run tells of one query, or of all. */
interface Measured {
  readonly scatter: Scatter;
  readonly histogram: Histogram;
  readonly blockLengthsS: readonly number[];
}

interface Group {
  readonly query: string | null;
  readonly baseline: readonly Measured[];
  readonly contender: readonly Measured[];
}

/** All queries together, then those that every run has. */
function groupsOf(baseline: Side, contender: Side): Group[] {
  const names = [baseline, contender].flatMap(({ reports }) => reports).map(({ queries }) => queries);
  const common = (names[0] ?? [])
    .map(({ name }) => name)
    .filter((name) => names.every((queries) => queries.some((query) => query.name === name)));
  return [null, ...common].map((query) => ({
    query,
    baseline: baseline.reports.map((report) => measuredOf(report, query)),
    contender: contender.reports.map((report) => measuredOf(report, query)),
  }));
}

function measuredOf(report: Report, name: string | null): Measured {
  const { queries, blocks } = report;
  const at = queries.findIndex((query) => query.name === name);
  const scatter = at < 0 ? blocks.totals : (blocks.queries[at] as Scatter);
  const histogram = new Histogram();
  for (const { service_histogram: text } of at < 0 ? queries : queries.slice(at, at + 1))
    if (text !== null) histogram.add(Histogram.fromHdrV2(text));
  return { scatter, histogram, blockLengthsS: blockLengthsS(report) };
}

/** The last block ends with the run. */
function blockLengthsS({ blocks, duration_ms: durationMs, warm_up: warmUp }: Report): number[] {
  const { length_s: lengthS, totals } = blocks;
  const last = totals.ok.length - 1;
  const measuredS = durationMs / 1000 - (warmUp?.duration_s ?? 0);
  const restS = Math.min(lengthS, Math.max(measuredS - last * lengthS, lengthS / 100));
  return totals.ok.map((_, at) => (at === last ? restS : lengthS));
}

function haveSameBlocks(baseline: Side, contender: Side): boolean {
  const all = [...baseline.reports, ...contender.reports].map(({ blocks }) => blocks);
  return all.every(
    ({ length_s: lengthS, totals }) =>
      lengthS === all[0]?.length_s && totals.ok.length === all[0].totals.ok.length,
  );
}

interface RowOptions {
  readonly confidence: number;
  readonly isPaired: boolean;
  readonly minEffect: number;
}

function rowOf(group: Group, metric: ComparedMetric, options: RowOptions): ComparisonRow {
  const scale: Scale = metric === "error_rate" ? "absolute" : "relative";
  const estimates = (runs: readonly Measured[]) =>
    runs.map((run) => estimateOf(run, metric, options.confidence));
  const difference = differenceOf(
    estimates(group.baseline),
    estimates(group.contender),
    scale,
    options.isPaired,
  );
  const plain = (value: number) => (scale === "relative" ? Math.exp(value) - 1 : value);
  const finite = (value: number) => (Number.isFinite(value) ? plain(value) : null);
  const isKnown = Number.isFinite(difference.value);
  return {
    query: group.query,
    metric,
    baseline: difference.baseline,
    contender: difference.contender,
    difference: isKnown ? plain(difference.value) : 0,
    low: finite(difference.low),
    high: finite(difference.high),
    noise: difference.noise === undefined ? null : finite(difference.noise),
    verdict: isKnown ? rowVerdict(difference, metric, options.minEffect) : "unknown",
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

/** More is worse, but of the rate; what matters must lie outside the whole interval. */
function rowVerdict({ low, high }: Difference, metric: ComparedMetric, minEffect: number): RowVerdict {
  if (!Number.isFinite(low) && !Number.isFinite(high)) return "unknown";
  const least = metric === "error_rate" ? MIN_ERROR_EFFECT : Math.log1p(minEffect);
  const isMoreBad = metric !== "rate";
  if (low > least) return isMoreBad ? "worse" : "better";
  if (high < -least) return isMoreBad ? "better" : "worse";
  return "same";
}

function verdictOf(
  baseline: Side,
  contender: Side,
  rows: readonly ComparisonRow[],
): Pick<Comparison, "verdict" | "verdict_reasons"> {
  const doubts = [...baseline.reports, ...contender.reports]
    .filter(({ verdict }) => verdict === "inconclusive")
    .map(({ run_id: run, verdict_reasons: [reason = ""] }) => `${run} was inconclusive: ${reason}`);
  if (doubts.length > 0) return { verdict: "inconclusive", verdict_reasons: doubts };
  const verdict = (["worse", "better"] as const).find((word) => rows.some((row) => row.verdict === word));
  return { verdict: verdict ?? "same", verdict_reasons: [] };
}

function shown({ name, reports }: Side): Comparison["baseline"] {
  const runs = reports.map(({ run_id, started_at, verdict }) => ({ run_id, started_at, verdict }));
  return { name, runs };
}

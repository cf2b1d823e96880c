/** Compares two sides, each one run or several repeats of it: a row per query and figure, with a verdict each. */

import { COMPARISON_SCHEMA_VERSION, type Comparison, type ComparisonRow } from "../protocol/comparison.ts";
import type { Report, Scatter } from "../protocol/report.ts";
import { differenceOf } from "./difference.ts";
import {
  blockLengthsS,
  CONFIDENCE,
  type CompareOptions,
  type Group,
  histogramOf,
  type Measured,
  MIN_ERROR_EFFECT,
  rowsOf,
  verdictOfRows,
} from "./rows.ts";
import { unlikeIn } from "./unlike.ts";

/** One side of a comparison: a run, or repeats of one. */
export interface Side {
  readonly name: string;
  readonly reports: readonly Report[];
}

export function compare(baseline: Side, contender: Side, options: CompareOptions): Comparison {
  const unlike = unlikeIn(baseline.reports, contender.reports);
  const isPaired = !unlike.some(({ kind }) => kind === "schedule") && haveSameBlocks(baseline, contender);
  const rows = rowsOf(
    groupsOf(baseline, contender),
    (from, to, scale, confidence) => differenceOf(from, to, scale, isPaired, confidence),
    options,
  );
  return {
    schema_version: COMPARISON_SCHEMA_VERSION,
    ...verdictOf(baseline, contender, rows),
    baseline: shown(baseline),
    contender: shown(contender),
    unlike,
    confidence: CONFIDENCE,
    min_effect: options.minEffect,
    min_error_effect: MIN_ERROR_EFFECT,
    rows,
  };
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
  return {
    scatter: at < 0 ? blocks.totals : (blocks.queries[at] as Scatter),
    histogram: histogramOf(at < 0 ? queries : queries.slice(at, at + 1)),
    blockLengthsS: blockLengthsS(report),
  };
}

function haveSameBlocks(baseline: Side, contender: Side): boolean {
  const all = [...baseline.reports, ...contender.reports].map(({ blocks }) => blocks);
  return all.every(
    ({ length_s: lengthS, totals }) =>
      lengthS === all[0]?.length_s && totals.ok.length === all[0].totals.ok.length,
  );
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
  return verdictOfRows(rows);
}

function shown({ name, reports }: Side): Comparison["baseline"] {
  const runs = reports.map(({ run_id, started_at, verdict }) => ({ run_id, started_at, verdict }));
  return { name, runs };
}

/** A comparison's rows as people read them, for the terminal and for Markdown alike. */

import type { ComparedMetric, Comparison, ComparisonRow, Unlike } from "../../protocol/comparison.ts";
import { milliseconds, percent, printable, rate } from "../words.ts";

export const HEADINGS = ["query", "figure", "baseline", "contender", "difference", "interval", "verdict"];

const METRIC_WORDS: Readonly<Record<ComparedMetric, string>> = {
  p50: "p50",
  p90: "p90",
  p99: "p99",
  p99_9: "p99.9",
  mean: "mean",
  error_rate: "errors",
  rate: "rate",
};

/** @param query how its name is written */
export function cellsOf(row: ComparisonRow, query: (name: string) => string): string[] {
  const { metric, low, high } = row;
  const change = (value: number) => signed(value, metric);
  const from = low === null ? "open" : change(low);
  const to = high === null ? "open" : change(high);
  return [
    row.query === null ? "(all)" : query(printable(row.query)),
    METRIC_WORDS[metric],
    figure(row.baseline, metric),
    figure(row.contender, metric),
    row.verdict === "unknown" ? "-" : change(row.difference),
    row.verdict === "unknown" ? "-" : `${from} to ${to}`,
    row.verdict,
  ];
}

/** The rows of all queries together, and those in which something differs. */
export function tellingRows({ rows }: Comparison): ComparisonRow[] {
  return rows.filter(({ query, verdict }) => query === null || verdict === "better" || verdict === "worse");
}

/** In what besides the figures the sides differ. */
export function unlikeText({ kind, what, baseline, contender }: Unlike): string {
  return printable(`${kind}: ${what} was ${baseline}, is ${contender}`);
}

/** What the figures rest on. */
export function groundsOf(comparison: Comparison): string {
  const { baseline, contender, confidence, min_effect: minEffect, rows } = comparison;
  const repeats = `${baseline.runs.length} against ${contender.runs.length} runs`;
  const noise = rows.some((row) => row.noise !== null)
    ? `, intervals no narrower than the noise of ${repeats}`
    : "";
  return `differences above ${percent(minEffect, 1)} matter; ${percent(confidence, 0)} confidence over all rows${noise}`;
}

function figure(value: number, metric: ComparedMetric): string {
  if (metric === "error_rate") return percent(value, 2);
  return metric === "rate" ? rate(value) : milliseconds(value);
}

function signed(value: number, metric: ComparedMetric): string {
  const sign = value < 0 ? "-" : "+";
  const share = percent(Math.abs(value), metric === "error_rate" ? 2 : 1);
  return metric === "error_rate" ? `${sign}${share.replace("%", "points")}` : `${sign}${share}`;
}

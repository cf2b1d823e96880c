/** The report as a table: a line for each query, and one for all of them together. */

import { stringify } from "csv-stringify/sync";
import { LEDGER_STATES } from "../protocol/ledger.ts";
import type { Figures, Latency, Report } from "../protocol/report.ts";
import { thresholdFound, thresholdName } from "../protocol/threshold-words.ts";

const PERCENTILES = ["p50", "p90", "p95", "p99", "p99_9", "max"] as const;

/** The name of the line that sums up all queries. */
const TOTAL_LINE = "(total)";

export function renderCsv(report: Report): string {
  const rows = [
    ...report.queries.map((query) => ({ query: query.name, category: query.category, ...columnsOf(query) })),
    { query: TOTAL_LINE, category: "", ...columnsOf(report.totals) },
  ].map((row, index) => {
    const name = report.queries[index]?.name ?? null;
    return { ...row, thresholds: thresholdsOf(report, name) };
  });
  // A query's name could otherwise be run as a formula by a spreadsheet.
  return stringify(rows, { header: true, escape_formulas: true });
}

/** The thresholds of one query; in the last line those of more than one. */
function thresholdsOf({ thresholds }: Report, name: string | null): string {
  return thresholds
    .filter(({ query }) => query === name)
    .map((threshold) => `${threshold.state}: ${thresholdName(threshold)}: ${thresholdFound(threshold)}`)
    .join("; ");
}

function columnsOf(figures: Figures): Record<string, number | null> {
  const { ledger } = figures;
  return {
    planned: ledger.planned,
    ...Object.fromEntries(LEDGER_STATES.map((state) => [state, ledger[state]])),
    superseded: ledger.superseded,
    ok_per_s: figures.ok_per_s,
    error_rate: figures.error_rate,
    bytes: figures.bytes,
    rows: figures.rows,
    resent: figures.resent,
    ...latencyColumns("service", figures.service_ms),
    ...latencyColumns("response", figures.response_ms),
    ...latencyColumns("lag", figures.schedule_lag_ms),
  };
}

function latencyColumns(name: string, latency: Latency): Record<string, number | null> {
  return Object.fromEntries(
    PERCENTILES.map((percentile) => [`${name}_${percentile}_ms`, latency[percentile]]),
  );
}

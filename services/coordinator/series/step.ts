/** What one run of a series tells the series: its load, its verdict, and the figures of a curve. */

import type { Report } from "../../../libs/protocol/report.ts";
import type { SeriesRecord, SeriesStep } from "../../../libs/protocol/series.ts";

export function stepOf({ stage, load }: SeriesRecord["current"], report: Report): SeriesStep {
  const { run_id, verdict_reasons: reasons, totals } = report;
  return {
    run_id,
    stage,
    load,
    verdict: isChokedByTarget(report) ? "failed" : report.verdict,
    reason: reasons[0] ?? "",
    completed_per_s: totals.completed_per_s,
    error_rate: totals.error_rate,
    p50_ms: totals.response_ms.p50,
    p99_ms: totals.response_ms.p99,
  };
}

/**
 * Far beyond what a target can bear, its answers take so long that the workers' places are all taken, and queries are missed:
 * that accuses the generator, but where nothing else does, and what was sent breaks a threshold, it is the target's doing.
 */
function isChokedByTarget({
  verdict,
  generator_faults: faults,
  thresholds,
  reasons,
  ledger,
}: Report): boolean {
  return (
    verdict === "inconclusive" &&
    faults.length === 1 &&
    ledger.missed > 0 &&
    ledger.lost === 0 &&
    reasons.every(({ state, reason }) => state !== "missed" || reason === "no_free_place") &&
    thresholds.some(({ state }) => state === "failed")
  );
}

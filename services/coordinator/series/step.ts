/** What one run of a series tells the series: its load, its verdict, and the figures of a curve. */

import type { Report } from "../../../libs/protocol/report.ts";
import type { SeriesRecord, SeriesStep } from "../../../libs/protocol/series.ts";

export function stepOf({ stage, load }: SeriesRecord["current"], report: Report): SeriesStep {
  const { run_id, verdict, verdict_reasons: reasons, totals } = report;
  return {
    run_id,
    stage,
    load,
    verdict,
    reason: reasons[0] ?? "",
    completed_per_s: totals.completed_per_s,
    error_rate: totals.error_rate,
    p50_ms: totals.response_ms.p50,
    p99_ms: totals.response_ms.p99,
  };
}

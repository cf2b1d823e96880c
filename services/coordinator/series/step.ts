/** What one run of a series tells the series: its load, its verdict, and the figures of a curve. */

import type { Report } from "../../../libs/protocol/report.ts";
import type { GeneratorFault } from "../../../libs/protocol/run.ts";
import type { SeriesRecord, SeriesStep } from "../../../libs/protocol/series.ts";

export function stepOf({ stage, load }: SeriesRecord["current"], report: Report): SeriesStep {
  const { run_id, verdict_reasons: reasons, totals } = report;
  return {
    run_id,
    stage,
    load,
    verdict: isChokedByTarget(report) ? "failed" : report.verdict,
    reason: reasons[0] ?? "",
    generator_faults: report.generator_fault_codes,
    completed_per_s: totals.completed_per_s,
    error_rate: totals.error_rate,
    p50_ms: totals.response_ms.p50,
    p99_ms: totals.response_ms.p99,
    server: serverOf(report),
  };
}

/** Of a cluster's servers, the one that p99 was waiting for, or else the one with the most waits. */
function serverOf({ server }: Report): SeriesStep["server"] {
  const read = server?.servers.filter(({ samples }) => samples > 0) ?? [];
  const [most] = [...read].sort((a, b) => (b.waited_share ?? 0) - (a.waited_share ?? 0));
  const queueing = server?.queueing;
  const found = queueing ? server?.servers[queueing.server] : most;
  if (!found) return null;
  const { executing_max, places, full_share, waited_share, cpu_cores_mean, cpu_ms_per_query } = found;
  const figures = {
    executing_max,
    places,
    full_share,
    waited_share,
    cpu_cores: cpu_cores_mean,
    cpu_ms_per_query,
  };
  return { ...figures, is_queueing: Boolean(queueing) };
}

/** What speaks against the generator where its places are all taken. */
const NO_PLACE_FAULTS: readonly GeneratorFault[] = ["unsent", "late"];
/** Share of what was missed for want of a place; some of the rest comes too late because of it. */
const MOST_MISSED = 0.9;

/**
 * Far beyond what a target can bear, its answers take so long that the workers' places are all taken, and queries are late or
 * missed: that accuses the generator, but where nothing else does, and what was sent breaks a threshold, it is the target's doing.
 */
function isChokedByTarget(report: Report): boolean {
  const { verdict, generator_fault_codes: faults, thresholds, reasons, ledger } = report;
  const placeless = reasons.filter(({ reason }) => reason === "no_free_place");
  const missed = placeless.reduce((sum, { count }) => sum + count, 0);
  return (
    verdict === "inconclusive" &&
    faults.every((fault) => NO_PLACE_FAULTS.includes(fault)) &&
    ledger.lost === 0 &&
    missed > 0 &&
    missed >= MOST_MISSED * ledger.missed &&
    thresholds.some(({ state }) => state === "failed")
  );
}

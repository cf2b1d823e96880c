/** The report of a complete run: a pure function of its fold. */

import { compareSides } from "../compare/sides.ts";
import { isEmptySlice } from "../load/credible.ts";
import { plannedDurationMs, plannedPerQuery, slicesInLane } from "../load/plan.ts";
import { scheduleHash } from "../load/schedule-hash.ts";
import { measuredFromS } from "../protocol/config/workload.ts";
import { isBalanced, type LedgerLine } from "../protocol/ledger.ts";
import { type Figures, type QueryReport, REPORT_SCHEMA_VERSION, type Report } from "../protocol/report.ts";
import type { Phase } from "../protocol/run.ts";
import { isoTime } from "../runtime/clock.ts";
import { untrueIn } from "./aftercare.ts";
import type { KeptReason } from "./books/reasons.ts";
import { eventReport, nameOf } from "./event-words.ts";
import { figuresOf, type Measures, mergeMeasures, round } from "./figures.ts";
import type { Drained } from "./history.ts";
import { musterOf } from "./muster.ts";
import type { RunFold } from "./run-fold.ts";
import { serverSide } from "./server/report.ts";
import { verdictOf } from "./verdict/verdict.ts";

/** What the fold does not know: how the run is shown, and what it ran on. */
export interface ReportContext {
  /** The config as it may be shown, without secrets. */
  readonly shownConfig: unknown;
  readonly warnings: readonly string[];
  readonly versions: Readonly<Record<string, string>>;
}

export function reportOf(fold: RunFold, context: ReportContext): Report {
  const report = plainReport(fold, context);
  const { targets, queries } = fold.config.spec;
  return targets ? { ...report, comparison: compareSides(report, { targets, queries }) } : report;
}

function plainReport(fold: RunFold, context: ReportContext): Report {
  const { config, plan, ledger, nodes, history } = fold;
  const drained = history.drained();
  const wasStopped = drained?.stopped ?? false;
  ledger.cancelRest(wasStopped ? "stopped" : "time_up");
  const durationMs = drained?.run_ms ?? 0;
  const line = ledger.line();
  const measuredFromMs = measuredFromS(config.spec.workload) * 1000;
  const measuredMs = Math.max(0, durationMs - measuredFromMs);
  const totals = figuresOf(line, mergeMeasures(fold.measures), measuredMs);
  const userSeconds = fold.userTime?.total(history.stoppedMs()) ?? null;
  const balanced = isBalanced(line);
  const thresholds = fold.thresholds.toReport(drained?.aborted ? history.crossed()?.threshold : undefined);
  const warmUp = warmUpOf(fold, line);
  const aftercare = aftercareOf(fold);
  const { verdict, reasons, generatorFaults } = verdictOf({
    ledger: line,
    balanced,
    userSeconds,
    scheduleLagP99Ms: totals.schedule_lag_ms.p99,
    shareSlow: nodes.shareSlow(),
    clockErrorMs: nodes.worstClockErrorMs(),
    thresholds,
    untrue: untrueIn(aftercare),
    onlyWarmedUp: warmUp !== null && ended(warmUp) > 0 && ended(warmUp) === ended(line),
  });
  const t0Ms = history.t0Ms() ?? 0;
  return {
    schema_version: REPORT_SCHEMA_VERSION,
    run_id: fold.id,
    name: config.metadata.name,
    model: plan.model,
    phase: phaseOf(drained),
    verdict,
    verdict_reasons: reasons,
    generator_faults: generatorFaults.map(({ words }) => words),
    generator_fault_codes: generatorFaults.map(({ code }) => code),
    thresholds,
    warm_up: warmUp,
    muster: musterOf(history.events()),
    ...{ started_at: isoTime(t0Ms), ended_at: isoTime(t0Ms + durationMs) },
    duration_ms: round(durationMs, 3),
    planned_duration_ms: plannedDurationMs(plan) ?? null,
    ledger: line,
    ledger_balanced: balanced,
    user_seconds: userSeconds,
    totals,
    queries: queryReports(fold, measuredMs),
    categories: categoryReports(fold, measuredMs),
    nodes: nodes.toReport(measuredMs, ledger.extras.sentByNode(), history.lostNodes()),
    timeline_step_s: fold.timeline.stepS(),
    timeline: fold.timeline.points(fold.loadAt),
    query_timelines: fold.queryTimelines.timelines(),
    fleet: fold.fleet.points(),
    blocks: fold.blocks.report(config.spec.targets !== undefined),
    server: serverOf(fold, measuredFromMs, durationMs, totals),
    ...(aftercare && { aftercare }),
    errors: errorReports(fold),
    reasons: ledger.reasons().map((entry) => reasonReport(fold, entry)),
    superseded: { results: ledger.extras.results(), ...ledger.extras.load() },
    refused: ledger.extras.refused(),
    slices: slicesReport(fold, drained),
    events: history.events().map((event) => eventReport(fold, event, t0Ms)),
    warnings: [...context.warnings],
    spec: context.shownConfig,
    ...originOf(fold),
    versions: { ...context.versions },
  };
}

/** How the target's servers did while the run was measured. */
function serverOf(
  fold: RunFold,
  fromMs: number,
  toMs: number,
  { service_ms: { p99 } }: Figures,
): Report["server"] {
  return serverSide(fold.servers, { fromMs, toMs, answers: fold.timeline.answers(), p99Ms: p99 });
}

/** What makes the run the same when it is run again. */
function originOf({ seed, config, plan, course }: RunFold): Pick<Report, "seed" | "schedule_hash"> {
  return { seed, schedule_hash: scheduleHash(config, plan, course.revised().changes) };
}

function aftercareOf(fold: RunFold): Report["aftercare"] {
  const { plan, ledger } = fold;
  return fold.aftercare.report({
    lineOf: ledger.line,
    nameOf: (query) => nameOf(fold, query),
    isBounded: plan.model !== "closed" || ledger.slicesRedelivered() === 0,
  });
}

/** What ended in the warm-up: in the books, and not in the figures. */
function warmUpOf({ config, measures }: RunFold, line: LedgerLine): Report["warm_up"] {
  const firstS = measuredFromS(config.spec.workload);
  if (firstS === 0) return null;
  const { ok, failed, timed_out } = mergeMeasures(measures).counts;
  return {
    duration_s: firstS,
    ok: line.ok - ok,
    failed: line.failed - failed,
    timed_out: line.timed_out - timed_out,
  };
}

function ended({ ok, failed, timed_out }: Pick<LedgerLine, "ok" | "failed" | "timed_out">): number {
  return ok + failed + timed_out;
}

function phaseOf(drained: Drained | undefined): Phase {
  if (drained?.aborted) return "aborted";
  return drained?.stopped ? "stopped" : "completed";
}

function queryReports(fold: RunFold, durationMs: number): QueryReport[] {
  const { queries } = fold.config.spec;
  const weights = queries.reduce((sum, query) => sum + query.weight, 0);
  const planned = plannedPerQuery(fold.plan) ?? queries.map((_, query) => fold.ledger.line(query).planned);
  const total = planned.reduce((sum, count) => sum + count, 0);
  return queries.map((query, index) => {
    const measures = fold.measures[index] as Measures;
    return {
      name: query.name,
      category: query.category,
      api: query.api,
      template: query.template,
      weight: query.weight,
      share_target: round(query.weight / weights, 6),
      share_actual: total === 0 ? 0 : round((planned[index] as number) / total, 6),
      service_histogram: measures.service.toHdrV2(),
      ...figuresOf(fold.ledger.line(index), measures, durationMs),
    };
  });
}

function categoryReports(fold: RunFold, durationMs: number): (Figures & { category: string })[] {
  const groups = new Map<string, number[]>();
  fold.config.spec.queries.forEach(({ category }, index) => {
    groups.set(category, [...(groups.get(category) ?? []), index]);
  });
  return [...groups].map(([category, members]) => {
    const measures = mergeMeasures(members.map((index) => fold.measures[index] as Measures));
    return { category, ...figuresOf(fold.ledger.lineOf(members), measures, durationMs) };
  });
}

function errorReports(fold: RunFold): Report["errors"] {
  return [...fold.errors.all()]
    .sort((a, b) => b.count - a.count)
    .map((error) => ({
      class: error.class,
      detail: error.detail,
      count: error.count,
      query: nameOf(fold, error.query),
      first_ms: round(error.first_ms, 3),
      last_ms: round(error.last_ms, 3),
      samples: error.samples.map(({ at_ms, node_id, message, request }) => {
        return { at_ms: round(at_ms, 3), node_id, message, request };
      }),
    }));
}

/** Slices of one reason that are named. */
const SHOWN_SLICES = 20;

/**
 * Of what is lost the workers are named that fell silent with its slices, as far as they are known: whoever reports it only
 * found it so. Of the rest, those that reported it.
 */
function reasonReport(fold: RunFold, entry: KeptReason): Report["reasons"][number] {
  const { state, reason, query, count, slices, slicesInAll, nodes } = entry;
  const shown = slices.slice(0, SHOWN_SLICES);
  return {
    state,
    reason,
    query: nameOf(fold, query),
    count,
    slices: shown,
    slices_more: slicesInAll - shown.length,
    nodes: state === "lost" ? fold.history.lostWith(slices) : [...nodes],
  };
}

/** Results that were refused, whyever. */
export function refusedIn(fold: RunFold): number {
  return fold.ledger.extras.refused().reduce((sum, { count }) => sum + count, 0);
}

function slicesReport(fold: RunFold, drained: Drained | undefined): Report["slices"] {
  const { ledger } = fold;
  return {
    planned: plannedSlices(fold),
    published: drained?.slices_published.reduce((sum, count) => sum + count, 0) ?? 0,
    settled: ledger.slicesSettled(),
    redelivered: ledger.slicesRedelivered(),
    superseded: ledger.extras.results(),
    results_refused: refusedIn(fold),
  };
}

/** Slices that the plan has; chains of the closed model have as many as come about. */
function plannedSlices({ plan }: RunFold): number | null {
  if (plan.model === "closed") return null;
  let slices = 0;
  for (let lane = 0; lane < plan.lanes; lane++) {
    for (let window = 0; window < slicesInLane(plan, lane); window++)
      if (!isEmptySlice(plan, lane, window)) slices++;
  }
  return slices;
}

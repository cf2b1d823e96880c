/** The figures of a live run, as they go out each second. */

import type { Measures } from "../../libs/fold/figures.ts";
import { refusedIn } from "../../libs/fold/report.ts";
import type { RunFold } from "../../libs/fold/run-fold.ts";
import { liveServers } from "../../libs/fold/server/report.ts";
import { plannedDurationMs } from "../../libs/load/plan.ts";
import type { Live, LiveError, LiveQuery } from "../../libs/protocol/live.ts";
import type { Heartbeat } from "../../libs/protocol/node.ts";
import type { Phase } from "../../libs/protocol/run.ts";
import type { LiveThreshold, ThresholdReport } from "../../libs/protocol/threshold.ts";
import { thresholdFound, thresholdName } from "../../libs/protocol/threshold-words.ts";
import { liveTimeline } from "./live-timeline.ts";

/** Each costs three percentiles a second; who has more sees all of them in the report. */
const TOLD_QUERIES = 100;
const TOLD_ERRORS = 20;

/** The stretch over which the offered rate is told. */
const OFFERED_OVER_S = 10;

/** @param nodes the last heartbeats of the workers that are alive */
export function liveOf(fold: RunFold, nowMs: number, nodes: readonly Heartbeat[]): Live {
  const t0Ms = fold.history.t0Ms();
  const runMs = t0Ms === undefined ? 0 : Math.max(0, nowMs - t0Ms);
  const windows = fold.rollingWindows(runMs);
  const toS = windows[0]?.to_s ?? 0;
  const durationMs = plannedDurationMs(fold.plan);
  const mine = nodes.filter(
    (node) => node.held[fold.id] !== undefined || node.mustered[fold.id] !== undefined,
  );
  return {
    v: 1,
    run: fold.id,
    at_ms: nowMs,
    phase: phaseOf(fold, runMs),
    elapsed_ms: runMs,
    ...(durationMs !== undefined && { duration_ms: durationMs }),
    load: fold.loadAt(runMs),
    offered_per_s: fold.timeline.offeredPerS(toS - OFFERED_OVER_S, toS),
    windows,
    ledger: fold.ledger.line(),
    in_flight: mine.reduce((sum, node) => sum + node.in_flight, 0),
    workers: mine.length,
    slices_settled: fold.ledger.slicesSettled(),
    slices_redelivered: fold.ledger.slicesRedelivered(),
    results_refused: refusedIn(fold),
    thresholds: liveThresholds(fold),
    servers: liveServers(fold.servers, (spans) => spans.slice(-1)),
    timeline: liveTimeline(fold, runMs, nowMs),
    queries: liveQueries(fold),
    errors: liveErrors(fold),
  };
}

function liveQueries({ config, ledger, measures }: RunFold): LiveQuery[] {
  return config.spec.queries.slice(0, TOLD_QUERIES).map(({ name, category }, index) => {
    const { count, p50, p95, p99, max } = (measures[index] as Measures).response.toLatency();
    const response_ms = { p50: p50 ?? 0, p95: p95 ?? 0, p99: p99 ?? 0, max: max ?? 0 };
    return { name, category, ledger: ledger.line(index), ...(count > 0 && { response_ms }) };
  });
}

function liveErrors({ config, errors }: RunFold): LiveError[] {
  const worst = [...errors.all()].sort((a, b) => b.count - a.count).slice(0, TOLD_ERRORS);
  return worst.map(({ query, class: kind, detail, count, first_ms, last_ms }) => {
    return { query: config.spec.queries[query]?.name ?? "", class: kind, detail, count, first_ms, last_ms };
  });
}

/** How the thresholds stand. */
export function liveThresholds({ thresholds }: RunFold): LiveThreshold[] {
  return thresholds.toReport().map((threshold) => ({
    name: thresholdName(threshold),
    state: threshold.state,
    found: thresholdFound(threshold),
    ...lineOf(threshold),
  }));
}

function lineOf({ query, category, unit, limit }: ThresholdReport): Pick<LiveThreshold, "line"> {
  return query === null && category === null ? { line: { unit, limit } } : {};
}

/** The phase as the log tells it. */
function phaseOf(fold: RunFold, runMs: number): Phase {
  if (fold.history.drained()) return "reporting";
  const durationMs = plannedDurationMs(fold.plan);
  if (fold.history.stoppedMs() !== undefined || (durationMs !== undefined && runMs > durationMs))
    return "draining";
  if (fold.history.t0Ms() === undefined) return "mustering";
  return fold.course.revised().isPaused ? "paused" : "running";
}

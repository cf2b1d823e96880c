/** The figures of a live run, as they go out each second. */

import { refusedIn } from "../../libs/fold/report.ts";
import type { RunFold } from "../../libs/fold/run-fold.ts";
import { liveServers } from "../../libs/fold/server/report.ts";
import { plannedDurationMs } from "../../libs/load/plan.ts";
import type { Heartbeat } from "../../libs/protocol/node.ts";
import type { Live, Phase } from "../../libs/protocol/run.ts";
import { type LiveThreshold, thresholdFound, thresholdName } from "../../libs/protocol/threshold.ts";

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
    servers: liveServers(fold.servers),
  };
}

/** How the thresholds stand. */
export function liveThresholds({ thresholds }: RunFold): LiveThreshold[] {
  return thresholds.toReport().map((threshold) => ({
    name: thresholdName(threshold),
    state: threshold.state,
    found: thresholdFound(threshold),
  }));
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

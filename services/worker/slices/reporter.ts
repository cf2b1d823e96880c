/** Reports an attempt: its outcome becomes one result message, stored in the log before the slice is acknowledged. */

import type { GeneratorHealth, RanResult } from "../../../libs/protocol/result.ts";
import type { WorkSlice } from "../../../libs/protocol/slice.ts";
import type { ClockSync } from "../../../libs/runtime/clock-sync.ts";
import type { AttemptOutcome } from "../attempt/attempt.ts";
import type { Vitals } from "../health/vitals.ts";
import type { WorkerMetrics } from "../metrics.ts";
import type { OpenedRuns } from "./opened-run.ts";
import type { Spool } from "./spool.ts";

export interface ReporterParts {
  readonly spool: Spool;
  readonly node: string;
  readonly runs: OpenedRuns;
  readonly metrics: WorkerMetrics;
  readonly vitals: Pick<Vitals, "usage">;
  readonly clockSync: ClockSync;
}

/** Stores the result of an attempt; resolves when it is safe, rejects when it had to be dropped. */
export type Reporter = (slice: WorkSlice, attempt: number, outcome: AttemptOutcome) => Promise<void>;

export function createReporter({ spool, node, runs, metrics, vitals, clockSync }: ReporterParts): Reporter {
  function health(): GeneratorHealth {
    const { loopDelayP99Ms, cpuCores, rssMb } = vitals.usage();
    return {
      loop_delay_p99_ms: loopDelayP99Ms,
      cpu_cores: cpuCores,
      rss_mb: rssMb,
      clock_error_ms: clockSync.estimate()?.errorMs ?? 0,
    };
  }

  return async (slice, attempt, outcome) => {
    const result = resultOf(slice, attempt, node, outcome, health());
    await spool.store(result);
    const { config } = await runs.open(slice.run, slice.revision);
    metrics.addResult(result, config);
  };
}

/** The result message of an attempt. */
function resultOf(
  slice: WorkSlice,
  attempt: number,
  node: string,
  outcome: AttemptOutcome,
  health: GeneratorHealth,
): RanResult {
  const { tally } = outcome;
  return {
    v: 1,
    kind: "ran",
    run: slice.run,
    lane: slice.lane,
    window: slice.window,
    attempt,
    epoch: slice.epoch,
    node,
    revision: slice.revision,
    planned: tally.planned,
    next: outcome.next,
    published_ms: slice.published_ms - slice.t0_ms,
    started_ms: outcome.startedMs,
    ended_ms: outcome.endedMs,
    driven_user_ms: outcome.drivenUserMs,
    cells: tally.toCells(),
    reasons: tally.toReasons(),
    errors: tally.toErrors(),
    health,
  };
}

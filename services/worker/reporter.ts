/** Reports an attempt: its outcome becomes one result message, stored in the log before the slice is acknowledged. */

import type { Bus } from "../../libs/bus/bus.ts";
import { resultId } from "../../libs/protocol/ids.ts";
import type { GeneratorHealth, RanResult } from "../../libs/protocol/result.ts";
import type { WorkSlice } from "../../libs/protocol/slice.ts";
import type { ClockSync } from "../../libs/runtime/clock-sync.ts";
import type { Usage } from "../../libs/runtime/resources.ts";
import type { AttemptOutcome } from "./attempt.ts";
import type { WorkerMetrics } from "./metrics.ts";
import type { OpenedRuns } from "./opened-run.ts";

/** Tries of a result's append, up to three seconds each: a bus that is away for minutes costs no result. */
const APPEND_TRIES = 100;

export interface ReporterParts {
  readonly bus: Bus;
  readonly node: string;
  readonly runs: OpenedRuns;
  readonly metrics: WorkerMetrics;
  readonly usage: () => Usage;
  readonly clockSync: ClockSync;
}

/** Stores the result of an attempt; resolves when it is safe. */
export type Reporter = (slice: WorkSlice, attempt: number, outcome: AttemptOutcome) => Promise<void>;

export function createReporter({ bus, node, runs, metrics, usage, clockSync }: ReporterParts): Reporter {
  function health(): GeneratorHealth {
    const { loopDelayP99Ms, cpuCores, rssMb } = usage();
    return {
      loop_delay_p99_ms: loopDelayP99Ms,
      cpu_cores: cpuCores,
      rss_mb: rssMb,
      clock_error_ms: clockSync.estimate()?.errorMs ?? 0,
    };
  }

  return async (slice, attempt, outcome) => {
    const result = resultOf(slice, attempt, node, outcome, health());
    await bus.append(bus.names.subjects.result(result.run, result.lane), result, {
      id: resultId(result.run, result.lane, result.window, result.attempt),
      tries: APPEND_TRIES,
    });
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

/** Slices whose result will never come: their time is long over, or there is nobody left to run them. */

import type { Plan } from "../../../../libs/load/plan.ts";
import type { BenchmarkConfig } from "../../../../libs/protocol/config/schema.ts";
import { targetOf } from "../../../../libs/protocol/config/sides.ts";
import { clientTimeoutMs } from "../../../../libs/protocol/config/timeouts.ts";
import type { Dispatcher } from "./dispatcher.ts";
import type { SlicePlace } from "./outstanding.ts";

/** A slice whose result is not there so long after all its queries must have ended will never have one. */
const OVERDUE_MS = 30_000;
const CHECK_INTERVAL_MS = 1000;
/** A count model has no end in time: without any worker for so long it is given up. */
const NO_WORKER_LIMIT_MS = 60_000;

export interface OverdueWatch {
  sawWorkers(nowMs: number): void;
  /** Whether the run is to be given up, and the slices to be settled as lost; looked for once in a second. */
  check(nowMs: number, runMs: number): { isGivenUp: boolean; slices: readonly SlicePlace[] };
}

export function createOverdueWatch(
  config: BenchmarkConfig,
  plan: Plan,
  dispatcher: Dispatcher,
  nowMs: number,
): OverdueWatch {
  const limitMs = slowestClientTimeoutMs(config) + OVERDUE_MS;
  let workersSeenMs = nowMs;
  let checkedMs = nowMs;
  return {
    sawWorkers(atMs) {
      workersSeenMs = atMs;
    },
    check(atMs, runMs) {
      if (atMs - checkedMs < CHECK_INTERVAL_MS) return { isGivenUp: false, slices: [] };
      checkedMs = atMs;
      const isGivenUp = plan.model === "count" && atMs - workersSeenMs > NO_WORKER_LIMIT_MS;
      const slices = isGivenUp ? dispatcher.outstanding() : dispatcher.endedBefore(runMs - limitMs);
      return { isGivenUp, slices };
    },
  };
}

/** The longest that a query of the run may be in flight before its client gives up. */
function slowestClientTimeoutMs({ spec }: BenchmarkConfig): number {
  return Math.max(...spec.queries.map((query) => clientTimeoutMs(query, targetOf(spec, query))));
}

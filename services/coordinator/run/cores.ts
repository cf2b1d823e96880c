/** What a run's driver thinks with, put together for one run. */

import { createCourse } from "../../../libs/fold/course.ts";
import type { CoordinatorMetrics } from "../metrics.ts";
import type { NodeManager } from "../nodes/node-manager.ts";
import { createDispatcher } from "./dispatch/dispatcher.ts";
import { createOverdueWatch } from "./dispatch/overdue.ts";
import { createSliceQueue } from "./dispatch/slice-queue.ts";
import type { HistoryParts } from "./history/history.ts";
import { noPast } from "./history/past.ts";
import { createSettlements } from "./history/settlements.ts";
import type { StoredRun } from "./history/stored-run.ts";
import { createRunLog, type RunLogParts } from "./log.ts";
import type { OpenLeft, OpenServers } from "./servers/open-servers.ts";

/** What a driver is given by its leader. */
export interface DriverParts extends RunLogParts, HistoryParts {
  readonly nodes: NodeManager;
  readonly metrics: CoordinatorMetrics;
  /** The last slice in the queue when this leader took over. */
  readonly fenceSeq: number;
  /** How the servers of a run's target are asked how they do; nobody is asked where it is not given. */
  readonly openServers?: OpenServers | undefined;
  /** How what a run has left at its target is seen to; nothing is where it is not given. */
  readonly openLeft?: OpenLeft | undefined;
}

/** The cores of one run's driver: what to publish, what is settled, what is stored, what was before. */
export function createCores(parts: DriverParts, { record, storedRevision, config, plan }: StoredRun) {
  const dispatcher = createDispatcher(plan);
  const runLog = createRunLog(parts, record, storedRevision);
  const course = createCourse(plan);
  return {
    plan,
    pool: config.spec.workers.pool,
    dispatcher,
    course,
    settlements: createSettlements(course),
    runLog,
    queue: createSliceQueue(parts, config.spec.workers.pool, runLog, dispatcher),
    overdue: createOverdueWatch(config, plan, dispatcher, parts.clock.nowMs()),
    past: noPast(),
  };
}

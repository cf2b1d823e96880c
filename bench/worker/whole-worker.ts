/**
 * A real worker, whole, on a bus that is a few functions within the process: slices come as messages, queries are drawn,
 * rendered, paced, sent and tallied, results go as messages, and heartbeats too. Only the network of the bus is not there.
 */

import type { SliceDelivery } from "../../libs/bus/bus.ts";
import { engineOf } from "../../libs/engines/registry.ts";
import { type ClosedPlan, planOf } from "../../libs/load/plan.ts";
import { windowBounds } from "../../libs/load/windows.ts";
import { readConfig } from "../../libs/protocol/config/read.ts";
import { API_VERSION } from "../../libs/protocol/config/schema.ts";
import type { RanResult } from "../../libs/protocol/result.ts";
import { RunRecord, runKey, specKey } from "../../libs/protocol/run.ts";
import { systemClock } from "../../libs/runtime/clock.ts";
import { systemFineWait } from "../../libs/runtime/fine-wait.ts";
import { createLog } from "../../libs/runtime/log.ts";
import { createRegistry } from "../../libs/runtime/metrics.ts";
import { createUsageMeter } from "../../libs/runtime/resources.ts";
import { startWorker } from "../../services/worker/worker.ts";
import { deliver } from "../../test/support/deliveries.ts";
import { NO_SECRETS } from "../../test/support/limits.ts";
import { type Leader, workerBus } from "../support/worker-bus.ts";
import { QUERY, QUERY_NAMES } from "./queries.ts";

const RUN = "bench";
const REVISION = 1;
const SEED = 1;
/** Longer than any bench; the process is ended from outside. */
const DURATION_S = 86_400;
const RESOURCES = { cpuCores: 1, memoryMb: 1000 };

/** A closed run of three queries, which draw a word each. */
function configOf(url: string, users: number) {
  const read = readConfig(
    JSON.stringify({
      apiVersion: API_VERSION,
      kind: "BenchmarkConfig",
      metadata: { name: RUN },
      spec: {
        target: { url, timeout: "10s" },
        workload: { model: "closed", total_concurrent_users: users, duration: DURATION_S },
        variables: { level: { list: ["error", "warn", "debug"] } },
        queries: QUERY_NAMES.map((name, index) => ({ name, template: QUERY, weight: index + 1 })),
      },
    }),
  );
  if (!read.ok) throw new Error(JSON.stringify(read));
  return read;
}

/** The leader's part: after a lane's result comes its next slice. */
function leaderOf(plan: ClosedPlan, t0Ms: number): Leader {
  let take: (delivery: SliceDelivery) => void = () => undefined;
  let seq = 0;

  function publish(lane: number, window: number, first: number): void {
    const { startMs, endMs } = windowBounds(plan.cuts, lane, window);
    const at = { t0_ms: t0Ms, published_ms: systemClock.nowMs(), start_ms: startMs, end_ms: endMs };
    const slice = {
      v: 1,
      kind: "closed",
      run: RUN,
      epoch: 1,
      revision: REVISION,
      lane,
      window,
      first,
      ...at,
    };
    take(deliver(slice, { seq: ++seq }));
  }

  return {
    begin(takeSlice) {
      take = takeSlice;
      for (let lane = 0; lane < plan.lanes; lane++) publish(lane, 0, 0);
    },
    hear({ lane, window, next }: RanResult) {
      setImmediate(() => publish(lane, window + 1, next));
    },
  };
}

/** Runs until the process is ended. */
export function runWholeWorker(url: string, users: number): void {
  const { config, document } = configOf(url, users);
  const plan = planOf(config, SEED) as ClosedPlan;
  const t0Ms = systemClock.nowMs();
  const record = RunRecord.parse({
    v: 1,
    id: RUN,
    name: RUN,
    model: "closed",
    phase: "running",
    epoch: 1,
    revision: REVISION,
    seed: SEED,
    schedule_hash: "",
    created_ms: t0Ms,
    slots_needed: plan.slotsNeeded,
  });
  const bus = workerBus({ [specKey(RUN, REVISION)]: document, [runKey(RUN)]: record }, leaderOf(plan, t0Ms));
  startWorker(
    bus,
    systemClock,
    createLog("worker", "bench", "warn"),
    createRegistry("worker"),
    {
      node: "bench",
      pool: "default",
      slots: plan.slotsNeeded,
      maxInFlight: users,
      secrets: NO_SECRETS,
      observe: undefined,
    },
    { resources: RESOURCES, meter: createUsageMeter(systemClock), engineOf, fineWait: systemFineWait },
  );
}

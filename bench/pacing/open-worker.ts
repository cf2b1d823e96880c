/**
 * A real worker, whole, on an open run: slices come as messages six seconds ahead, are paced, sent, tallied and reported.
 * Only the network of the bus is not there.
 */

import type { SliceDelivery } from "../../libs/bus/bus.ts";
import { engineOf } from "../../libs/engines/registry.ts";
import { type OpenPlan, planOf, slicesInLane } from "../../libs/load/plan.ts";
import { windowBounds } from "../../libs/load/windows.ts";
import { readConfig } from "../../libs/protocol/config/read.ts";
import { API_VERSION } from "../../libs/protocol/config/schema.ts";
import { RunRecord, runKey, specKey } from "../../libs/protocol/run.ts";
import { systemClock } from "../../libs/runtime/clock.ts";
import { systemFineWait } from "../../libs/runtime/fine-wait.ts";
import { createLog } from "../../libs/runtime/log.ts";
import { createRegistry } from "../../libs/runtime/metrics.ts";
import { createUsageMeter } from "../../libs/runtime/resources.ts";
import type { SentQuery } from "../../libs/stats/tally.ts";
import { startWorker } from "../../services/worker/worker.ts";
import { deliver } from "../../test/support/deliveries.ts";
import { NO_SECRETS } from "../../test/support/limits.ts";
import { type Leader, workerBus } from "../support/worker-bus.ts";
import { QUERY, QUERY_NAMES } from "../worker/queries.ts";

const RUN = "bench";
const REVISION = 1;
const SEED = 1;
const RESOURCES = { cpuCores: 1, memoryMb: 1000 };
/** The worker takes up its first slices so long before the run begins. */
const HEAD_START_MS = 1000;
const PUBLISH_INTERVAL_MS = 20;

export interface OpenLoad {
  readonly url: string;
  readonly rate: number;
  readonly seconds: number;
  /** Whether waits are finer than timers. */
  readonly isFine: boolean;
  readonly observe: (sent: SentQuery) => void;
}

function configOf({ url, rate, seconds }: OpenLoad) {
  const read = readConfig(
    JSON.stringify({
      apiVersion: API_VERSION,
      kind: "BenchmarkConfig",
      metadata: { name: RUN },
      spec: {
        target: { url, timeout: "10s" },
        workload: { model: "open", target_qps: rate, duration: seconds },
        variables: { level: { list: ["error", "warn", "debug"] } },
        queries: QUERY_NAMES.map((name, index) => ({ name, template: QUERY, weight: index + 1 })),
      },
    }),
  );
  if (!read.ok) throw new Error(JSON.stringify(read));
  return read;
}

/** The leader's part: each slice is published some seconds before it begins. */
function leaderOf(plan: OpenPlan, t0Ms: number): Leader {
  const common = { v: 1, kind: "open", run: RUN, epoch: 1, revision: REVISION };
  const slices = Array.from({ length: plan.lanes }, (_, lane) =>
    Array.from({ length: slicesInLane(plan, lane) }, (_, window) => ({ lane, window })),
  )
    .flat()
    .map(({ lane, window }) => {
      const { first, count } = plan.arrivals.stretch(lane, window);
      return { ...common, lane, window, t0_ms: t0Ms, first, count, ...timesOf(plan, lane, window) };
    })
    .sort((a, b) => a.start_ms - b.start_ms);
  let seq = 0;
  let take: (delivery: SliceDelivery) => void = () => undefined;

  function publish(): void {
    const nowMs = systemClock.nowMs();
    while ((slices[0]?.start_ms ?? Number.POSITIVE_INFINITY) <= nowMs - t0Ms + plan.leadMs) {
      take(deliver({ ...slices.shift(), published_ms: nowMs }, { seq: ++seq }));
    }
    if (slices.length > 0) systemClock.after(PUBLISH_INTERVAL_MS, publish);
  }

  return {
    begin(takeSlice) {
      take = takeSlice;
      publish();
    },
    hear: () => undefined,
  };
}

function timesOf({ cuts }: OpenPlan, lane: number, window: number) {
  const { startMs, endMs } = windowBounds(cuts, lane, window);
  return { start_ms: startMs, end_ms: endMs };
}

/** Starts the worker and its run. @returns when the run begins */
export function runOpenWorker(load: OpenLoad): number {
  const { config, document } = configOf(load);
  const plan = planOf(config, SEED) as OpenPlan;
  const nowMs = systemClock.nowMs();
  const t0Ms = nowMs + HEAD_START_MS;
  const record = RunRecord.parse({
    v: 1,
    id: RUN,
    name: RUN,
    model: "open",
    phase: "running",
    epoch: 1,
    revision: REVISION,
    seed: SEED,
    schedule_hash: "",
    created_ms: nowMs,
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
      maxInFlight: 1024,
      secrets: NO_SECRETS,
      observe: (_run, sent) => load.observe(sent),
    },
    {
      resources: RESOURCES,
      meter: createUsageMeter(systemClock),
      engineOf,
      ...(load.isFine ? { fineWait: systemFineWait } : {}),
    },
  );
  return t0Ms;
}

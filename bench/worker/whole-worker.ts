/**
 * A real worker, whole, on a bus that is a few functions within the process: slices come as messages, queries are drawn,
 * rendered, paced, sent and tallied, results go as messages, and heartbeats too. Only the network of the bus is not there.
 */

import type { Appended, Bus, Capacity, SliceDelivery } from "../../libs/bus/bus.ts";
import { engineNamed } from "../../libs/engines/registry.ts";
import { type ClosedPlan, planOf } from "../../libs/load/plan.ts";
import { windowBounds } from "../../libs/load/windows.ts";
import { readConfig } from "../../libs/protocol/config/read.ts";
import { API_VERSION } from "../../libs/protocol/config/schema.ts";
import { namesFor } from "../../libs/protocol/names.ts";
import type { RanResult } from "../../libs/protocol/result.ts";
import { RunRecord, runKey, specKey } from "../../libs/protocol/run.ts";
import { systemClock } from "../../libs/runtime/clock.ts";
import { createLog } from "../../libs/runtime/log.ts";
import { createRegistry } from "../../libs/runtime/metrics.ts";
import { createUsageMeter } from "../../libs/runtime/resources.ts";
import { startWorker } from "../../services/worker/worker.ts";
import { deliver } from "../../test/support/deliveries.ts";
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
function leaderOf(plan: ClosedPlan, t0Ms: number) {
  let take: (delivery: SliceDelivery) => void = () => undefined;

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
    take(deliver(slice));
  }

  return {
    begin(takeSlice: typeof take) {
      take = takeSlice;
      for (let lane = 0; lane < plan.lanes; lane++) publish(lane, 0, 0);
    },
    hear({ lane, window, next }: RanResult) {
      setImmediate(() => publish(lane, window + 1, next));
    },
  };
}

/** As much of a bus as a worker needs. Messages are written as they would be for the network. */
function busOf(values: Readonly<Record<string, unknown>>, leader: ReturnType<typeof leaderOf>): Bus {
  const closing = { close: () => undefined };
  let written = 0;
  const write = (message: unknown) => {
    written += Buffer.from(JSON.stringify(message)).length;
  };
  const bus: Partial<Bus> = {
    names: namesFor(),
    isConnected: () => true,
    onStatus: () => undefined,
    publish: (_subject, message) => write(message),
    subscribe: () => closing,
    serve: () => closing,
    request: async () => new TextEncoder().encode(JSON.stringify({ now_ms: systemClock.nowMs() })),
    async append(_subject, message): Promise<Appended> {
      write(message);
      leader.hear(message as RanResult);
      return { kind: "stored", seq: written, duplicate: false };
    },
    pullSlices(_pool, capacity: Capacity, take) {
      const whenReady = () => (capacity.free() > 0 ? leader.begin(take) : void setTimeout(whenReady, 10));
      whenReady();
      return { restart: () => undefined, stop: async () => undefined };
    },
    runsBucket: async () => ({ get: async (key: string) => ({ value: values[key], revision: 1 }) }) as never,
  };
  return bus as Bus;
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
  const bus = busOf({ [specKey(RUN, REVISION)]: document, [runKey(RUN)]: record }, leaderOf(plan, t0Ms));
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
      sealKey: undefined,
      observe: undefined,
    },
    { resources: RESOURCES, meter: createUsageMeter(systemClock), engineNamed },
  );
}

/** Wires a worker: it pulls slices, runs them, reports. Needs nothing but the address of the bus. */

import { createWriteStream } from "node:fs";
import { hostname } from "node:os";
import { connectBus } from "../../libs/bus/connect.ts";
import { subscribe } from "../../libs/bus/core.ts";
import { SLICE_ACK_WAIT_MS, WORKING_INTERVAL_MS } from "../../libs/bus/provision.ts";
import { pullSlices } from "../../libs/bus/slices.ts";
import { parseMessage } from "../../libs/protocol/door.ts";
import { messageOf } from "../../libs/protocol/errors.ts";
import type { Heartbeat } from "../../libs/protocol/node.ts";
import type { GeneratorHealth } from "../../libs/protocol/result.ts";
import { Control } from "../../libs/protocol/run.ts";
import { systemClock } from "../../libs/runtime/clock.ts";
import { natsUrlOf, nodeIdOf, readEnvironment } from "../../libs/runtime/config.ts";
import { createServiceApp, listen } from "../../libs/runtime/http.ts";
import { createLog } from "../../libs/runtime/log.ts";
import { createRegistry } from "../../libs/runtime/metrics.ts";
import { announceReady, exitOnSignal } from "../../libs/runtime/process.ts";
import { availableResources, createUsageMeter } from "../../libs/runtime/resources.ts";
import { sealKeyOf } from "../../libs/runtime/secrets.ts";
import { VERSION } from "../../libs/runtime/version.ts";
import type { SentQuery } from "../../libs/stats/tally.ts";
import { startClockSync } from "./clock-sync.ts";
import { createExecutor } from "./executor.ts";
import { createWorkerMetrics } from "./metrics.ts";
import { createMuster } from "./muster.ts";
import { createOpenedRuns, type OpenedRun } from "./opened-run.ts";
import { createPacer } from "./pacer.ts";
import { startRegistrar } from "./registrar.ts";
import { resultOf, storeResult } from "./reporter.ts";
import { createSlots, slotsFor } from "./slots.ts";

const DEFAULT_PORT = 0;
const HOUSEKEEPING_INTERVAL_MS = 5000;

export async function main(): Promise<void> {
  const environment = readEnvironment();
  const node = nodeIdOf(environment, "worker");
  const clock = systemClock;
  const log = createLog("worker", node, environment.LOG_LEVEL);
  const startedMs = clock.nowMs();
  const resources = availableResources();
  const bus = await connectBus({
    url: natsUrlOf(environment),
    prefix: environment.LOGBURST_PREFIX,
    name: node,
    credsFile: environment.NATS_CREDS,
    waitForServer: true,
  });
  bus.onStatus((status) => log.warn({ status }, "bus"));

  const clockSync = startClockSync(bus, clock);
  const meter = createUsageMeter(clock);
  let usage = meter.sample();
  const slots = createSlots(environment.LOGBURST_SLOTS ?? slotsFor(resources.cpuCores, resources.memoryMb));
  const places = { inFlight: 0, most: environment.LOGBURST_MAX_IN_FLIGHT };
  const runs = createOpenedRuns(bus, clock, sealKeyOf(environment));
  const muster = createMuster(() => registrar.hurry());
  const pacer = createPacer(clock, clockSync.now, SLICE_ACK_WAIT_MS - WORKING_INTERVAL_MS, () =>
    executor.abandonAll(),
  );
  const registry = createRegistry("worker");
  const metrics = createWorkerMetrics(registry, node, {
    slots: () => slots.total,
    slotsBusy: slots.busy,
    inFlight: () => places.inFlight,
    connections: () => runs.all().reduce((sum, run) => sum + run.session.connections(), 0),
    usage: () => usage,
    clockOffsetMs: () => clockSync.estimate()?.offsetMs ?? 0,
  });
  let draining = false;

  const health = (): GeneratorHealth => ({
    loop_delay_p99_ms: usage.loopDelayP99Ms,
    cpu_cores: usage.cpuCores,
    rss_mb: usage.rssMb,
    clock_error_ms: clockSync.estimate()?.errorMs ?? 0,
  });

  const executor = createExecutor({
    clock,
    log,
    slots,
    muster,
    runs,
    place: { pacer, now: clockSync.now, places, observe: sampleLog(environment.LOGBURST_SAMPLE_LOG) },
    async report(slice, attempt, outcome) {
      const result = resultOf(slice, attempt, node, outcome, health());
      await storeResult(bus, result);
      const run = await runs.open(slice.run, slice.revision);
      metrics.addResult(result, run.config);
      return result;
    },
    onRefused(subject, reason) {
      log.warn({ subject, reason }, "a message was refused");
      metrics.addRefused(subject, reason);
    },
  });

  const describe = (): Heartbeat => ({
    v: 1,
    node_id: node,
    pool: environment.LOGBURST_POOL,
    pid: process.pid,
    host: hostname(),
    version: VERSION,
    started_ms: startedMs,
    sent_ms: clockSync.now(),
    draining,
    slots: slots.total,
    slots_busy: slots.busy(),
    in_flight: places.inFlight,
    mustered: muster.counts(),
    runs: [...executor.activeRuns()],
    problem: executor.lastProblem(),
    cpu_cores: usage.cpuCores,
    rss_mb: usage.rssMb,
    loop_delay_p99_ms: usage.loopDelayP99Ms,
    clock_offset_ms: clockSync.estimate()?.offsetMs ?? 0,
    clock_error_ms: clockSync.estimate()?.errorMs ?? 0,
    capabilities: {
      max_concurrent_queries: environment.LOGBURST_MAX_IN_FLIGHT,
      supported_query_types: ["victorialogs"],
      resources: { cpu_cores: resources.cpuCores, memory_mb: resources.memoryMb },
    },
  });

  const registrar = startRegistrar(bus, clock, describe);
  const control = subscribe(bus, bus.names.subjects.allControl, (data, subject) => {
    const parsed = parseMessage(Control, data);
    if (parsed.ok) executor.control(parsed.value);
    else metrics.addRefused(subject, parsed.reason);
  });
  const cancelTick = clock.every(WORKING_INTERVAL_MS, () => {
    usage = meter.sample();
    executor.keepAlive();
  });
  const cancelHousekeeping = clock.every(HOUSEKEEPING_INTERVAL_MS, () => {
    const housekeeping = Promise.all([executor.releaseStale(), runs.closeIdle(executor.activeRuns())]);
    housekeeping.catch((error: unknown) => log.warn({ err: messageOf(error) }, "housekeeping"));
  });
  const puller = pullSlices(bus, environment.LOGBURST_POOL, slots, executor.take, (error) => {
    log.warn({ err: messageOf(error) }, "slices could not be pulled");
  });

  const app = createServiceApp(clock, registry, {
    ready: () => bus.isConnected() && !draining,
    activeNodes: () => 1,
    runningTasks: slots.busy,
  });
  const http = await listen(
    app,
    environment.LOGBURST_HTTP_HOST,
    environment.LOGBURST_HTTP_PORT ?? DEFAULT_PORT,
  );
  log.info(
    { url: http.url, slots: slots.total, pool: environment.LOGBURST_POOL, nats: bus.serverVersion },
    "worker is ready",
  );
  announceReady({ ready: true, url: http.url, node });

  exitOnSignal(log, clock, async () => {
    draining = true;
    slots.close();
    registrar.hurry();
    await puller.stop();
    await executor.drain();
    cancelTick();
    cancelHousekeeping();
    control.close();
    registrar.close();
    clockSync.close();
    await http.close();
    await runs.close();
    meter.close();
    await bus.close();
  });
}

/** Tests only: every query that was answered well, as a line of run, query and microseconds. */
function sampleLog(file: string | undefined): ((run: OpenedRun, sent: SentQuery) => void) | undefined {
  if (file === undefined) return undefined;
  const out = createWriteStream(file, { flags: "a" });
  return (run, { query, sentMs, doneMs, outcome }) => {
    if (outcome === "ok") out.write(`${run.id} ${query} ${Math.round((doneMs - sentMs) * 1000)}\n`);
  };
}

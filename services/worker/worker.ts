/** A worker put together: clock, slots, executor, registrar and puller on one bus. */

import { hostname } from "node:os";
import type { Registry } from "prom-client";
import { type Bus, SLICE_ACK_WAIT_MS, WORKING_INTERVAL_MS } from "../../libs/bus/bus.ts";
import type { Engine } from "../../libs/engines/engine.ts";
import { parseMessage } from "../../libs/protocol/door.ts";
import { messageOf } from "../../libs/protocol/errors.ts";
import type { Heartbeat } from "../../libs/protocol/node.ts";
import { Control } from "../../libs/protocol/run.ts";
import type { Clock } from "../../libs/runtime/clock.ts";
import { startClockSync } from "../../libs/runtime/clock-sync.ts";
import type { Log } from "../../libs/runtime/log.ts";
import type { Resources, UsageMeter } from "../../libs/runtime/resources.ts";
import { VERSION } from "../../libs/runtime/version.ts";
import type { Workplace } from "./attempt.ts";
import { createExecutor, type Executor } from "./executor.ts";
import { createHolding } from "./holding.ts";
import { createWorkerMetrics } from "./metrics.ts";
import { createOpenedRuns } from "./opened-run.ts";
import { createPacer } from "./pacer.ts";
import { type Registrar, startRegistrar } from "./registrar.ts";
import { createReporter } from "./reporter.ts";
import { createSlots, type Slots, slotsFor } from "./slots.ts";

export interface WorkerOptions {
  readonly node: string;
  readonly pool: string;
  /** Worked out from CPU and memory when not given. */
  readonly slots: number | undefined;
  readonly maxInFlight: number;
  readonly sealKey: string | undefined;
  /** Sees every query that was sent, after it has ended. */
  readonly observe: Workplace["observe"];
}

/** What a worker runs on. */
export interface Machine {
  readonly resources: Resources;
  readonly meter: UsageMeter;
  readonly engineNamed: (name: string) => Engine;
}

export interface Worker {
  readonly slots: Slots;
  isDraining(): boolean;
  /** Stops pulling, gives back what has not begun, finishes what has. */
  drain(): Promise<void>;
  close(): Promise<void>;
}

const HOUSEKEEPING_INTERVAL_MS = 5000;
/** A gap of this length means that the process was frozen, and that its slices may have been given to others. */
const FROZEN_GAP_MS = SLICE_ACK_WAIT_MS - WORKING_INTERVAL_MS;

export function startWorker(
  bus: Bus,
  clock: Clock,
  log: Log,
  registry: Registry,
  options: WorkerOptions,
  { resources, meter, engineNamed }: Machine,
): Worker {
  const { node, pool } = options;
  const clockSync = startClockSync(bus, clock);
  const slots = createSlots(options.slots ?? slotsFor(resources.cpuCores, resources.memoryMb));
  const places = { inFlight: 0, most: options.maxInFlight };
  const runs = createOpenedRuns(bus, clock, options.sealKey, engineNamed);
  const holding = createHolding(slots);
  const pacer = createPacer(clock, clockSync.now, FROZEN_GAP_MS, () => executor.abandonAll());
  const metrics = createWorkerMetrics(registry, node, {
    slots: () => slots.total,
    slotsBusy: slots.busy,
    inFlight: () => places.inFlight,
    connections: () => runs.all().reduce((sum, run) => sum + run.session.connections(), 0),
    usage: () => usage,
    clockOffsetMs: () => clockSync.estimate()?.offsetMs ?? 0,
  });
  let usage = meter.sample();
  let draining = false;

  function refuse(subject: string, reason: string): void {
    log.warn({ subject, reason }, "a message was refused");
    metrics.addRefused(subject, reason);
  }

  const place: Workplace = { pacer, now: clockSync.now, places, observe: options.observe };
  const report = createReporter({ bus, node, runs, metrics, usage: () => usage, clockSync });
  const executor: Executor = createExecutor({
    clock,
    log,
    place,
    holding,
    runs,
    report,
    onRefused: refuse,
    onMuster: () => registrar.hurry(),
  });

  const startedMs = clock.nowMs();
  function describe(): Heartbeat {
    const { cpuCores, memoryMb } = resources;
    return {
      v: 1,
      node_id: node,
      pool,
      pid: process.pid,
      host: hostname(),
      version: VERSION,
      started_ms: startedMs,
      sent_ms: clockSync.now(),
      draining,
      slots: slots.total,
      slots_busy: slots.busy(),
      in_flight: places.inFlight,
      mustered: holding.mustered(),
      held: holding.named(),
      problem: executor.lastProblem(),
      cpu_cores: usage.cpuCores,
      rss_mb: usage.rssMb,
      loop_delay_p99_ms: usage.loopDelayP99Ms,
      lag_p99_ms: 0,
      clock_offset_ms: clockSync.estimate()?.offsetMs ?? 0,
      clock_error_ms: clockSync.estimate()?.errorMs ?? 0,
      capabilities: {
        max_concurrent_queries: places.most,
        supported_query_types: ["victorialogs"],
        resources: { cpu_cores: cpuCores, memory_mb: memoryMb },
      },
    };
  }

  const registrar: Registrar = startRegistrar(bus, clock, describe);

  const control = bus.subscribe(bus.names.subjects.allControl, (data, subject) => {
    const parsed = parseMessage(Control, data);
    if (parsed.ok) executor.control(parsed.value);
    else refuse(subject, parsed.reason);
  });
  const puller = bus.pullSlices(pool, slots, executor.take, (error) => {
    log.warn({ err: messageOf(error) }, "slices could not be pulled");
  });
  const cancels = [
    clock.every(WORKING_INTERVAL_MS, keepAlive),
    clock.every(HOUSEKEEPING_INTERVAL_MS, keepHouse),
  ];

  function keepAlive(): void {
    usage = meter.sample();
    executor.keepAlive();
  }

  function keepHouse(): void {
    const housekeeping = Promise.all([executor.releaseStale(), runs.closeIdle(holding.runs())]);
    housekeeping.catch((error: unknown) => log.warn({ err: messageOf(error) }, "housekeeping"));
  }

  async function drain(): Promise<void> {
    draining = true;
    slots.close();
    registrar.hurry();
    await puller.stop();
    await executor.drain();
  }

  async function close(): Promise<void> {
    for (const cancel of cancels) cancel();
    control.close();
    registrar.close();
    clockSync.close();
    await runs.close();
    meter.close();
  }

  return { slots, isDraining: () => draining, drain, close };
}

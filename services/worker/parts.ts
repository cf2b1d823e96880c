/** The parts that a worker is made of, before anything moves: its clock, its slots, its spool, what it holds. */

import type { Registry } from "prom-client";
import type { Bus } from "../../libs/bus/bus.ts";
import type { Engine, HttpLane } from "../../libs/engines/engine.ts";
import type { EngineChoice } from "../../libs/protocol/config/engines.ts";
import { attemptId } from "../../libs/protocol/ids.ts";
import type { RanResult } from "../../libs/protocol/result.ts";
import type { Clock } from "../../libs/runtime/clock.ts";
import { type ClockEstimate, type ClockSync, startClockSync } from "../../libs/runtime/clock-sync.ts";
import type { FineWait } from "../../libs/runtime/fine-wait.ts";
import type { Resources, UsageMeter } from "../../libs/runtime/resources.ts";
import type { TargetSecrets } from "../../libs/runtime/secrets.ts";
import type { Workplace } from "./attempt/attempt.ts";
import { Places } from "./attempt/places.ts";
import { createVitals, type Vitals } from "./health/vitals.ts";
import { createWorkerMetrics, type WorkerMetrics } from "./metrics.ts";
import { createHolding, type Holding } from "./slices/holding.ts";
import { createOpenedRuns, type OpenedRuns } from "./slices/opened-run.ts";
import { createSlots, type Slots, slotsFor } from "./slices/slots.ts";
import { createSpool, type Spool } from "./slices/spool.ts";

export interface WorkerOptions {
  readonly node: string;
  readonly pool: string;
  /** Worked out from CPU and memory when not given. */
  readonly slots: number | undefined;
  readonly maxInFlight: number;
  readonly secrets: TargetSecrets;
  /** What carries HTTP queries; the engine's own choice when not given. */
  readonly http?: HttpLane;
  /** Rules of its own for targets, besides those under which a run was accepted. */
  readonly targets?: () => readonly string[] | undefined;
  /** Sees every query that was sent, after it has ended. */
  readonly observe: Workplace["observe"];
}

/** What a worker runs on. */
export interface Machine {
  readonly resources: Resources;
  readonly meter: UsageMeter;
  readonly engineOf: (choice: EngineChoice) => Engine;
  /** Waits that are finer than the clock's timers; where it is not given, timers are all. */
  readonly fineWait?: FineWait;
}

export interface WorkerParts {
  readonly options: WorkerOptions;
  readonly resources: Resources;
  readonly clockSync: ClockSync;
  readonly spool: Spool;
  readonly slots: Slots;
  readonly vitals: Vitals;
  readonly places: Places;
  readonly runs: OpenedRuns;
  readonly holding: Holding;
  readonly metrics: WorkerMetrics;
  /** Sets what can change while it works. @param slots worked out from CPU and memory when not given */
  adjust(set: { readonly slots: number | undefined; readonly maxInFlight: number }): void;
  /** What keeps the worker from its work, for people. */
  problem(): string | undefined;
}

/** With a worse bound a start could be off by half of the lateness that makes a run inconclusive. */
const MAX_CLOCK_ERROR_MS = 50;

export function createParts(
  bus: Bus,
  clock: Clock,
  registry: Registry,
  options: WorkerOptions,
  { resources, meter, engineOf }: Machine,
): WorkerParts {
  const clockSync = startClockSync(bus, clock, () => slots.recheck());
  const spool = createSpool({
    append: (result) => appendResult(bus, result),
    isConnected: bus.isConnected,
    nowMs: clock.nowMs,
  });
  const slotsOf = (set: number | undefined) => set ?? slotsFor(resources.cpuCores, resources.memoryMb);
  const slots = createSlots(
    slotsOf(options.slots),
    () => bus.isConnected() && !spool.isFull() && clockProblem(clockSync.estimate()) === undefined,
  );
  const vitals = createVitals(clock, slots, resources, meter);
  const places = new Places(options.maxInFlight);
  const runs = createOpenedRuns(bus, clock, options, engineOf);
  const metrics = createWorkerMetrics(registry, options.node, {
    slots: slots.total,
    slotsBusy: slots.busy,
    inFlight: () => places.inFlight,
    connections: () => runs.all().reduce((sum, run) => sum + run.session.connections(), 0),
    usage: vitals.usage,
    clockOffsetMs: clockSync.offsetMs,
  });
  return {
    options,
    resources,
    clockSync,
    spool,
    slots,
    vitals,
    places,
    runs,
    holding: createHolding(slots),
    metrics,
    adjust({ slots: set, maxInFlight }) {
      slots.setFull(slotsOf(set));
      places.most = maxInFlight;
    },
    problem: () => clockProblem(clockSync.estimate()) ?? spool.problem(),
  };
}

/** Tried once at a time: the spool tries again. */
async function appendResult(bus: Bus, result: RanResult): Promise<void> {
  const { run, lane } = result;
  await bus.append(bus.names.subjects.result(run, lane), result, { id: attemptId(result), tries: 1 });
}

/** Why the worker's clock is not fit to time queries by. */
function clockProblem(estimate: ClockEstimate | undefined): string | undefined {
  if (!estimate) return "the leader's clock is not known yet";
  if (estimate.errorMs <= MAX_CLOCK_ERROR_MS) return undefined;
  return `the leader's clock is known to ${Math.round(estimate.errorMs)} ms only; ${MAX_CLOCK_ERROR_MS} are needed`;
}

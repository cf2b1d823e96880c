/** One long history in which the leader is killed, frozen or cut off again and again while runs go on: what it leaves behind. */

import type { Point } from "../../bench/support/regression.ts";
import { reportName } from "../../libs/bus/bus.ts";
import { randomFor } from "../../libs/load/random.ts";
import { isFinal } from "../../libs/protocol/run.ts";
import { LEASE_KEY } from "../../services/coordinator/lease.ts";
import { createClient } from "./client.ts";
import type { Fault } from "./faults.ts";
import { heapBytes } from "./heap.ts";
import { isWhole, SILENT } from "./history.ts";
import { inflict } from "./inflict.ts";
import { checkRun } from "./last-checks.ts";
import { createOracle, type Oracle, type Violation } from "./oracle.ts";
import { CHANCE, type Draw, drawFrom, type Order, type Scenario, scenarioOf } from "./scenario.ts";
import { createSchedule, eachEvent } from "./schedule.ts";
import { createTrace } from "./trace.ts";
import { createWorld, type World } from "./world.ts";

export interface SwitchOptions {
  readonly seed: number;
  readonly switches: number;
  /** Switches before the first measurement. */
  readonly warmUp: number;
  readonly sampleEvery: number;
}

export interface SwitchOutcome {
  readonly switches: number;
  readonly runs: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly virtualMs: number;
  readonly violations: readonly Violation[];
  /** Bytes in use over switches, from the end of the warming up on. */
  readonly heap: readonly Point[];
  /** What is held open in quiet, after the first switches and after the last. */
  readonly before: Held;
  readonly after: Held;
}

type Held = Readonly<Record<string, number>>;

/** How often it is looked at who leads and what is over. */
const LOOK_MS = 100;
/** A run that is over is checked after this; it is forgotten, as the streams forget it by age, after the other. */
const CHECK_AFTER_MS = 20_000;
const FORGET_AFTER_MS = 60_000;
/** Longer than a run through many switches takes, and than it is remembered when it is over. */
const KEPT_MS = 400_000;
/** A run takes less than this, however often the leader changes; and so does each change. */
const RUN_LIMIT_MS = 300_000;
/** Quiet lasts this long, and all of it that is held open comes and goes within the last part. */
const QUIET_MS = 40_000;
const MEASURE_MS = 15_000;

/** Two users for some switches' time: few runs, each through many leaders. */
const RUN = {
  model: "closed",
  total_concurrent_users: 2,
  lanes: 2,
  duration: 30,
  think_time: 0.5,
} as const;

/** A scenario without faults of its own, whose only order is asked for again and again. */
function scenarioWith(seed: number): Scenario {
  const plain = scenarioOf(seed, { only: [] });
  const order = plain.orders[0] as Order & { config: { spec: object } };
  const { config } = order;
  const spec = { ...config.spec, workload: RUN, muster: { timeout: 60, on_timeout: "start" } };
  const orders = [
    { ...order, model: RUN.model, config: { ...config, spec }, atMs: Number.POSITIVE_INFINITY },
  ];
  const workers = plain.workers.map((worker) => ({ ...worker, slots: 4 }));
  // Clocks a second and a half either way, or right: a new leader must go on with the one that the workers know.
  const coordinators = plain.coordinators.map((machine, at) => ({
    ...machine,
    skewMs: at === 0 ? 1400 : -1400,
  }));
  return { ...plain, orders, workers, coordinators };
}

export async function playSwitches(options: SwitchOptions): Promise<SwitchOutcome> {
  const scenario = scenarioWith(options.seed);
  const schedule = createSchedule();
  const trace = createTrace(schedule.nowMs);
  const oracle = createOracle(scenario, trace, schedule.nowMs);
  const uncaught = (reason: unknown) => oracle.accuse("no-fault-uncaught", String(reason));
  process.on("unhandledRejection", uncaught);
  const world = createWorld(scenario, oracle, trace, schedule, SILENT);
  for (const node of world.nodes.values()) world.start(node);
  const runs = keepRunning(world, oracle);
  const quiet = watchQuiet(world, runs.none);
  const trouble = makeTrouble(world, oracle, runs.client, drawFrom(randomFor(options.seed, CHANCE.faults)));
  const heap: Point[] = [];
  const held: Held[] = [];

  function look(): void {
    const { warmUp, switches, sampleEvery } = options;
    const isResting = trouble.switches() >= (held.length === 0 ? warmUp : switches);
    trouble.look(isResting);
    runs.look(isResting);
    const measured = isResting ? quiet.look() : undefined;
    if (measured) held.push(measured);
    const due = warmUp + heap.length * sampleEvery;
    if (held.length > 0 && trouble.switches() >= due) heap.push({ x: trouble.switches(), y: heapBytes() });
    if (held.length < 2) schedule.in(LOOK_MS, look);
  }

  look();
  await eachEvent(schedule, () => held.length === 2 || oracle.violations.length > 0);
  process.off("unhandledRejection", uncaught);
  const [before = {}, after = {}] = held;
  const { violations } = oracle;
  const counts = { switches: trouble.switches(), runs: runs.over(), faults: trouble.faults };
  return { ...counts, virtualMs: schedule.nowMs(), violations, heap, before, after };
}

/** Asks for one run after the other, checks each when it is over, and forgets it later. */
function keepRunning(world: World, oracle: Oracle) {
  const { schedule, broker, scenario } = world;
  const client = createClient(world, oracle);
  const overMs = new Map<string, number>();
  const checked = new Set<string>();
  let asked = 0;
  let over = 0;
  let askedMs = 0;

  function lookAt(id: string): void {
    const run = oracle.runs.get(id);
    const endedMs = overMs.get(id);
    if (!run || !isFinal(run.record.phase)) return;
    const sinceMs = schedule.nowMs() - (endedMs ?? schedule.nowMs());
    if (endedMs === undefined) {
      overMs.set(id, schedule.nowMs());
      over++;
    } else if (sinceMs > FORGET_AFTER_MS) {
      overMs.delete(id);
      checked.delete(id);
      oracle.forget(id);
      broker.objects.delete(reportName(id));
    } else if (sinceMs > CHECK_AFTER_MS && !checked.has(id)) {
      checked.add(id);
      checkRun(world, oracle, run);
    }
  }

  return {
    client,
    over: () => over,
    none: () => oracle.runs.size === 0,
    look(isResting: boolean): void {
      for (const id of oracle.runs.keys()) lookAt(id);
      broker.trim(KEPT_MS);
      if (asked > over && schedule.nowMs() - askedMs > RUN_LIMIT_MS)
        oracle.accuse("liveness", `run ${asked} is not over after ${RUN_LIMIT_MS / 1000} s`);
      if (isResting || asked > over) return;
      asked++;
      askedMs = schedule.nowMs();
      void client.submit(scenario.orders[0] as Order, `order-${asked}`);
    },
  };
}

/** Whatever can befall a leader for longer than its lease lasts. */
function befall(draw: Draw, node: string): Fault {
  const span = { atMs: 0, node, forMs: draw.between(4500, 9000) };
  const [out, back] = draw.oneOf<["drop" | "hold", "drop" | "hold" | "flow"]>(
    ["drop", "drop"],
    ["hold", "hold"],
    ["drop", "flow"],
    ["hold", "flow"],
  );
  return draw.oneOf<Fault>(
    { atMs: 0, kind: "crash", node, deeds: draw.int(1, 12), restartMs: draw.between(100, 5000) },
    { ...span, kind: "freeze" },
    { ...span, kind: "partition", out, back },
  );
}

/** Takes the lead from whoever has it, some time after it has it. */
function makeTrouble(world: World, oracle: Oracle, client: ReturnType<typeof createClient>, draw: Draw) {
  const { schedule, broker } = world;
  const faults: Record<string, number> = {};
  let epoch = 0;
  let switches = -1;
  let nextMs = 0;

  function look(isResting: boolean): void {
    const lease = JSON.parse(broker.lease.get(LEASE_KEY)?.json ?? "{}") as { node?: string; epoch?: number };
    if (lease.epoch && lease.node && lease.epoch !== epoch) {
      epoch = lease.epoch;
      switches++;
      nextMs = schedule.nowMs() + draw.between(100, 3000);
    }
    if (isResting || lease.epoch !== epoch || schedule.nowMs() < nextMs) return;
    nextMs = schedule.nowMs() + RUN_LIMIT_MS;
    const fault = befall(draw, lease.node as string);
    faults[fault.kind] = (faults[fault.kind] ?? 0) + 1;
    inflict(world, oracle, client, fault);
  }
  return { look, faults, switches: () => Math.max(0, switches) };
}

/** Waits until nothing has been going on for a while, and says the least that was held open then. */
function watchQuiet(world: World, isEmpty: () => boolean) {
  const { schedule, nodes, broker } = world;
  let sinceMs = Number.POSITIVE_INFINITY;
  let least: Record<string, number> = {};

  function count(): Held {
    const timers: Record<string, number> = {};
    for (const { process, kind } of nodes.values())
      timers[`timers of ${kind}s`] = (timers[`timers of ${kind}s`] ?? 0) + (process?.timers() ?? 0);
    return { ...timers, ...broker.held() };
  }

  return {
    /** @returns what was held open, once */
    look(): Held | undefined {
      const nowMs = schedule.nowMs();
      if (!isEmpty() || !isWhole(world)) sinceMs = Number.POSITIVE_INFINITY;
      else if (sinceMs === Number.POSITIVE_INFINITY) sinceMs = nowMs;
      if (nowMs - sinceMs < QUIET_MS - MEASURE_MS || sinceMs === Number.POSITIVE_INFINITY) return undefined;
      for (const [name, is] of Object.entries(count())) least[name] = Math.min(is, least[name] ?? is);
      if (nowMs - sinceMs < QUIET_MS) return undefined;
      const measured = least;
      least = {};
      sinceMs = Number.POSITIVE_INFINITY;
      return measured;
    },
  };
}

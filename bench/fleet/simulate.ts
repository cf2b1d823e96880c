/** The system's pure cores under a virtual clock, with a fleet that is simulated: one process, no network, every slice. */

import { createRunFold, type RunFold } from "../../libs/fold/run-fold.ts";
import { whyNotCredible } from "../../libs/load/credible.ts";
import type { OpenPlan } from "../../libs/load/plan.ts";
import { below, type Random, randomFor } from "../../libs/load/random.ts";
import { readConfig } from "../../libs/protocol/config/read.ts";
import { API_VERSION } from "../../libs/protocol/config/schema.ts";
import type { Heartbeat } from "../../libs/protocol/node.ts";
import type { RanResult } from "../../libs/protocol/result.ts";
import type { RunEvent } from "../../libs/protocol/run.ts";
import type { Clock } from "../../libs/runtime/clock.ts";
import { createNodeManager } from "../../services/coordinator/nodes/node-manager.ts";
import { createDispatcher, type Dispatcher } from "../../services/coordinator/run/dispatch/dispatcher.ts";
import type { Draft } from "../../services/coordinator/run/dispatch/drafts.ts";
import { createStopwatch, type Stopwatch } from "../support/stopwatch.ts";
import { createQueue, type Queue } from "./queue.ts";
import { createReporter, type OpenDraft } from "./ran.ts";
import { createTraffic, type Traffic } from "./traffic.ts";
import { countHeartbeat, countResult, countSecond, countSlice } from "./traffic-kinds.ts";
import { createWorkers, type Held, type Workers } from "./workers.ts";

export interface FleetOptions {
  readonly workers: number;
  readonly queriesPerSecond: number;
  readonly durationS: number;
  /** Chosen from the rate when not given. */
  readonly lanes?: number | undefined;
  readonly slots: number;
  /** Workers that die, and workers whose word is lost on the way, each second on average. */
  readonly deathsPerSecond: number;
  readonly cutsPerSecond: number;
  readonly seed: number;
}

export interface FleetOutcome {
  readonly plan: OpenPlan;
  readonly fold: RunFold;
  readonly dispatcher: Dispatcher;
  readonly queue: Queue;
  readonly workers: Workers;
  readonly traffic: Traffic;
  readonly deaths: number;
  readonly cuts: number;
  /** Deliveries that were not the first of their slice. */
  readonly redeliveries: number;
  /** What the workers said of their queries, counted apart from the ledger. */
  readonly told: { results: number; answered: number; nodesJoined: number; nodesLost: number };
  /** The last message of its kind. */
  readonly samples: { result?: RanResult; heartbeat?: Heartbeat };
  /** Virtual seconds from the first slice to the last result. */
  readonly virtualS: number;
  readonly watch: Stopwatch<"coordinator" | "aggregator" | "fleet">;
}

const RUN = "fleet-20260101-000000-abcd";
/** The leader's tick. */
const TICK_MS = 50;
/** The announcement of the start goes ahead of it. */
const FIRST_MS = -1000;
/** Slices still out when the plan is through: they are in, or lost, by then. */
const PATIENCE_S = 60;

/** @param onSecond told how many virtual seconds are over */
export function simulateFleet(
  options: FleetOptions,
  clock: Clock,
  onSecond: (virtualS: number) => void = () => undefined,
): FleetOutcome {
  const config = configOf(options);
  const fold = createRunFold(RUN, config, options.seed);
  const plan = fold.plan as OpenPlan;
  const dispatcher = createDispatcher(plan);
  const queue = createQueue((ms) => Math.ceil(ms / TICK_MS));
  const { workers: count, slots } = options;
  const workers = createWorkers({ count, slots, run: RUN, tickMs: TICK_MS }, queue);
  const random = randomFor(options.seed, 1);
  const traffic = createTraffic();
  const watch = createStopwatch(clock, ["coordinator", "aggregator", "fleet"]);
  const report = createReporter(plan, randomFor(options.seed, 2));
  const told = { results: 0, answered: 0, nodesJoined: 0, nodesLost: 0 };
  const samples: { result?: RanResult; heartbeat?: Heartbeat } = {};
  let nowMs = FIRST_MS;
  let redeliveries = 0;
  let deaths = 0;
  let cuts = 0;
  const nodes = createNodeManager(
    { nowMs: () => nowMs, after: notUsed, every: notUsed },
    { joined: () => told.nodesJoined++, lost: () => told.nodesLost++ },
  );

  function publish(drafts: readonly Draft[]): void {
    for (const draft of drafts) {
      const slice = queue.put(draft as OpenDraft);
      dispatcher.stored(draft, slice.seq);
      countSlice(traffic, RUN, slice);
    }
  }

  function fail(): void {
    for (let due = chance(random, options.deathsPerSecond); due > 0; due--)
      if (workers.kill(below(random, count), nowMs)) deaths++;
    for (let due = chance(random, options.cutsPerSecond); due > 0; due--) {
      workers.cutOff(below(random, count), nowMs);
      cuts++;
    }
  }

  function takeResult(result: RanResult): void {
    watch.in("coordinator", () => {
      if (whyNotCredible(plan, result)) return;
      if (!dispatcher.settle(result.lane, result.window, result.next)) return;
      publish(dispatcher.due(nowMs, result.lane));
    });
    watch.in("aggregator", () => fold.addEntry(result, told.results));
  }

  function finish(held: Held): void {
    const { slice, attempt, node, deliveredMs: startedMs } = held;
    const result = watch.in("fleet", () =>
      report({ run: RUN, node, draft: slice.draft, attempt, startedMs, endedMs: nowMs }),
    );
    told.results++;
    for (const { ok, failed, timed_out: timedOut } of result.cells) told.answered += ok + failed + timedOut;
    countResult(traffic, result);
    samples.result = result;
    takeResult(result);
    queue.ack(slice);
  }

  function step(tick: number): void {
    watch.in("fleet", () => {
      fail();
      workers.replace(tick, nowMs);
      redeliveries += queue.bringBack(tick);
    });
    const beats = watch.in("fleet", () => workers.heartbeats(tick, nowMs));
    for (const beat of beats) countHeartbeat(traffic, beat);
    if (beats[0]) samples.heartbeat = beats[0];
    watch.in("coordinator", () => {
      for (const beat of beats) nodes.hear(beat);
      nodes.sweep();
      publish(dispatcher.due(nowMs));
    });
    watch.in("fleet", () => queue.deliver((slice) => workers.take(slice, nowMs)));
    for (const held of workers.finished(tick)) finish(held);
  }

  const lastMs = (options.durationS + PATIENCE_S) * 1000;
  for (let tick = FIRST_MS / TICK_MS; nowMs < lastMs; tick++) {
    nowMs = tick * TICK_MS;
    step(tick);
    if (nowMs % 1000 === 0) {
      countSecond(traffic, RUN, count, queue.depth());
      watch.in("aggregator", () => fold.rollingWindows(nowMs));
      onSecond(nowMs / 1000);
    }
    if (dispatcher.isExhausted(nowMs) && dispatcher.outstandingCount() === 0) break;
  }
  fold.addEntry({ v: 1, kind: "end", run: RUN, lane: 0, epoch: 1, node: "coordinator" }, told.results + 1);
  fold.addEvent(drainedOf(dispatcher, nowMs), 1);
  const virtualS = (nowMs - FIRST_MS) / 1000;
  return {
    plan,
    fold,
    dispatcher,
    queue,
    workers,
    traffic,
    deaths,
    cuts,
    redeliveries,
    told,
    samples,
    virtualS,
    watch,
  };
}

function configOf({ queriesPerSecond, durationS, lanes }: FleetOptions) {
  const read = readConfig(
    JSON.stringify({
      apiVersion: API_VERSION,
      kind: "BenchmarkConfig",
      metadata: { name: "fleet" },
      spec: {
        target: { url: "http://127.0.0.1:9428" },
        workload: { model: "open", target_qps: queriesPerSecond, duration: durationS, lanes },
        queries: [
          { name: "errors", template: "level:error", weight: 3 },
          { name: "hits", template: "*", api: "hits", weight: 1, params: { step: "1m" } },
          { name: "words", template: "refused OR timeout", weight: 1 },
        ],
      },
    }),
  );
  if (!read.ok) throw new Error(`the fleet's config does not fit: ${JSON.stringify(read)}`);
  return read.config;
}

function drainedOf(dispatcher: Dispatcher, runMs: number): RunEvent {
  return {
    v: 1,
    run: RUN,
    at_ms: runMs,
    epoch: 1,
    type: "drained",
    slices_published: dispatcher.publishedPerLane(),
    stopped: false,
    run_ms: runMs,
  };
}

/** How many of what comes so often a second come in this tick. */
function chance(random: Random, perSecond: number): number {
  const mean = (perSecond * TICK_MS) / 1000;
  return Math.floor(mean) + (random() < mean % 1 ? 1 : 0);
}

function notUsed(): never {
  throw new Error("the fleet's clock wakes nobody");
}

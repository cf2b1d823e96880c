/** One measurement each of what a leader does for a fleet. */

import type { Bus } from "../../libs/bus/bus.ts";
import { type OpenPlan, planOf } from "../../libs/load/plan.ts";
import { readConfig } from "../../libs/protocol/config/read.ts";
import { API_VERSION } from "../../libs/protocol/config/schema.ts";
import { namesFor } from "../../libs/protocol/names.ts";
import type { Heartbeat } from "../../libs/protocol/node.ts";
import { RunRecord } from "../../libs/protocol/run.ts";
import { systemClock } from "../../libs/runtime/clock.ts";
import type { CoordinatorMetrics } from "../../services/coordinator/metrics.ts";
import { createNodeManager } from "../../services/coordinator/nodes/node-manager.ts";
import { createDispatcher, type Dispatcher } from "../../services/coordinator/run/dispatch/dispatcher.ts";
import type { Draft } from "../../services/coordinator/run/dispatch/drafts.ts";
import { createSliceQueue, type SliceQueue } from "../../services/coordinator/run/dispatch/slice-queue.ts";
import type { RunLog } from "../../services/coordinator/run/log.ts";

const plans = new Map<number, OpenPlan>();

/** An open run of so many lanes, so that so many slices are due at once. */
export function planFor(slices: number): OpenPlan {
  const known = plans.get(slices);
  if (known) return known;
  const workload = { model: "open", target_qps: slices * 20, duration: 60 };
  const read = readConfig(
    JSON.stringify({
      apiVersion: API_VERSION,
      kind: "BenchmarkConfig",
      metadata: { name: "plan" },
      spec: {
        target: { url: "http://127.0.0.1:9428" },
        workload,
        queries: [
          { name: "errors", template: "level:error", weight: 3 },
          { name: "all", template: "*" },
        ],
      },
    }),
  );
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  const { spec } = read.config;
  // A config may not ask for so many lanes: their slices would not all fit into the queue. The arithmetic is the same.
  const plan = planOf(
    { ...read.config, spec: { ...spec, workload: { ...spec.workload, lanes: slices } } },
    1,
  );
  if (plan.model !== "open") throw new Error("the plan is of another model");
  plans.set(slices, plan);
  return plan;
}

/** The first slice of each lane is due, and no second one; as a leader asks for them, some at a time. */
export function* firstSlices(dispatcher: Dispatcher, { leadMs, lanes }: OpenPlan): Generator<Draft[]> {
  for (let planned = 0; planned < lanes; ) {
    const drafts = dispatcher.due(-leadMs);
    if (drafts.length === 0) throw new Error(`${planned} slices of ${lanes} were planned`);
    planned += drafts.length;
    yield drafts;
  }
}

/** Milliseconds since a stopwatch was started; where the machine did something else meanwhile, those that this process had. */
function stopwatch(): () => number {
  const sinceMs = systemClock.nowMs();
  const cpu = process.cpuUsage();
  return () => {
    const tookMs = systemClock.nowMs() - sinceMs;
    const { user, system } = process.cpuUsage(cpu);
    return Math.min(tookMs, (user + system) / 1000);
  };
}

/** Milliseconds to plan the next slice of each lane. */
export function planMs(slices: number): number {
  const plan = planFor(slices);
  const dispatcher = createDispatcher(plan);
  const elapsedMs = stopwatch();
  for (const _ of firstSlices(dispatcher, plan));
  return elapsedMs();
}

/** Milliseconds to look for overdue slices among so many that are out. */
export function overdueMs(slices: number): number {
  const plan = planFor(slices);
  const dispatcher = createDispatcher(plan);
  for (const _ of firstSlices(dispatcher, plan));
  const sinceMs = systemClock.nowMs();
  const found = dispatcher.endedBefore(-1).length;
  const tookMs = systemClock.nowMs() - sinceMs;
  if (found > 0) throw new Error(`${found} slices are overdue`);
  return tookMs;
}

const JOINS = 100;

/** Milliseconds for one more worker to be known, where so many are. */
export function joinsMs(workers: number): number {
  const nodes = createNodeManager(systemClock, { joined: () => undefined, lost: () => undefined });
  const heartbeat = (index: number) => ({ node_id: `worker-${index}`, started_ms: 1 }) as Heartbeat;
  for (let index = 0; index < workers; index++) nodes.hear(heartbeat(index));
  const news = Array.from({ length: JOINS }, (_, index) => heartbeat(workers + index));
  const sinceMs = systemClock.nowMs();
  for (const one of news) nodes.hear(one);
  return (systemClock.nowMs() - sinceMs) / JOINS;
}

/** Milliseconds of the longest turn of the event loop while so many slices are written as JSON and handed to the bus. */
export async function publishingStallMs(slices: number): Promise<number> {
  const plan = planFor(slices);
  const dispatcher = createDispatcher(plan);
  let stored = 0;
  let waiting: (() => void)[] = [];
  // The server's words come in a later turn, all that there are at once, as from a socket.
  function answerAll(): void {
    const answered = waiting;
    waiting = [];
    for (const answer of answered) answer();
  }
  const bus = {
    names: namesFor("lb"),
    append(_subject: string, message: unknown) {
      JSON.stringify(message);
      if (waiting.length === 0) setImmediate(answerAll);
      return new Promise((resolve) => {
        waiting.push(() => resolve({ kind: "stored", seq: ++stored }));
      });
    },
  } as unknown as Bus;
  const record = RunRecord.parse({
    ...{ v: 1, id: "plan", name: "plan", model: "open", phase: "running", epoch: 1, revision: 1, seed: 1 },
    ...{ schedule_hash: "", created_ms: 0, slots_needed: slices, t0_ms: 1 },
  });
  const metrics = { published: () => undefined } as unknown as CoordinatorMetrics;
  const log = { record: () => record, complain: () => undefined } as unknown as RunLog;
  const queue = createSliceQueue(
    { bus, clock: systemClock, metrics, holds: () => true },
    "default",
    log,
    dispatcher,
  );
  publishInTurns(queue, firstSlices(dispatcher, plan));
  return longestTurnMs(() => stored === slices);
}

/** As at each tick of a leader, but one behind the other: the turns are as long, and follow one another sooner. */
export function publishInTurns(queue: SliceQueue, planned: Iterator<Draft[]>): void {
  if (!queue.isBusy()) {
    const { value: drafts } = planned.next();
    if (!drafts) return;
    queue.publish(drafts);
  }
  setImmediate(() => publishInTurns(queue, planned));
}

/**
 * The longest that this process let anything else wait, until something has come about. A turn in which the machine did
 * something else counts with its CPU time.
 */
export async function longestTurnMs(isOver: () => boolean): Promise<number> {
  let longestMs = 0;
  do {
    const elapsedMs = stopwatch();
    await new Promise(setImmediate);
    longestMs = Math.max(longestMs, elapsedMs());
  } while (!isOver());
  return longestMs;
}

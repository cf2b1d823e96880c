/** What a leader makes of slices that were in the queue before it: where they are, and what has left it, on a real NATS server. */

import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import type { Bus } from "../../libs/bus/bus.ts";
import { connectBus } from "../../libs/bus/connect.ts";
import { planOf } from "../../libs/load/plan.ts";
import { sliceId } from "../../libs/protocol/ids.ts";
import { readLogEntry } from "../../libs/protocol/result.ts";
import { RunRecord } from "../../libs/protocol/run.ts";
import { systemClock } from "../../libs/runtime/clock.ts";
import { createLog } from "../../libs/runtime/log.ts";
import { createRegistry } from "../../libs/runtime/metrics.ts";
import { createCoordinatorMetrics } from "../../services/coordinator/metrics.ts";
import { createDispatcher, type Dispatcher } from "../../services/coordinator/run/dispatch/dispatcher.ts";
import {
  createSliceQueue,
  type SliceQueue,
  type SliceQueueParts,
} from "../../services/coordinator/run/dispatch/slice-queue.ts";
import { createRunLog, type RunLog } from "../../services/coordinator/run/log.ts";
import { config } from "../support/configs.ts";
import { eventually } from "../support/eventually.ts";
import { type NatsServer, startNats } from "../support/servers.ts";

const plan = planOf(
  config({ workload: { model: "count", total_queries: 40, total_concurrent_users: 2, lanes: 2 } }),
  1,
);
const IDLE = { activeNodes: () => 0, nodeStatuses: () => [], isLeader: () => true, phases: () => [] };

let nats: NatsServer;
let bus: Bus;
let runs = 0;
let run: string;
let dispatcher: Dispatcher;
let queue: SliceQueue;
let parts: SliceQueueParts;
let log: RunLog;
let verdicts: string[];

before(async () => {
  nats = await startNats();
  bus = await connectBus({ url: nats.url, prefix: "lb", name: "test", waitForServer: false });
  await bus.provision(1);
});
after(async () => {
  await bus.close();
  await nats[Symbol.asyncDispose]();
});

beforeEach(async () => {
  run = `run-${++runs}`;
  const record = RunRecord.parse({
    ...{ v: 1, id: run, name: "run", revision: 1, epoch: 2, phase: "running", model: "count" },
    ...{ seed: 1, schedule_hash: "", created_ms: 0, t0_ms: 0, slots_needed: 2 },
  });
  const metrics = createCoordinatorMetrics(createRegistry("coordinator"), systemClock.nowMs, IDLE);
  parts = { bus, clock: systemClock, metrics, holds: () => true };
  const logParts = { node: "c", runs: await bus.runsBucket(), log: createLog("coordinator", "c", "silent") };
  log = createRunLog({ ...parts, ...logParts }, record, 1);
  dispatcher = createDispatcher(plan);
  queue = createSliceQueue(parts, "default", log, dispatcher);
  verdicts = [];
  const { streams, subjects } = bus.names;
  await bus.follow(streams.results, subjects.resultsOfRun(run), "beginning", (data, subject) => {
    const entry = readLogEntry(bus.names, data, subject);
    if (entry.kind === "verdict") verdicts.push(`${entry.lane}.${entry.window} ${entry.reason}`);
  });
});

/** Puts a slice into the queue, as a leader before did. @returns its place */
async function putBefore(lane: number): Promise<number> {
  const subject = bus.names.subjects.slice("default", run, lane, 0);
  const appended = await bus.append(subject, {}, { id: sliceId(run, lane, 0), tries: 1 });
  assert.ok(appended.kind === "stored");
  return appended.seq;
}

test("a slice that a leader before put into the queue is known by its place; one that has left it is lost", async () => {
  const gone = await putBefore(0);
  const there = await putBefore(1);
  for (const lane of [0, 1]) dispatcher.learnQueued(lane, 0);
  await bus.deleteSlice(gone);
  queue.locateAll(dispatcher.outstanding());
  await eventually("the place", () => dispatcher.bySequence(there) !== undefined);
  await eventually("the verdict", () => verdicts.length > 0);
  assert.deepEqual([dispatcher.bySequence(there), verdicts], [{ lane: 1, window: 0 }, ["0.0 poisoned"]]);
});

test("a slice that is there already, and whose place cannot be asked for, is not taken for one that was not stored", async () => {
  const seq = await putBefore(0);
  let questions = 0;
  const deaf: Bus = {
    ...bus,
    sliceOn: (subject) => (++questions === 1 ? Promise.reject(new Error("timeout")) : bus.sliceOn(subject)),
  };
  createSliceQueue({ ...parts, bus: deaf }, "default", log, dispatcher).publish(dispatcher.due(0, 0));
  await eventually("the place", () => dispatcher.bySequence(seq) !== undefined);
  assert.equal(dispatcher.outstandingCount(), 1);
});

test("a slice that was in the queue once, and is there no more, is not waited for when it is published again", async () => {
  await bus.deleteSlice(await putBefore(0));
  const there = await putBefore(1);
  queue.publish(dispatcher.due(0));
  await eventually("the place", () => dispatcher.bySequence(there) !== undefined);
  await eventually("the verdict", () => verdicts.length > 0);
  assert.deepEqual(verdicts, ["0.0 poisoned"]);
});

const RUN_MS = 100_000;

test("slices that become due while others are on their way are stored once each, and no more than 32 are on their way", async () => {
  const many = planOf(
    config({ workload: { model: "open", target_qps: 500, duration: RUN_MS / 1000, lanes: 50 } }),
    1,
  );
  const due = createDispatcher(many);
  let underWay = 0;
  let most = 0;
  const stored: string[] = [];
  const counted: Bus = {
    ...bus,
    async append(...words) {
      most = Math.max(most, ++underWay);
      const appended = await bus.append(...words);
      underWay--;
      stored.push(words[0]);
      return appended;
    },
  };
  const busy = createSliceQueue({ ...parts, bus: counted }, "default", log, due);
  let published = 0;
  for (let drafts = due.due(RUN_MS); drafts.length > 0; drafts = due.due(RUN_MS)) {
    busy.publish(drafts);
    published += drafts.length;
    const some = published - 100;
    await eventually("most of them", () => stored.length > some);
  }
  await eventually("all of them", () => stored.length === published);
  assert.ok(published >= 50 * (RUN_MS / 1000), `${published} slices`);
  assert.deepEqual([new Set(stored).size, most], [published, 32]);
});

test("a queue to which more is given than it can take for a while says so until it has", async () => {
  const many = planOf(config({ workload: { model: "open", target_qps: 3000, duration: 1, lanes: 1500 } }), 1);
  const due = createDispatcher(many);
  const busy = createSliceQueue(parts, "default", log, due);
  assert.equal(busy.isBusy(), false);
  const drafts = [due.due(0), due.due(0)].flat();
  busy.publish(drafts);
  assert.ok(drafts.length > 1100 && busy.isBusy(), `${drafts.length} drafts`);
  await eventually("room for more", () => !busy.isBusy());
  await eventually(
    "all of them",
    async () => (await bus.queuedSlices("default", run)).length === drafts.length,
  );
});

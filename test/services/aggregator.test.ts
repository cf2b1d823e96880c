/** An aggregator on a real NATS server that dies and starts again: what it goes on from, and what it keeps. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { connect, type JetStreamManager, type NatsConnection } from "nats";
import { type Bus, reportName, snapshotName } from "../../libs/bus/bus.ts";
import { connectBus } from "../../libs/bus/connect.ts";
import { contextOf } from "../../libs/fold/context.ts";
import { reportOf } from "../../libs/fold/report.ts";
import { createRunFold } from "../../libs/fold/run-fold.ts";
import { randomFor } from "../../libs/load/random.ts";
import type { Result } from "../../libs/protocol/result.ts";
import { RunEvent, RunRecord, runKey, specKey } from "../../libs/protocol/run.ts";
import { systemClock } from "../../libs/runtime/clock.ts";
import { createLog } from "../../libs/runtime/log.ts";
import { createRegistry } from "../../libs/runtime/metrics.ts";
import { type Aggregator, startAggregator } from "../../services/aggregator/aggregator.ts";
import { createAggregatorMetrics } from "../../services/aggregator/metrics.ts";
import { config, documentOf, queriesOf } from "../support/configs.ts";
import { eventually } from "../support/eventually.ts";
import { randomRan, slicesOf } from "../support/results.ts";
import { type NatsServer, startNats } from "../support/servers.ts";

let nats: NatsServer;
let bus: Bus;
let observer: NatsConnection;
let jsm: JetStreamManager;

before(async () => {
  nats = await startNats();
  bus = await connectBus({ url: nats.url, prefix: "lb", name: "test", waitForServer: false });
  await bus.provision(1);
  observer = await connect({ servers: nats.url.replace("nats://", "") });
  jsm = await observer.jetstreamManager();
});
after(async () => {
  await observer.close();
  await bus.close();
  await nats[Symbol.asyncDispose]();
});

async function aggregate(): Promise<Aggregator> {
  return startAggregator({
    bus,
    clock: systemClock,
    log: createLog("aggregator", "test", "silent"),
    runs: await bus.runsBucket(),
    reports: await bus.reportObjects(),
    metrics: createAggregatorMetrics(createRegistry("aggregator")),
    resultsDir: "/nowhere",
  });
}

const SPEC = {
  workload: { model: "count" as const, total_queries: 200, total_concurrent_users: 4, lanes: 4 },
  queries: queriesOf(3, 1),
};

/** A run as a coordinator would have accepted it, whose logs the test writes. */
async function acceptRun(id: string) {
  const bucket = await bus.runsBucket();
  const record: RunRecord = RunRecord.parse({
    ...{ v: 1, id, name: "test", model: "count", phase: "running", epoch: 1, revision: 1, seed: 1 },
    ...{ schedule_hash: "", created_ms: 0, slots_needed: 4 },
  });
  const fold = createRunFold(id, config(SPEC), 1);
  await bucket.put(specKey(id, 1), documentOf(SPEC));
  await bucket.put(runKey(id), record);
  let messages = 0;
  const options = () => ({ id: `${id}.${++messages}`, tries: 1 });

  async function result(of: Result): Promise<void> {
    const appended = await bus.append(bus.names.subjects.result(id, of.lane), of, options());
    assert.ok(appended.kind === "stored");
    fold.addEntry(of, appended.seq);
  }

  async function tell(body: object): Promise<void> {
    const event = RunEvent.parse({ v: 1, run: id, at_ms: 1000, epoch: 1, ...body });
    const appended = await bus.append(bus.names.subjects.event(id, event.type), event, options());
    assert.ok(appended.kind === "stored");
    fold.addEvent(event, appended.seq);
  }

  await tell({ type: "accepted", name: "test" });
  return {
    id,
    results: slicesOf(fold.plan).map((slice, index): Result => {
      return { ...randomRan(fold.plan, slice, randomFor(index, 1)), run: id };
    }),
    result,
    tell,
    async drain() {
      const end = { v: 1, kind: "end", run: id, lane: 0, epoch: 1, node: "coordinator" } as const;
      const appended = await bus.append(bus.names.subjects.result(id, 0), end, options());
      assert.ok(appended.kind === "stored");
      fold.addEntry(end, appended.seq);
      await tell({
        type: "drained",
        slices_published: Array.from({ length: fold.plan.lanes }, (_, lane) => fold.ledger.frontier(lane)),
        ...{ stopped: false, run_ms: 5000 },
      });
    },
    /** What the report must be, as it is stored. */
    expected: () => JSON.stringify(reportOf(fold, contextOf(documentOf(SPEC), [], bus.serverVersion))),
    finish: () => bucket.put(runKey(id), { ...record, phase: "completed" }),
  };
}

async function reportOfRun(id: string): Promise<string> {
  const objects = await bus.reportObjects();
  return eventually("the report", async () => objects.get(reportName(id)));
}

const reportedEvents = async (id: string) =>
  (await jsm.streams.info("LB_EVENTS", { subjects_filter: `lb.event.${id}.reported` })).state.subjects ?? {};

async function snapshotOf(id: string): Promise<string | undefined> {
  return (await bus.reportObjects()).get(snapshotName(id));
}

test("a new aggregator goes on from the snapshot, without what was folded before, to the same report", async () => {
  const run = await acceptRun("cut");
  const half = run.results.length / 2;
  const first = await aggregate();
  for (const result of run.results.slice(0, half)) await run.result(result);
  const last = (await jsm.streams.info("LB_RESULTS")).state.last_seq;
  await eventually("a snapshot of all that was said", async () => {
    const text = await snapshotOf("cut");
    return text !== undefined && JSON.parse(text).fold.seq === last;
  });
  await first.close();
  // What stands in the snapshot is not asked for again.
  await jsm.streams.purge("LB_RESULTS", { seq: last + 1 });
  for (const result of run.results.slice(half)) await run.result(result);
  await run.result({ ...run.results[0], attempt: 3, node: "zombie" } as Result);

  const second = await aggregate();
  assert.equal(second.runningTasks(), 1);
  await run.drain();
  assert.equal(await reportOfRun("cut"), run.expected());
  await eventually("the run to be let go", () => second.runningTasks() === 0);
  await eventually("the snapshot to be gone", async () => (await snapshotOf("cut")) === undefined);
  assert.equal(Object.values(await reportedEvents("cut"))[0], 1);
  await run.finish();
  await second.close();
});

test("a snapshot that cannot be read costs nothing but the time to fold the log again", async () => {
  const run = await acceptRun("unreadable");
  await (await bus.reportObjects()).put(snapshotName("unreadable"), '{"v":99}');
  for (const result of run.results) await run.result(result);
  await run.drain();
  const aggregator = await aggregate();
  assert.equal(await reportOfRun("unreadable"), run.expected());
  await eventually("the run to be let go", () => aggregator.runningTasks() === 0);
  await run.finish();
  await aggregator.close();
});

test("an aggregator that died between storing the report and saying so says it when it is back", async () => {
  const run = await acceptRun("unsaid");
  for (const result of run.results) await run.result(result);
  await run.drain();
  const objects = await bus.reportObjects();
  await objects.put(reportName("unsaid"), run.expected());
  const aggregator = await aggregate();
  assert.equal(aggregator.runningTasks(), 0, "it folds nothing");
  await eventually("the word", async () => Object.keys(await reportedEvents("unsaid")).length === 1);
  assert.equal(await objects.get(reportName("unsaid")), run.expected());
  await run.finish();
  await aggregator.close();
});

test("runs that are over are not folded again, and a run that comes later is", async () => {
  const aggregator = await aggregate();
  assert.equal(aggregator.runningTasks(), 0);
  const run = await acceptRun("later");
  for (const result of run.results) await run.result(result);
  await eventually("the run to be folded", () => aggregator.runningTasks() === 1);
  await run.drain();
  assert.equal(await reportOfRun("later"), run.expected());
  await eventually("the run to be let go", () => aggregator.runningTasks() === 0);
  await aggregator.close();
});

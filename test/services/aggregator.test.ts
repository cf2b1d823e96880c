/** An aggregator on a real NATS server that dies and starts again: what it goes on from, and what it keeps. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { connect, type JetStreamManager, type NatsConnection } from "nats";
import { type Bus, reportName, snapshotName } from "../../libs/bus/bus.ts";
import { connectBus } from "../../libs/bus/connect.ts";
import type { Result } from "../../libs/protocol/result.ts";
import { systemClock } from "../../libs/runtime/clock.ts";
import { createLog } from "../../libs/runtime/log.ts";
import { createRegistry } from "../../libs/runtime/metrics.ts";
import { type Aggregator, startAggregator } from "../../services/aggregator/aggregator.ts";
import { createAggregatorMetrics } from "../../services/aggregator/metrics.ts";
import { NO_PROCESSORS, type ProcessorSource } from "../../services/aggregator/processing/processing.ts";
import { acceptLogged } from "../support/accepted-run.ts";
import { eventually } from "../support/eventually.ts";
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

async function aggregate(processors: ProcessorSource = NO_PROCESSORS): Promise<Aggregator> {
  return startAggregator({
    bus,
    clock: systemClock,
    log: createLog("aggregator", "test", "silent"),
    runs: await bus.runsBucket(),
    reports: await bus.reportObjects(),
    metrics: createAggregatorMetrics(createRegistry("aggregator")),
    resultsDir: "/nowhere",
    processors,
  });
}

const acceptRun = (id: string) => acceptLogged(bus, id);

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

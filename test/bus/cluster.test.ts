/** The bus on a cluster of three: what was opened goes on when a node dies, also where that node never comes back. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { connect } from "nats";
import type { Bus } from "../../libs/bus/bus.ts";
import { connectBus } from "../../libs/bus/connect.ts";
import { eventually } from "../support/eventually.ts";
import { startNatsCluster } from "../support/nats-cluster.ts";

/** An election takes up to nine seconds, and several may follow one another. */
const RECOVERY_LIMIT_MS = 40_000;
const TRIES = 40;
/** Copies answer a few seconds after the start; by then, of so many keys some are asked for too early. */
const KEYS = 1200;

test("a log is followed on, in order and without gap, when the node that held its consumer is gone for good", async () => {
  await using cluster = await startNatsCluster();
  await using bus = await connectBus({ url: cluster.url, prefix: "lb", name: "test", waitForServer: false });
  await bus.provision(3);
  const { streams, subjects } = bus.names;
  const heard: number[] = [];
  const follower = await bus.follow(streams.results, subjects.resultsOfRun("run"), "now", (data) => {
    heard.push((JSON.parse(Buffer.from(data).toString()) as { n: number }).n);
  });
  await put(bus, 0, 1);
  await eventually("the first message", () => heard.length === 1);
  await cluster.node(await consumersNode(cluster.url, streams.results)).kill();
  await put(bus, 1, 20);
  await eventually("the messages after the death", () => heard.length >= 20, RECOVERY_LIMIT_MS);
  await follower.close();
  assert.deepEqual(
    heard,
    Array.from({ length: 20 }, (_, n) => n),
  );
});

test("a key that was just written is found at once, whichever node is asked: a copy may lag behind", async () => {
  await using cluster = await startNatsCluster();
  const connectTo = (url: string) => connectBus({ url, prefix: "lb", name: "test", waitForServer: false });
  await using writer = await connectTo(cluster.url);
  await writer.provision(3);
  await using first = await connectTo(cluster.node("nats-1").url);
  await using second = await connectTo(cluster.node("nats-2").url);
  await using third = await connectTo(cluster.node("nats-3").url);
  const written = await writer.runsBucket();
  const readers = await Promise.all([first, second, third].map((bus) => bus.runsBucket()));
  for (let n = 0; n < KEYS; n++) {
    await written.create(`run.${n}`, { n });
    for (const bucket of readers) assert.deepEqual((await bucket.get(`run.${n}`))?.value, { n });
  }
});

async function put(bus: Bus, from: number, to: number): Promise<void> {
  for (let n = from; n < to; n++)
    await bus.append(bus.names.subjects.result("run", 0), { n }, { id: `${n}`, tries: TRIES });
}

/** The node that holds the only consumer of a stream. */
async function consumersNode(url: string, stream: string): Promise<string> {
  const observer = await connect({ servers: url.split(",").map((one) => one.replace("nats://", "")) });
  const jsm = await observer.jetstreamManager();
  const consumers = await jsm.consumers.list(stream).next();
  await observer.close();
  assert.equal(consumers.length, 1);
  return consumers[0]?.cluster?.leader ?? "";
}

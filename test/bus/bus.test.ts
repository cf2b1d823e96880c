/** The bus on a real NATS server: what the protocol rests on. */

import assert from "node:assert/strict";
import { createServer } from "node:net";
import { after, before, test } from "node:test";
import { connect, type JetStreamManager, type NatsConnection } from "nats";
import { type Bus, LEASE_TTL_MS, SLICE_ACK_WAIT_MS, type SliceDelivery } from "../../libs/bus/bus.ts";
import { connectBus } from "../../libs/bus/connect.ts";
import { systemClock } from "../../libs/runtime/clock.ts";
import { campaign } from "../../services/coordinator/lease.ts";
import { eventually } from "../support/eventually.ts";
import { type NatsServer, startNats } from "../support/servers.ts";

let nats: NatsServer;
let bus: Bus;
/** A client of its own, to look at what the server holds. */
let observer: NatsConnection;
let jsm: JetStreamManager;

const connectAs = (name: string) => connectBus({ url: nats.url, prefix: "lb", name, waitForServer: false });

before(async () => {
  nats = await startNats();
  bus = await connectAs("test");
  observer = await connect({ servers: nats.url.replace("nats://", "") });
  jsm = await observer.jetstreamManager();
  await bus.provision(1);
});
after(async () => {
  await observer.close();
  await bus.close();
  await nats[Symbol.asyncDispose]();
});

const slice = (run: string, window: number) => bus.names.subjects.slice("default", run, 0, window);
const once = { tries: 1 };

/** Pulls with a number of slots that nothing frees. */
function pullInto(on: Bus, slots: number) {
  const taken: SliceDelivery[] = [];
  const capacity = {
    free: () => slots - taken.length,
    changed: () => new Promise<void>((resolve) => setTimeout(resolve, 5)),
  };
  const puller = on.pullSlices("default", capacity, (delivery) => taken.push(delivery), assert.ifError);
  return { taken, puller };
}

test("making the streams a second time changes nothing", async () => {
  await bus.provision(1);
  const { config } = await jsm.streams.info(bus.names.streams.slices);
  assert.deepEqual(
    [config.max_msgs_per_subject, config.discard_new_per_subject, config.retention],
    [1, true, "workqueue"],
  );
});

test("a slice that is published twice with the same id is stored once; a second copy on its subject finds the first one there", async () => {
  const first = await bus.append(slice("twice", 0), { n: 1 }, { id: "twice.0", ...once });
  const again = await bus.append(slice("twice", 0), { n: 1 }, { id: "twice.0", ...once });
  assert.ok(first.kind === "stored" && again.kind === "stored");
  assert.deepEqual([first.duplicate, again.duplicate, first.seq === again.seq], [false, true, true]);
  const copy = await bus.append(slice("twice", 0), { n: 2 }, { id: "twice.0.other", ...once });
  assert.equal(copy.kind, "present");
  assert.deepEqual(await bus.queuedSlices("default", "twice"), [slice("twice", 0)]);
  assert.equal(await bus.sliceSubject(first.seq), slice("twice", 0));
  assert.equal(await bus.lastSliceSeq(), first.seq);
  await bus.purgeSlices("default", "twice");
  assert.equal((await jsm.streams.info(bus.names.streams.slices)).state.messages, 0);
});

test("a slice that a worker holds can be taken out of the queue and put in anew, and goes to another", async () => {
  const subject = slice("anew", 0);
  const first = await bus.append(subject, { n: 1 }, { id: "anew.0", ...once });
  assert.ok(first.kind === "stored");
  const { taken, puller } = pullInto(bus, 1);
  await eventually("the slice to be delivered", () => taken.length === 1);
  await puller.stop();
  assert.equal(await bus.deleteSlice(first.seq), true);
  assert.equal(await bus.deleteSlice(first.seq), false);
  await bus.append(subject, { n: 2 }, { id: "anew.0.after", ...once });
  const other = pullInto(bus, 1);
  await eventually("the slice to be delivered anew", () => other.taken.length === 1);
  assert.deepEqual([other.taken[0]?.attempt, other.taken[0]?.subject], [1, subject]);
  // The first holder's word means nothing any more.
  taken[0]?.giveBack();
  await other.taken[0]?.ack();
  await other.puller.stop();
  assert.equal((await jsm.streams.info(bus.names.streams.slices)).state.messages, 0);
});

test("nobody listens on the subject of a process that is gone, and that is known at once", async () => {
  const other = await connectAs("other");
  other.serve("lb.presence.other", () => ({}));
  await eventually("the other to be heard", () => bus.isHeard("lb.presence.other", 1000));
  await other.close();
  await eventually(
    "the other to be gone",
    async () => (await bus.isHeard("lb.presence.other", 10_000)) === false,
    2000,
  );
  const silent = bus.subscribe("lb.presence.silent", () => undefined);
  assert.equal(await bus.isHeard("lb.presence.silent", 50), undefined, "silence says neither");
  silent.close();
});

test("a worker is handed no more slices than it has slots; what it gives back goes to another at once", async () => {
  for (let window = 0; window < 6; window++)
    await bus.append(slice("slots", window), {}, { id: `slots.${window}`, ...once });
  await using one = await connectAs("one");
  await using two = await connectAs("two");
  const first = pullInto(one, 4);
  await eventually("four slices", () => first.taken.length === 4);
  const second = pullInto(two, 6);
  await eventually("the other two", () => second.taken.length === 2);
  await first.puller.stop();
  const askedMs = performance.now();
  for (const delivery of first.taken) delivery.giveBack();
  await eventually("those that were given back", () => second.taken.length === 6);
  assert.ok(performance.now() - askedMs < 1000);
  assert.deepEqual(second.taken.map(({ attempt }) => attempt).sort(), [1, 1, 2, 2, 2, 2]);
  for (const delivery of second.taken) await delivery.ack();
  await second.puller.stop();
  assert.equal((await jsm.streams.info(bus.names.streams.slices)).state.messages, 0);
});

test("a slice whose worker falls silent is delivered again after the wait, and not while it says that it works", async () => {
  await bus.append(slice("silent", 0), {}, { id: "silent.0", ...once });
  const one = await connectAs("one");
  const first = pullInto(one, 1);
  await eventually("the slice", () => first.taken.length === 1);
  const working = setInterval(() => first.taken[0]?.working(), 1000);
  await using two = await connectAs("two");
  const second = pullInto(two, 1);
  const startedMs = performance.now();
  await eventually(
    "more than the wait to pass",
    () => performance.now() - startedMs > SLICE_ACK_WAIT_MS + 1000,
  );
  assert.equal(second.taken.length, 0);
  clearInterval(working);
  const silentMs = performance.now();
  await eventually("the second delivery", () => second.taken.length === 1);
  assert.ok(performance.now() - silentMs < SLICE_ACK_WAIT_MS + 500);
  assert.equal(second.taken[0]?.attempt, 2);
  await second.taken[0]?.ack();
  await Promise.all([first.puller.stop(), second.puller.stop()]);
  await one.close();
});

test("a log is followed from its beginning or from now on, in order and without gap", async () => {
  const subject = bus.names.subjects.result("log", 0);
  for (let n = 0; n < 50; n++) await bus.append(subject, { n }, { id: `log.${n}`, ...once });
  const all: number[] = [];
  const later: number[] = [];
  const numberOf = (data: Uint8Array) => (JSON.parse(Buffer.from(data).toString()) as { n: number }).n;
  const fromStart = await bus.follow(bus.names.streams.results, subject, "beginning", (data) =>
    all.push(numberOf(data)),
  );
  const fromNow = await bus.follow(bus.names.streams.results, subject, "now", (data) =>
    later.push(numberOf(data)),
  );
  for (let n = 50; n < 100; n++) await bus.append(subject, { n }, { id: `log.${n}`, ...once });
  await eventually("everything", () => all.length === 100 && later.length === 50);
  assert.deepEqual(
    all,
    Array.from({ length: 100 }, (_, n) => n),
  );
  assert.deepEqual(
    later,
    Array.from({ length: 50 }, (_, n) => n + 50),
  );
  await Promise.all([fromStart.close(), fromNow.close()]);
});

test("of two candidates one leads; when it steps down the other leads at once, in a higher epoch", async () => {
  const bucket = await bus.leaseBucket();
  let stopped = false;
  const first = await campaign(bucket, "a", systemClock, () => stopped);
  const second = campaign(bucket, "b", systemClock, () => stopped);
  assert.ok(first);
  const early = await Promise.race([
    second,
    new Promise((resolve) => setTimeout(() => resolve("waits"), 2500)),
  ]);
  assert.equal(early, "waits", "the lease is renewed and not taken over");
  const releasedMs = performance.now();
  await first.release();
  await first.lost;
  const next = await second;
  assert.ok(next && next.epoch > first.epoch);
  assert.ok(performance.now() - releasedMs < 2000);
  await next.release();
  stopped = true;
});

test("a lease that nobody renews any more is taken over after its length, in a higher epoch", async () => {
  const bucket = await bus.leaseBucket();
  // A leader that took the lease and died.
  const epoch = await bucket.create("leader", { node: "dead" });
  assert.ok(epoch !== undefined);
  const startedMs = performance.now();
  const lease = await campaign(bucket, "b", systemClock, () => false);
  const waitedMs = performance.now() - startedMs;
  assert.ok(lease && lease.epoch > epoch);
  assert.ok(waitedMs > LEASE_TTL_MS - 500 && waitedMs < LEASE_TTL_MS + 1000, `taken after ${waitedMs} ms`);
  const stillB = await bucket.get("leader");
  await bucket.delete("leader", epoch);
  assert.deepEqual(await bucket.get("leader"), stillB, "one that steps down late takes nobody's lease away");
  await lease.release();
  assert.equal(await bucket.get("leader"), undefined);
});

test("a server that is too old is refused with its version and a remedy", async () => {
  const server = createServer((socket) => {
    socket.write('INFO {"server_id":"x","version":"2.9.10","max_payload":1048576,"proto":1}\r\n');
    socket.on("data", (data) => {
      if (data.includes("PING")) socket.write("PONG\r\n");
    });
    socket.on("error", () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  await assert.rejects(
    connectBus({
      url: `nats://user:secret@127.0.0.1:${port}`,
      prefix: "lb",
      name: "x",
      waitForServer: false,
    }),
    (error: Error) =>
      /version 2\.9\.10; 2\.10 is the oldest/.test(error.message) && !error.message.includes("secret"),
  );
  server.close();
});

test("what is said while the connection is taken down, or after it, is dropped", async () => {
  const leaving = await connectAs("leaving");
  const closing = leaving.close();
  leaving.publish(leaving.names.subjects.log("leaving"), {});
  await closing;
  leaving.publish(leaving.names.subjects.log("leaving"), {});
  assert.ok(leaving.isClosed());
});

test("a log that is followed while the connection is taken down ends there without an error", async () => {
  const leaving = await connectAs("leaving");
  const subject = leaving.names.subjects.result("left", 0);
  const numbers = Array.from({ length: 600 }, (_, n) => n);
  await Promise.all(numbers.map((n) => bus.append(subject, { n }, { id: `left.${n}`, ...once })));
  const closed = new Promise<void>((resolve, reject) => {
    let heard = 0;
    void leaving.follow(leaving.names.streams.results, subject, "beginning", () => {
      // The last of a request: another one would follow it.
      if (++heard === 500) leaving.close().then(resolve, reject);
    });
  });
  await closed;
  assert.ok(leaving.isClosed());
});

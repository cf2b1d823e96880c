/** The simulated broker keeps the rules of the real one, as far as the services rest on them. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { LEASE_TTL_MS, MAX_DELIVER, SLICE_ACK_WAIT_MS } from "../../libs/bus/bus.ts";
import { type Broker, createBroker } from "./broker.ts";
import type { Link } from "./link.ts";
import { createSchedule, type Schedule } from "./schedule.ts";

const NOBODY = {
  stored: () => undefined,
  published: () => undefined,
  written: () => undefined,
  heldUp: () => undefined,
};
const DATA = new Uint8Array();
const SLICE = "lb.slice.default.run.0.0";

function brokerOf(dedupeMs = 120_000): { schedule: Schedule; broker: Broker } {
  const schedule = createSchedule();
  return { schedule, broker: createBroker(schedule, { dedupeMs, queueRoom: 2 }, NOBODY) };
}

/** Lets a time pass. */
function pass(schedule: Schedule, delayMs: number): void {
  let over = false;
  schedule.in(delayMs, () => {
    over = true;
  });
  while (!over) schedule.step();
}

/** A worker that takes all there is and answers nothing. @returns what it got, as [seq, attempt] */
function pullAll({ schedule, broker }: { schedule: Schedule; broker: Broker }) {
  const taken: [number, number][] = [];
  const consumer = broker.consumer(broker.streams.slices, "workers-default", "lb.slice.default.>");
  assert.ok(consumer);
  consumer.pull({
    link: { wasSlow: () => false } as unknown as Link,
    remaining: 100,
    expiresMs: schedule.nowMs() + 1e6,
    deliver: ({ seq }, attempt) => taken.push([seq, attempt]),
    expired: () => undefined,
  });
  return { taken, consumer };
}

test("a message with an id that was seen is stored once, in a queue only until the server starts anew", () => {
  const { broker } = brokerOf();
  const { slices, results } = broker.streams;
  const again = (stream: typeof slices, subject: string) => stream.append(subject, DATA, "id", 0, undefined);
  assert.deepEqual(again(slices, SLICE), { kind: "stored", seq: 1, duplicate: false });
  assert.deepEqual(again(slices, SLICE), { kind: "stored", seq: 1, duplicate: true });
  again(results, "lb.result.run.0");
  slices.remove(1);
  broker.stop();
  broker.start();
  assert.deepEqual(again(slices, SLICE), { kind: "stored", seq: 2, duplicate: false });
  assert.deepEqual(again(results, "lb.result.run.0"), { kind: "stored", seq: 1, duplicate: true });
});

test("the queue holds one message per subject, and only as many as it has room for", () => {
  const { slices } = brokerOf().broker.streams;
  const append = (subject: string, id: string) => slices.append(subject, DATA, id, 0, undefined).kind;
  assert.equal(append(SLICE, "a"), "stored");
  assert.equal(append(SLICE, "b"), "present");
  assert.equal(append("lb.slice.default.run.1.0", "c"), "stored");
  assert.equal(append("lb.slice.default.run.2.0", "d"), "full");
});

test("a slice that nobody acknowledges is delivered again and again, and at last given up with a word", () => {
  const { schedule, broker } = brokerOf();
  broker.streams.slices.append(SLICE, DATA, "a", 0, undefined);
  const { taken } = pullAll({ schedule, broker });
  pass(schedule, SLICE_ACK_WAIT_MS * (MAX_DELIVER + 2));
  assert.deepEqual(
    taken,
    Array.from({ length: MAX_DELIVER }, (_, at) => [1, at + 1]),
  );
  const [advisory] = [...broker.streams.dead.all()];
  assert.equal(JSON.parse(new TextDecoder().decode(advisory?.data)).stream_seq, 1);
  assert.ok(broker.streams.slices.get(1), "it stays in the queue until it is purged");
});

test("a slice that is being worked on is not given to others, one that is given back is at once", () => {
  const { schedule, broker } = brokerOf();
  broker.streams.slices.append(SLICE, DATA, "a", 0, undefined);
  const { taken, consumer } = pullAll({ schedule, broker });
  for (let second = 0; second < 10; second++) {
    pass(schedule, 1000);
    consumer.working(1);
  }
  assert.equal(taken.length, 1);
  consumer.giveBack(1, 0);
  assert.deepEqual(taken.at(-1), [1, 2]);
  consumer.ack(1);
  pass(schedule, 10 * SLICE_ACK_WAIT_MS);
  assert.equal(taken.length, 2);
  assert.equal(broker.streams.slices.get(1), undefined);
});

test("the lease is there until nobody has renewed it for its length; a stale revision changes nothing", () => {
  const { schedule, broker } = brokerOf();
  const epoch = broker.lease.create("leader", "{}");
  assert.equal(epoch, 1);
  assert.equal(broker.lease.create("leader", "{}"), undefined);
  pass(schedule, LEASE_TTL_MS - 1);
  assert.equal(broker.lease.update("leader", "{}", 1), 2);
  assert.equal(broker.lease.update("leader", "{}", 1), undefined);
  pass(schedule, LEASE_TTL_MS + 1);
  assert.equal(broker.lease.get("leader"), undefined);
  assert.equal(broker.lease.create("leader", "{}"), 3);
});

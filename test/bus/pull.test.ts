/** How workers pull slices from a real NATS: evenly, no more than they have slots for, and without losing any when they stop. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Bus, SliceDelivery } from "../../libs/bus/bus.ts";
import { connectBus } from "../../libs/bus/connect.ts";
import { eventually } from "../support/eventually.ts";
import { type NatsServer, startNats } from "../support/servers.ts";

let nats: NatsServer;
let bus: Bus;
const connectAs = (name: string) => connectBus({ url: nats.url, prefix: "lb", name, waitForServer: false });

before(async () => {
  nats = await startNats();
  bus = await connectAs("test");
  await bus.provision(1);
});
after(async () => {
  await bus.close();
  await nats[Symbol.asyncDispose]();
});

/** A worker that only pulls: with so many slots, which may change. */
function pullerOf(on: Bus, slots: number, isDoneAtOnce = false) {
  const taken: SliceDelivery[] = [];
  let wake: () => void = () => undefined;
  const capacity = {
    slots,
    free: () => Math.max(0, capacity.slots - taken.length),
    changed: () =>
      new Promise<void>((resolve) => {
        wake = resolve;
      }),
    resize(changed: number) {
      capacity.slots = changed;
      wake();
    },
  };
  function take(delivery: SliceDelivery): void {
    taken.push(delivery);
    if (isDoneAtOnce) void delivery.ack();
  }
  const puller = on.pullSlices("default", capacity, take, assert.ifError);
  async function stop(): Promise<void> {
    const stopping = puller.stop();
    wake();
    await stopping;
  }
  return { taken, stop, capacity };
}

/** Enough to be done long before the first slice would be delivered again: nobody says here that it works. */
const AT_ONCE = 20;

async function publish(run: string, first: number, count: number, atOnce = AT_ONCE): Promise<void> {
  const append = (window: number) => {
    const subject = bus.names.subjects.slice("default", run, 0, window);
    return bus.append(subject, {}, { id: `${run}.${window}`, tries: 3 });
  };
  for (let window = first; window < first + count; window += atOnce) {
    const some = Math.min(atOnce, first + count - window);
    await Promise.all(Array.from({ length: some }, (_, index) => append(window + index)));
  }
}

test("workers that all have free slots get equal shares, one that joins gets its own, one that leaves leaves nothing behind", async () => {
  const run = "shares";
  await using first = await connectAs("first");
  await using second = await connectAs("second");
  await using third = await connectAs("third");
  const pullers = [pullerOf(first, 1000, true), pullerOf(second, 1000, true)];
  const shares = () => pullers.map(({ taken }) => taken.length);
  await publish(run, 0, 100, 1);
  await eventually("all slices", () => shares().reduce((sum, share) => sum + share) === 100);
  for (const share of shares()) assert.ok(Math.abs(share - 50) <= 5, `${shares()}`);
  const before = shares();
  pullers.push(pullerOf(third, 1000, true));
  await publish(run, 100, 150, 1);
  await eventually("all slices", () => shares().reduce((sum, share) => sum + share) === 250);
  const gained = shares().map((share, index) => share - (before[index] ?? 0));
  for (const share of gained) assert.ok(Math.abs(share - 50) <= 5, `${gained}`);
  await Promise.all(pullers.map(({ stop }) => stop()));
});

test("a worker that stops in the middle of a stream of slices loses none: others have them at once", async () => {
  const run = "stop";
  await using leaving = await connectAs("leaving");
  await using staying = await connectAs("staying");
  const first = pullerOf(leaving, 2000);
  const second = pullerOf(staying, 2000);
  const publishing = publish(run, 0, 600);
  await eventually("some slices", () => first.taken.length > 50);
  await first.stop();
  const hadAtStop = first.taken.length;
  await publishing;
  const publishedMs = performance.now();
  await eventually("every other slice", () => first.taken.length + second.taken.length === 600);
  // One that got lost on its way would come only after its wait, seconds later.
  assert.ok(performance.now() - publishedMs < 3000);
  assert.equal(first.taken.length, hadAtStop);
  await second.stop();
  for (const delivery of [...first.taken, ...second.taken]) await delivery.ack();
});

test("a worker that has fewer slots than before is handed no more than those, though it had asked for more", async () => {
  const run = "fewer";
  await using one = await connectAs("one");
  const { taken, stop, capacity } = pullerOf(one, 50);
  await publish(run, 0, 5);
  await eventually("the first slices", () => taken.length === 5);
  capacity.resize(8);
  // By the first answer it is said that the larger request is called off; the second one shows that the server has heard it.
  await one.lastSliceSeq();
  await one.lastSliceSeq();
  await publish(run, 5, 10);
  await eventually("as many as it has slots", () => taken.length === 8);
  await using other = await connectAs("other");
  const second = pullerOf(other, 50);
  await eventually("the rest, at once", () => second.taken.length === 7, 3000);
  assert.equal(taken.length, 8);
  await Promise.all([stop(), second.stop()]);
  for (const delivery of [...taken, ...second.taken]) await delivery.ack();
});

/** A worker's slots: how many there are, which are free, and who is told when one becomes so. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { createSlots, slotsFor } from "../../services/worker/slices/slots.ts";

/** Whether a promise has resolved once everything that is ready has run. */
async function hasResolved(promise: Promise<void>): Promise<boolean> {
  let resolved = false;
  void promise.then(() => {
    resolved = true;
  });
  await setImmediate();
  return resolved;
}

test("a slot is taken by a slice and comes back with it", () => {
  const slots = createSlots(3);
  assert.deepEqual([slots.total(), slots.busy(), slots.free()], [3, 0, 3]);
  slots.take();
  slots.take();
  assert.deepEqual([slots.total(), slots.busy(), slots.free()], [3, 2, 1]);
  slots.release();
  assert.deepEqual([slots.total(), slots.busy(), slots.free()], [3, 1, 2]);
});

test("who waits for a slot is woken by the next one that comes free, and not before", async () => {
  const slots = createSlots(1);
  slots.take();
  const [one, other] = [slots.changed(), slots.changed()];
  assert.equal(await hasResolved(one), false);
  slots.release();
  assert.equal(await hasResolved(one), true);
  assert.equal(await hasResolved(other), true);
  // Who asks again waits for the next change.
  assert.equal(await hasResolved(slots.changed()), false);
});

test("a worker that is to stop has no free slots, and nobody waits for one", async () => {
  const slots = createSlots(2);
  slots.take();
  const waiting = slots.changed();
  slots.close();
  assert.equal(await hasResolved(waiting), true);
  assert.equal(slots.free(), 0);
  slots.release();
  assert.equal(slots.free(), 0);
  assert.equal(slots.busy(), 0);
  assert.equal(await hasResolved(slots.changed()), true);
});

test("a worker that may not take up work has no free slots, and whoever waits hears of the change", async () => {
  let mayTake = false;
  const slots = createSlots(3, () => mayTake);
  assert.equal(slots.free(), 0);
  const waiting = slots.changed();
  mayTake = true;
  slots.recheck();
  assert.equal(await hasResolved(waiting), true);
  assert.equal(slots.free(), 3);
});

test("a worker may have fewer slots than slices for a while: none is free until enough have gone", async () => {
  const slots = createSlots(4);
  for (let slice = 0; slice < 4; slice++) slots.take();
  const waiting = slots.changed();
  slots.resize(2);
  assert.equal(await hasResolved(waiting), true);
  assert.deepEqual([slots.full, slots.total(), slots.busy(), slots.free()], [4, 2, 4, 0]);
  for (let slice = 0; slice < 3; slice++) slots.release();
  assert.equal(slots.free(), 1);
});

const CAPACITIES: readonly (readonly [name: string, cpuCores: number, memoryMb: number, slots: number])[] = [
  ["a core has 128 slots", 1, 4096, 128],
  ["more cores do not help one process", 16, 4096, 128],
  ["half a core has half of them", 0.5, 4096, 64],
  ["little memory has few: 2 MB each", 1, 100, 50],
  ["the tightest container has four all the same", 0.01, 1, 4],
];

for (const [name, cpuCores, memoryMb, slots] of CAPACITIES) {
  test(`slots from what a process may use: ${name}`, () => {
    assert.equal(slotsFor(cpuCores, memoryMb), slots);
  });
}

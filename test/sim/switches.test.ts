/** Leaders that change again and again, in virtual time: a short one of `npm run sim -- --switches 10000`. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { playSwitches } from "./switches.ts";

test("a hundred leaders die, freeze or are cut off while runs go on: the books are right, and nothing stays open", async () => {
  const options = { seed: 1, switches: 100, warmUp: 20, sampleEvery: 20 };
  const { switches, runs, faults, violations, before, after, heap } = await playSwitches(options);
  assert.deepEqual(violations, []);
  assert.equal(switches, 100);
  assert.ok(runs > 10, `${runs} runs went on meanwhile`);
  for (const kind of ["crash", "freeze", "partition"]) assert.ok((faults[kind] ?? 0) > 10, `${kind} happens`);
  assert.ok((before["timers of coordinators"] ?? 0) > 2 && (before.subscriptions ?? 0) > 2);
  assert.deepEqual(after, before);
  assert.equal(heap.length, 5, "the heap is measured again and again");
});

/** The queue of a processor: whatever a processor does, the queue goes on, and does not grow. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { createLane, type Job, type Outcome } from "../../libs/processors/lane.ts";
import { manualClock } from "../support/manual-clock.ts";

const FOREVER = new Promise<never>(() => undefined);
/** All that is ready to go on does. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

function laneUnderTest() {
  const clock = manualClock();
  const lane = createLane(clock);
  const outcomes: [string, Outcome][] = [];
  const called: string[] = [];
  const push = (name: string, call: Job["call"], freshMs?: number) =>
    lane.push({
      limitMs: 1000,
      ...(freshMs !== undefined && { freshMs }),
      call(signal) {
        called.push(name);
        return call(signal);
      },
      done: (outcome) => outcomes.push([name, outcome]),
    });
  return { clock, lane, push, called, outcomes };
}

test("calls are made one after the other, in order", async () => {
  const { lane, push, called } = laneUnderTest();
  let finish = () => {};
  push("first", () => new Promise((resolve) => (finish = resolve)));
  push("second", () => undefined);
  await settled();
  assert.deepEqual(called, ["first"]);
  finish();
  await lane.idle();
  assert.deepEqual(called, ["first", "second"]);
});

test("one that throws, at once or later, or never ends is told apart, and the next one is called", async () => {
  const { clock, push, outcomes } = laneUnderTest();
  const aborted: unknown[] = [];
  push("throws", () => {
    throw new Error("no");
  });
  push("rejects", () => Promise.reject(new Error("not now")));
  push("hangs", (signal) => {
    signal.addEventListener("abort", () => aborted.push(signal.reason));
    return FOREVER;
  });
  push("works", () => undefined);
  await settled();
  clock.advance(1000);
  await settled();
  assert.deepEqual(outcomes, [
    ["throws", { kind: "failed", why: "no" }],
    ["rejects", { kind: "failed", why: "not now" }],
    ["hangs", { kind: "failed", why: "it took longer than 1 s" }],
    ["works", { kind: "done" }],
  ]);
  assert.equal(aborted.length, 1, "it was told to end");
});

test("behind one that hangs, a hundred windows wait at most, and what waited too long is dropped; ends are kept", async () => {
  const { clock, push, outcomes, called } = laneUnderTest();
  push("hangs", () => FOREVER);
  for (let index = 0; index < 150; index++) push(`window ${index}`, () => undefined, 500);
  push("end", () => undefined);
  assert.equal(outcomes.filter(([, { kind }]) => kind === "dropped").length, 50);
  await settled();
  clock.advance(1000);
  await settled();
  assert.deepEqual(called, ["hangs", "end"]);
  assert.deepEqual(outcomes.at(-1), ["end", { kind: "done" }]);
  assert.equal(outcomes.length, 152, "of each one it is said what became of it");
});

test("one that is stopped aborts what is under way, and calls nothing more", async () => {
  const { lane, push, outcomes, called } = laneUnderTest();
  push("hangs", () => FOREVER);
  push("waits", () => undefined);
  await settled();
  lane.stop();
  await lane.idle();
  assert.deepEqual([called, outcomes], [["hangs"], []]);
});

/** The worker's pacer: what is due is done in its order, never early, and as near to its time as the machine allows. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { systemClock } from "../../libs/runtime/clock.ts";
import { systemFineWait } from "../../libs/runtime/fine-wait.ts";
import { createDueQueue, type DueSource } from "../../services/worker/attempt/due-queue.ts";
import { createPacer, type Precision } from "../../services/worker/attempt/pacer.ts";
import { Places } from "../../services/worker/attempt/places.ts";
import { eventually } from "../support/eventually.ts";
import { manualClock } from "../support/manual-clock.ts";

const nothing = () => undefined;

/** A source of times; each firing writes down what it did, and when. */
function sourceOf(
  now: () => number,
  timesMs: number[],
  { needsPlace = false, hasPlace = () => true }: { needsPlace?: boolean; hasPlace?: () => boolean } = {},
) {
  const done: { dueMs: number; atMs: number }[] = [];
  const source: DueSource = {
    needsPlace,
    nextDueMs: () => timesMs[0] ?? Number.POSITIVE_INFINITY,
    fire() {
      const atMs = now();
      while (timesMs[0] !== undefined && timesMs[0] <= atMs && hasPlace()) {
        done.push({ dueMs: timesMs.shift() as number, atMs });
      }
    },
  };
  return { source, done, timesMs };
}

const anyTimes = fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 20 });

test("on timers alone everything is done once, in order, not early, and within the shortest timer of its time", () => {
  fc.assert(
    fc.property(fc.array(anyTimes, { minLength: 1, maxLength: 8 }), (lists) => {
      const clock = manualClock(0);
      const pacer = createPacer(clock, clock.nowMs, nothing);
      const sources = lists.map((times) =>
        sourceOf(
          clock.nowMs,
          [...times].sort((a, b) => a - b),
        ),
      );
      for (const { source } of sources) pacer.add(source);
      clock.advance(500);
      sources.forEach(({ done }, index) => {
        assert.equal(done.length, lists[index]?.length);
        for (const { dueMs, atMs } of done)
          assert.ok(atMs >= dueMs && atMs <= dueMs + 1, `${dueMs} at ${atMs}`);
      });
    }),
  );
});

test("the queue of due times agrees with a sorted list, whatever is put in, moved and taken out", () => {
  const anyStep = fc.record({ source: fc.nat(12), dueMs: fc.nat(50), isRemoval: fc.boolean() });
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 200 }), (steps) => {
      const { source } = sourceOf(() => 0, []);
      const sources = Array.from({ length: 13 }, () => ({ ...source }));
      const queue = createDueQueue();
      const oracle = new Map<DueSource, number>();
      for (const step of steps) {
        const chosen = sources[step.source] as DueSource;
        if (step.isRemoval) {
          queue.remove(chosen);
          oracle.delete(chosen);
        } else {
          queue.set(chosen, step.dueMs);
          oracle.set(chosen, step.dueMs);
        }
        const first = queue.first();
        assert.equal(first?.dueMs ?? Number.POSITIVE_INFINITY, Math.min(...oracle.values()));
        assert.equal(first && oracle.get(first.source), first?.dueMs);
        for (const each of sources) assert.equal(queue.has(each), oracle.has(each));
      }
    }),
  );
});

test("without a free place the earliest goes first, others are not asked, and users that wait are not held up", () => {
  const clock = manualClock(0);
  const pacer = createPacer(clock, clock.nowMs, nothing);
  let places = 0;
  const hasPlace = () => places-- > 0;
  let asked = 0;
  const sources = [20, 10, 30].map((dueMs) => {
    const limited = sourceOf(clock.nowMs, [dueMs], { needsPlace: true, hasPlace });
    const { fire } = limited.source;
    limited.source.fire = (nowMs) => {
      asked++;
      fire(nowMs);
    };
    return limited;
  });
  const user = sourceOf(clock.nowMs, [40]);
  for (const { source } of [...sources, user]) pacer.add(source);
  clock.advance(50);
  assert.deepEqual(
    [...sources, user].map(({ done }) => done.length),
    [0, 0, 0, 1],
  );
  asked = 0;
  places = 1;
  pacer.drain();
  assert.deepEqual(
    sources.map(({ done }) => done.length),
    [0, 1, 0],
  );
  assert.equal(asked, 2, "the one that got the place, and one that found none");
});

test("a source that is due sooner than it was is not slept past", () => {
  const clock = manualClock(0);
  const pacer = createPacer(clock, clock.nowMs, nothing);
  const { source, done, timesMs } = sourceOf(clock.nowMs, [45]);
  pacer.add(source);
  timesMs.unshift(7);
  pacer.moved(source);
  clock.advance(20);
  assert.deepEqual(done, [{ dueMs: 7, atMs: 7 }]);
});

/** A fine wait on a clock that the test moves: turns come when the test says so, and a doze takes its time. */
function waitOfTest(clock: ReturnType<typeof manualClock>, allowedMs: () => number) {
  const turns: (() => void)[] = [];
  const dozes: number[] = [];
  const precision: Precision = {
    wait: {
      nextTurn: (call) => turns.push(call),
      doze(durationMs) {
        dozes.push(durationMs);
        clock.freeze(durationMs);
      },
    },
    allowedMs,
  };
  const turn = () => {
    for (const call of turns.splice(0)) call();
  };
  return { precision, turns, dozes, turn };
}

test("a timer takes it near, and where the thread may stand still it does so to the very time, with turns between", () => {
  const clock = manualClock(0);
  const { precision, turns, dozes, turn } = waitOfTest(clock, () => 0.5);
  const pacer = createPacer(clock, clock.nowMs, nothing, precision);
  const { source, done } = sourceOf(clock.nowMs, [20.25, 20.75]);
  pacer.add(source);
  assert.equal(turns.length, 0, "it is far away");
  clock.advance(19);
  for (let count = 0; count < 20; count++) turn();
  assert.deepEqual(done, [
    { dueMs: 20.25, atMs: 20.25 },
    { dueMs: 20.75, atMs: 20.75 },
  ]);
  assert.ok(Math.max(...dozes) <= 0.5);
  assert.equal(turns.length, 0, "nothing is left to wait for");
});

test("while the thread may not stand still, timers are waited for, and nothing spins", () => {
  const clock = manualClock(0);
  const { precision, turns, dozes } = waitOfTest(clock, () => 0);
  const pacer = createPacer(clock, clock.nowMs, nothing, precision);
  const { source, done } = sourceOf(clock.nowMs, [0.5, 1.25, 30.5]);
  pacer.add(source);
  clock.advance(40);
  assert.equal(done.length, 3);
  for (const { dueMs, atMs } of done) assert.ok(atMs >= dueMs && atMs <= dueMs + 1);
  assert.deepEqual([turns, dozes], [[], []]);
});

test("the thread stands still freely while nothing is awaited, and else for a hundredth of the quickest answer", () => {
  const places = new Places(10);
  assert.equal(places.dozeMs(), 0.5);
  const ask = (serviceMs: number, times: number) => {
    for (let count = 0; count < times; count++) {
      places.take();
      places.free(serviceMs);
    }
  };
  places.take();
  assert.equal(places.dozeMs(), 0, "nothing is known of the answers yet");
  ask(20, 1000);
  assert.ok(Math.abs(places.dozeMs() - 0.2) < 1e-9);
  ask(1, 1);
  assert.equal(places.dozeMs(), 0, "a hundredth of a quick one is not worth it");
  ask(20, 1000);
  assert.ok(places.dozeMs() > 0.19);
  ask(5000, 2000);
  assert.equal(places.dozeMs(), 0.5);
  assert.equal(places.inFlight, 1);
});

test("on a real machine nothing is early, and all is done in order", async () => {
  const pacer = createPacer(systemClock, systemClock.nowMs, nothing, {
    wait: systemFineWait,
    allowedMs: () => 0.5,
  });
  const startMs = systemClock.nowMs() + 20;
  const { source, done } = sourceOf(
    systemClock.nowMs,
    Array.from({ length: 200 }, (_, index) => startMs + index * 1.7),
  );
  pacer.add(source);
  await eventually("all to be done", () => done.length === 200);
  for (const { dueMs, atMs } of done) assert.ok(atMs >= dueMs, `${dueMs} at ${atMs}`);
  assert.deepEqual(
    done.map(({ dueMs }) => dueMs),
    [...done].map(({ dueMs }) => dueMs).sort((a, b) => a - b),
  );
});

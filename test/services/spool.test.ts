/** Results wait in the spool until they are stored: once, in order, within limits, whatever the bus does. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import fc from "fast-check";
import type { RanResult } from "../../libs/protocol/result.ts";
import { createSpool } from "../../services/worker/slices/spool.ts";
import { planFor } from "../support/configs.ts";
import { cellOf, ranOf } from "../support/results.ts";

const PLAN = planFor({ model: "count", total_queries: 1000, total_concurrent_users: 10 });
const resultOf = (lane: number, window: number, change: Partial<RanResult> = {}) =>
  ranOf(PLAN, { lane, window }, change);
const nameOf = ({ lane, window }: RanResult) => `${lane}.${window}`;

/** A spool on a bus that the test holds: what is appended waits until the test says what becomes of it. */
function spoolOfTest() {
  const bus = { isConnected: true, nowMs: 0 };
  const stored: string[] = [];
  const tried: { name: string; succeed: () => void; fail: () => void }[] = [];
  const spool = createSpool({
    append: (result) =>
      new Promise((resolve, reject) => {
        const name = nameOf(result);
        tried.push({
          name,
          succeed() {
            stored.push(name);
            resolve();
          },
          fail: () => reject(new Error("no answer")),
        });
      }),
    isConnected: () => bus.isConnected,
    nowMs: () => bus.nowMs,
  });
  const nextTry = () => tried.shift() ?? assert.fail("nothing is tried");
  return { bus, spool, stored, tried, nextTry };
}

/** A result of so many megabytes. */
const largeResult = (lane: number, megabytes: number) =>
  resultOf(lane, 0, {
    errors: [
      {
        query: 0,
        class: "timeout",
        detail: "x".repeat(megabytes * 2 ** 20),
        count: 1,
        first_ms: 0,
        last_ms: 0,
        samples: [],
      },
    ],
  });

test("a stored result is done with, and tried no more", async () => {
  const { spool, stored, tried, nextTry } = spoolOfTest();
  const storing = spool.store(resultOf(0, 0));
  nextTry().succeed();
  await storing;
  spool.pump();
  assert.deepEqual([stored, tried], [["0.0"], []]);
  assert.equal(spool.problem(), undefined);
});

test("while the bus is away nothing is tried; when it is back everything goes, in the order of completion", async () => {
  const { bus, spool, stored, tried, nextTry } = spoolOfTest();
  bus.isConnected = false;
  const storing = [spool.store(resultOf(2, 0)), spool.store(resultOf(0, 0)), spool.store(resultOf(1, 0))];
  bus.nowMs = 60_000;
  spool.pump();
  assert.equal(tried.length, 0);
  assert.equal(spool.problem(), "3 results wait for the bus, the first for 60 s");
  bus.isConnected = true;
  spool.pump();
  while (tried.length > 0) nextTry().succeed();
  await Promise.all(storing);
  assert.deepEqual(stored, ["2.0", "0.0", "1.0"]);
  assert.equal(spool.problem(), undefined);
});

test("a result that could not be stored is tried again, before those of its lane that came after it", async () => {
  const { spool, stored, tried, nextTry } = spoolOfTest();
  const storing = [spool.store(resultOf(0, 0)), spool.store(resultOf(0, 1))];
  assert.equal(tried.length, 1, "one at a time for a lane");
  nextTry().fail();
  await setImmediate();
  assert.equal(tried.length, 0, "not at once");
  spool.pump();
  nextTry().succeed();
  await setImmediate();
  nextTry().succeed();
  await Promise.all(storing);
  assert.deepEqual(stored, ["0.0", "0.1"]);
});

test("a result that is larger than a message is dropped at once, and the next one goes on its way", async () => {
  const { spool, stored, nextTry } = spoolOfTest();
  await assert.rejects(spool.store(largeResult(0, 1)), /are more than the 1048576 of one message/);
  const storing = spool.store(resultOf(0, 1));
  nextTry().succeed();
  await storing;
  assert.deepEqual(stored, ["0.1"]);
  assert.equal(spool.problem(), "results that could not be stored and were dropped: 1");
});

test("a spool that is half full takes up no more work; a full one drops what comes, and keeps what it has", async () => {
  const { bus, spool, stored, tried, nextTry } = spoolOfTest();
  bus.isConnected = false;
  const storing: Promise<void>[] = [];
  let lane = 0;
  while (!spool.isFull()) storing.push(spool.store(largeResult(lane++, 0.9)));
  const halfFull = storing.length;
  const dropped = (async () => {
    for (;;) {
      const next = spool.store(largeResult(lane++, 0.9));
      storing.push(next);
      const isDropped = await Promise.race([
        next.then(
          () => false,
          () => true,
        ),
        setImmediate(false),
      ]);
      if (isDropped) return;
    }
  })();
  await dropped;
  assert.ok(storing.length - 1 >= 2 * halfFull - 2, "as much again was taken");
  await assert.rejects(storing.pop() as Promise<void>, /already wait for the bus/);
  bus.isConnected = true;
  spool.pump();
  while (tried.length > 0) {
    nextTry().succeed();
    await setImmediate();
  }
  await Promise.all(storing);
  assert.equal(stored.length, storing.length);
  assert.equal(spool.isFull(), false);
});

test("a result that the bus refuses for ten minutes is dropped", async () => {
  const { bus, spool, nextTry } = spoolOfTest();
  const storing = spool.store(resultOf(0, 0));
  const dropped = assert.rejects(storing, /could not be stored for 10 minutes: no answer/);
  nextTry().fail();
  await setImmediate();
  bus.nowMs = 10 * 60_000 + 1;
  spool.pump();
  nextTry().fail();
  await dropped;
});

test("whatever fails and however long the bus is away, each result is stored once, each lane in order", async () => {
  const anyStep = fc.oneof(
    fc.record({ do: fc.constant("store" as const), lane: fc.nat(5) }),
    fc.record({ do: fc.constantFrom("succeed" as const, "fail" as const, "pump" as const, "cut" as const) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(anyStep, { maxLength: 80 }), async (steps) => {
      const { bus, spool, stored, tried } = spoolOfTest();
      const windows = new Array<number>(6).fill(0);
      const storing: Promise<void>[] = [];
      for (const step of steps) {
        if (step.do === "store") {
          const window = windows[step.lane] as number;
          windows[step.lane] = window + 1;
          storing.push(spool.store(resultOf(step.lane, window)));
        } else if (step.do === "cut") bus.isConnected = !bus.isConnected;
        else if (step.do === "pump") spool.pump();
        else tried.shift()?.[step.do]();
        await setImmediate();
      }
      bus.isConnected = true;
      spool.pump();
      while (stored.length < storing.length) {
        tried.shift()?.succeed();
        await setImmediate();
        spool.pump();
      }
      await Promise.all(storing);
      for (let lane = 0; lane < 6; lane++) {
        const mine = stored.filter((name) => name.startsWith(`${lane}.`));
        assert.deepEqual(
          mine,
          Array.from({ length: windows[lane] as number }, (_, window) => `${lane}.${window}`),
        );
      }
      assert.equal(stored.length, storing.length);
    }),
    { numRuns: 60 },
  );
});

test("a later attempt that sent nothing lets others store what they know of its slice first, also while the bus refuses all", async () => {
  const { bus, spool, tried, stored, nextTry } = spoolOfTest();
  const cells = [cellOf({ lost: 3 })];
  const pumpAt = (nowMs: number) => {
    bus.nowMs = nowMs;
    spool.pump();
  };
  const guess = spool.store(resultOf(0, 0, { attempt: 2, cells }));
  const known = spool.store(resultOf(0, 1));
  nextTry().fail();
  await setImmediate();
  pumpAt(1000);
  nextTry().succeed();
  await known;
  assert.deepEqual([stored, tried.length], [["0.1"], 0]);
  pumpAt(1900);
  assert.equal(tried.length, 0);
  pumpAt(2100);
  nextTry().fail();
  await setImmediate();
  pumpAt(4000);
  assert.equal(tried.length, 0);
  pumpAt(4200);
  nextTry().succeed();
  await guess;
  assert.deepEqual(stored, ["0.1", "0.0"]);
});

/** A worker's hands: what becomes of each slice that is delivered, in good times and in bad ones. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import type { Outcome, Session } from "../../libs/engines/engine.ts";
import type { Plan } from "../../libs/load/plan.ts";
import type { Slice } from "../../libs/protocol/slice.ts";
import { createLog } from "../../libs/runtime/log.ts";
import type { AttemptOutcome } from "../../services/worker/attempt.ts";
import { createExecutor } from "../../services/worker/executor.ts";
import { watchFreezes } from "../../services/worker/freeze-watch.ts";
import { createHolding } from "../../services/worker/holding.ts";
import { createLagMeter } from "../../services/worker/lag-meter.ts";
import type { OpenedRun, OpenedRuns } from "../../services/worker/opened-run.ts";
import { createPacer } from "../../services/worker/pacer.ts";
import { createSlots } from "../../services/worker/slots.ts";
import { config, planFor, type WorkloadDocument } from "../support/configs.ts";
import { deliver } from "../support/deliveries.ts";
import { manualClock } from "../support/manual-clock.ts";

const FROZEN_LIMIT_MS = 3000;
const OPEN = { model: "open", target_qps: 100, duration: 20, lanes: 4 } as const;
const CLOSED = { model: "closed", total_concurrent_users: 4, duration: 20, lanes: 2 } as const;
const COUNT = { model: "count", total_queries: 200, total_concurrent_users: 4, lanes: 2 } as const;

/** An executor on a clock and a target that the test holds. */
function workerOfTest(workload: WorkloadDocument, isSlowToOpen = false) {
  const clock = manualClock();
  const t0Ms = clock.nowMs();
  const plan: Plan = planFor(workload);
  const asked: (() => void)[] = [];
  const reported: { slice: Slice; outcome: AttemptOutcome }[] = [];
  let storing: Promise<void> = Promise.resolve();
  let open: () => void = () => undefined;
  const session: Session = {
    compile: () => assert.fail("compiled before"),
    run(_query, done) {
      const sentMs = clock.nowMs();
      const answer = (): Outcome => ({
        outcome: "ok",
        sentMs,
        doneMs: clock.nowMs(),
        bytes: 1,
        rows: 1,
        detail: "",
        message: "",
      });
      asked.push(() => done(answer()));
    },
    warm: async () => undefined,
    connections: () => 0,
    abortAll: () => undefined,
    close: async () => undefined,
  };
  const run: OpenedRun = {
    id: "run",
    config: config({ workload }),
    plan,
    session,
    queries: [{ prepare: () => ({ describe: () => "" }) }],
    localNow: clock.nowMs,
  };
  const runs: OpenedRuns = {
    open: () =>
      isSlowToOpen
        ? new Promise((resolve) => {
            open = () => resolve(run);
          })
        : Promise.resolve(run),
    record: async () => undefined,
    all: () => [run],
    closeIdle: async () => undefined,
    close: async () => undefined,
  };
  const slots = createSlots(64);
  const holding = createHolding(slots);
  const freezes = watchFreezes(clock, FROZEN_LIMIT_MS, () => executor.abandonAll());
  const pacer = createPacer(clock, clock.nowMs, freezes.check);
  const executor = createExecutor({
    clock,
    log: createLog("test", "test", "silent"),
    place: {
      pacer,
      freezes,
      now: clock.nowMs,
      places: { inFlight: 0, most: 1000 },
      lags: createLagMeter(),
      observe: undefined,
    },
    slots,
    holding,
    runs,
    report(slice, _attempt, outcome) {
      reported.push({ slice, outcome });
      return storing;
    },
    onRefused: () => assert.fail("nothing is refused here"),
    onMuster: () => undefined,
  });
  const common = { v: 1, run: "run", epoch: 1, revision: 1, published_ms: t0Ms } as const;

  /** Hands it the slice of a lane that begins so long after now. */
  async function take(lane: number, afterMs: number) {
    const startMs = clock.nowMs() - t0Ms + afterMs;
    const window = Math.floor(startMs / 1000);
    const base = { ...common, lane, window, t0_ms: t0Ms, first: 0 };
    const slice =
      plan.model === "count"
        ? { ...base, kind: "count", count: 20 }
        : { ...base, kind: plan.model, start_ms: startMs, end_ms: startMs + 2000, count: 25 };
    const delivery = deliver(slice);
    executor.take(delivery);
    await setImmediate();
    return delivery;
  }

  async function takeMuster() {
    const delivery = deliver({ ...common, kind: "muster", index: 0 });
    executor.take(delivery);
    await setImmediate();
    return delivery;
  }

  async function pass(ms: number): Promise<void> {
    clock.advance(ms);
    await setImmediate();
  }

  /** Answers what was asked so far, once. */
  async function answerAll(): Promise<void> {
    for (const answer of asked.splice(0)) answer();
    await setImmediate();
  }

  return {
    clock,
    asked,
    reported,
    slots,
    holding,
    executor,
    take,
    takeMuster,
    pass,
    answerAll,
    finishOpening: () => open(),
    storeNothing: () => {
      storing = Promise.reject(new Error("dropped"));
      storing.catch(() => undefined);
    },
  };
}

test("a slice is acknowledged after its result is stored, and its slot is free again", async () => {
  const { take, pass, answerAll, reported, slots, asked } = workerOfTest(OPEN);
  const delivery = await take(0, 0);
  assert.equal(slots.busy(), 1);
  await pass(3000);
  assert.ok(asked.length > 0);
  await answerAll();
  assert.deepEqual([delivery.done, reported.length, slots.busy()], [["ack"], 1, 0]);
});

test("a slice whose result had to be dropped goes back into the queue", async () => {
  const { take, pass, answerAll, slots, executor, storeNothing } = workerOfTest(OPEN);
  storeNothing();
  const delivery = await take(0, 0);
  await pass(3000);
  await answerAll();
  assert.deepEqual([delivery.done, slots.busy()], [["give back"], 0]);
  assert.equal(executor.lastProblem(), "dropped");
});

test("a worker that leaves gives back what has not begun at once: fetched ahead, just being opened, mustered", async () => {
  const { take, takeMuster, pass, answerAll, executor, asked } = workerOfTest(OPEN);
  const begun = await take(0, 0);
  const ahead = await take(1, 3000);
  const muster = await takeMuster();
  await pass(500);
  assert.ok(asked.length > 0, "one has begun");
  let isGone = false;
  const draining = executor.drain().then(() => {
    isGone = true;
  });
  assert.deepEqual([ahead.done, muster.done, begun.done], [["give back"], ["give back"], []]);
  await pass(3000);
  assert.equal(isGone, false);
  await answerAll();
  await draining;
  assert.deepEqual(begun.done, ["ack"]);

  const other = workerOfTest(OPEN, true);
  const opening = await other.take(0, 0);
  void other.executor.drain();
  assert.deepEqual(opening.done, ["give back"]);
  other.finishOpening();
  await other.pass(3000);
  assert.equal(other.asked.length, 0, "it is not run after all");
});

test("a worker that has fewer slots than before gives back what it fetched ahead, the latest first", async () => {
  const { take, pass, executor, slots } = workerOfTest(OPEN);
  const begun = await take(0, 0);
  const soon = await take(1, 2000);
  const late = await take(2, 5000);
  const later = await take(3, 6000);
  await pass(100);
  slots.resize(2);
  executor.shed();
  assert.deepEqual(
    [begun, soon, late, later].map(({ done }) => done),
    [[], [], ["give back"], ["give back"]],
  );
  assert.equal(slots.busy(), 2);
  slots.resize(1);
  executor.shed();
  slots.resize(1);
  executor.shed();
  assert.deepEqual([begun.done, soon.done], [[], ["give back"]], "what has begun stays");
});

for (const [model, workload] of [
  ["open", OPEN],
  ["closed", CLOSED],
  ["count", COUNT],
] as const) {
  test(`${model}: a worker that was frozen and is woken by an answer sends nothing more`, async () => {
    const { take, pass, answerAll, clock, asked, holding } = workerOfTest(workload);
    await take(0, 0);
    await pass(100);
    const before = asked.length;
    assert.ok(before > 0, "queries are in flight");
    clock.freeze(6000);
    // What wakes it first is not its timer.
    await answerAll();
    await pass(10_000);
    await answerAll();
    assert.equal(asked.length, 0);
    assert.equal(holding.all().length, 0, "what it had sent is reported");
  });
}

test("a frozen worker forgets what it had not begun, without a word that others could take for theirs", async () => {
  const { take, takeMuster, clock, executor, holding, pass, asked } = workerOfTest(OPEN);
  const ahead = await take(0, 5000);
  const muster = await takeMuster();
  clock.freeze(4000);
  await pass(300);
  executor.keepAlive();
  assert.deepEqual([ahead.done, muster.done], [[], []]);
  assert.deepEqual(holding.all(), []);
  await pass(10_000);
  assert.equal(asked.length, 0);
});

test("a slice that was on its way to a frozen worker is left to others; the next one is taken", async () => {
  const { take, clock, holding } = workerOfTest(OPEN);
  clock.freeze(4000);
  const late = await take(0, 1000);
  assert.deepEqual([late.done, holding.all().length], [[], 0]);
  await take(1, 1000);
  assert.equal(holding.all().length, 1);
});

test("a run that opens only after the worker was frozen is not begun", async () => {
  const { take, clock, asked, pass, finishOpening, holding } = workerOfTest(OPEN, true);
  await take(0, 0);
  clock.freeze(5000);
  finishOpening();
  await pass(5000);
  assert.deepEqual([asked.length, holding.all().length], [0, 0]);
});

/** A worker's hands: what becomes of each slice that is delivered, in good times and in bad ones. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import type { Session } from "../../libs/engines/engine.ts";
import type { Plan } from "../../libs/load/plan.ts";
import { createLog } from "../../libs/runtime/log.ts";
import type { AttemptOutcome } from "../../services/worker/attempt/attempt.ts";
import { createPacer } from "../../services/worker/attempt/pacer.ts";
import { Places } from "../../services/worker/attempt/places.ts";
import { watchFreezes } from "../../services/worker/health/freeze-watch.ts";
import { createLagMeter } from "../../services/worker/health/lag-meter.ts";
import { createExecutor } from "../../services/worker/slices/executor.ts";
import { createHolding } from "../../services/worker/slices/holding.ts";
import type { OpenedRun, OpenedRuns } from "../../services/worker/slices/opened-run.ts";
import { createSlots } from "../../services/worker/slices/slots.ts";
import { config, planFor, type WorkloadDocument } from "../support/configs.ts";
import { deliver } from "../support/deliveries.ts";
import { manualClock } from "../support/manual-clock.ts";

const FROZEN_LIMIT_MS = 3000;
const OPEN = { model: "open", target_qps: 100, duration: 20, lanes: 4 } as const;
const CLOSED = { model: "closed", total_concurrent_users: 4, duration: 20, lanes: 2 } as const;
const COUNT = { model: "count", total_queries: 200, total_concurrent_users: 4, lanes: 2 } as const;

/** A target that keeps every query until the test lets it answer. */
function targetOfTest(now: () => number) {
  const asked: (() => void)[] = [];
  const session: Session = {
    compile: () => assert.fail("compiled before"),
    run(_query, done) {
      const rest = { sentMs: now(), bytes: 1, rows: 1, detail: "", message: "" };
      asked.push(() => done({ outcome: "ok", doneMs: now(), ...rest }));
    },
    warm: async () => undefined,
    connections: () => 0,
    abortAll: () => undefined,
    close: async () => undefined,
  };
  /** Answers what was asked so far, once. */
  async function answerAll(): Promise<void> {
    for (const answer of asked.splice(0)) answer();
    await setImmediate();
  }
  return { asked, session, answerAll };
}

/** One run, which is open at once, or when the test says so. */
function runsOfTest(run: OpenedRun, isSlowToOpen: boolean) {
  let finishOpening: () => void = () => undefined;
  const opened = new Promise<OpenedRun>((resolve) => {
    finishOpening = () => resolve(run);
  });
  if (!isSlowToOpen) finishOpening();
  const runs: OpenedRuns = {
    open: async (_id, revision) => ({ ...(await opened), revision }),
    record: async () => undefined,
    all: () => [run],
    closeIdle: async () => undefined,
    close: async () => undefined,
  };
  return { runs, finishOpening: () => finishOpening() };
}

/** Slices of a run that began now. */
function slicesOfTest(model: Plan["model"], now: () => number) {
  const t0Ms = now();
  const common = { v: 1, run: "run", epoch: 1, revision: 1, published_ms: t0Ms } as const;
  return {
    muster: { ...common, kind: "muster", index: 0 },
    /** The slice of a lane that begins so long after now. */
    work(lane: number, afterMs: number) {
      const startMs = now() - t0Ms + afterMs;
      const base = { ...common, lane, window: Math.floor(startMs / 1000), t0_ms: t0Ms, first: 0 };
      if (model === "count") return { ...base, kind: "count", count: 20 };
      return { ...base, kind: model, start_ms: startMs, end_ms: startMs + 2000, count: 25 };
    },
  };
}

/** An executor on a clock and a target that the test holds. */
function workerOfTest(workload: WorkloadDocument, isSlowToOpen = false) {
  const clock = manualClock();
  const plan: Plan = planFor(workload);
  const { asked, session, answerAll } = targetOfTest(clock.nowMs);
  const queries = [{ prepare: () => ({ describe: () => "" }) }];
  const opened = { id: "run", config: config({ workload }), plan, revision: 1, session, queries };
  const { runs, finishOpening } = runsOfTest(opened, isSlowToOpen);
  const slices = slicesOfTest(plan.model, clock.nowMs);
  const storing = { fails: false };
  const reported: AttemptOutcome[] = [];
  const slots = createSlots(64);
  const holding = createHolding(slots);
  const freezes = watchFreezes(clock, FROZEN_LIMIT_MS, () => executor.abandonAll());
  const executor = createExecutor({
    clock,
    log: createLog("test", "test", "silent"),
    place: {
      pacer: createPacer(clock, clock.nowMs, () => freezes.check()),
      followUps: { add: (call) => call(clock.nowMs()) },
      freezes,
      now: clock.nowMs,
      offsetMs: () => 0,
      places: new Places(1000),
      lags: createLagMeter(),
      observe: undefined,
    },
    slots,
    holding,
    runs,
    async report(_slice, _attempt, outcome) {
      if (storing.fails) throw new Error("dropped");
      reported.push(outcome);
    },
    isKilled: () => false,
    onRefused: () => assert.fail("nothing is refused here"),
    onMuster: () => undefined,
  });

  let lastSeq = 0;

  async function hand(slice: object, again: { seq?: number; attempt?: number } = {}) {
    const delivery = deliver(slice, { seq: ++lastSeq, ...again });
    executor.take(delivery);
    await setImmediate();
    return delivery;
  }

  async function pass(ms: number): Promise<void> {
    clock.advance(ms);
    await setImmediate();
  }

  const take = (lane: number, afterMs: number, again?: { seq: number; attempt: number }) =>
    hand(slices.work(lane, afterMs), again);
  const takeChanged = (lane: number, afterMs: number) => hand({ ...slices.work(lane, afterMs), revision: 2 });
  const takeMuster = () => hand(slices.muster);
  const hands = { executor, slots, holding, storing, reported, take, takeChanged, takeMuster };
  return { clock, asked, answerAll, finishOpening, pass, ...hands };
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

test("a slice that comes again to the worker that runs it is run once, and its last delivery is acknowledged", async () => {
  const { take, pass, answerAll, reported, slots, asked } = workerOfTest(COUNT);
  const first = await take(0, 0);
  await pass(1000);
  const inFlight = asked.length;
  assert.ok(inFlight > 0);
  const again = await take(0, 0, { seq: first.seq, attempt: 2 });
  await pass(1000);
  assert.deepEqual([asked.length, slots.busy()], [inFlight, 1], "its users are at work once");
  while (asked.length > 0) await answerAll();
  assert.deepEqual([first.done, again.done, reported.length, slots.busy()], [[], ["ack"], 1, 0]);
  const late = await take(0, -2000, { seq: first.seq, attempt: 3 });
  assert.deepEqual([late.done, asked.length, slots.busy()], [["ack"], 0, 0], "what it has reported is done");
});

test("a slice that was reported and comes again after the run was changed is another one, and is run", async () => {
  const { take, takeChanged, pass, answerAll, reported } = workerOfTest(OPEN);
  await take(0, 0);
  await pass(3000);
  await answerAll();
  assert.equal(reported.length, 1);
  const changed = await takeChanged(0, -3000);
  await answerAll();
  assert.deepEqual([changed.done, reported.length], [["ack"], 2]);
});

test("a slice whose result had to be dropped goes back into the queue, and may be taken up again", async () => {
  const { take, pass, answerAll, slots, executor, storing } = workerOfTest(OPEN);
  storing.fails = true;
  const delivery = await take(0, 0);
  await pass(3000);
  await answerAll();
  assert.deepEqual([delivery.done, slots.busy()], [["give back"], 0]);
  assert.deepEqual(executor.problems(), { run: "dropped" });
  await take(0, 0, { seq: delivery.seq, attempt: 2 });
  assert.equal(slots.busy(), 1);
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

test("a worker that leaves keeps what is about to begin: on its way to another it would come too late", async () => {
  const { take, pass, answerAll, executor } = workerOfTest(OPEN);
  const near = await take(0, 200);
  const draining = executor.drain();
  assert.deepEqual(near.done, []);
  await pass(3000);
  await answerAll();
  await draining;
  assert.deepEqual(near.done, ["ack"]);
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

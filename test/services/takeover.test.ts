/** What a new leader makes of what it finds: logs that others wrote, slices that others published. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { createCourse } from "../../libs/fold/course.ts";
import { planOf } from "../../libs/load/plan.ts";
import { placeOf } from "../../libs/protocol/ids.ts";
import { namesFor } from "../../libs/protocol/names.ts";
import type { End, Fence } from "../../libs/protocol/result.ts";
import { addToPast, noPast } from "../../services/coordinator/run/history/past.ts";
import { createSettlements } from "../../services/coordinator/run/history/settlements.ts";
import { resumedState } from "../../services/coordinator/run/state.ts";
import { config } from "../support/configs.ts";
import { ranOf, verdictFor } from "../support/results.ts";

const plan = planOf(config({ workload: { model: "open", target_qps: 20, duration: 5 } }), 1);
const verdictOf = (epoch: number) => ({ ...verdictFor(slice, "lost", "no_result"), epoch });
const slice = { lane: 1, window: 2 };
const fence = (epoch: number): Fence => ({ v: 1, kind: "fence", run: "run", lane: 0, epoch, node: "c" });
const end = (epoch: number): End => ({ v: 1, kind: "end", run: "run", lane: 0, epoch, node: "c" });

test("a verdict counts from the leader of its time, and no more once another has taken over", () => {
  const settlements = createSettlements(createCourse(plan));
  assert.equal(settlements.take(fence(3)).kind, "fence");
  const verdict = verdictOf(3);
  assert.equal(settlements.take(verdict).kind, "result");
  settlements.take(fence(9));
  assert.deepEqual(settlements.take(verdict), { kind: "refused", why: "deposed leader" });
  assert.equal(settlements.take(verdictOf(9)).kind, "result");
});

test("behind the end of the log nothing counts; a later leader's fence is seen all the same", () => {
  const settlements = createSettlements(createCourse(plan));
  settlements.take(fence(3));
  assert.equal(settlements.take(end(2)).kind, "refused", "a deposed leader ends nothing");
  assert.equal(settlements.take(ranOf(plan, slice)).kind, "result");
  assert.equal(settlements.take(end(3)).kind, "end");
  assert.equal(settlements.take(ranOf(plan, { lane: 0, window: 1 }, { ended_ms: 9000 })).kind, "behind");
  assert.ok(settlements.lastEndedMs() < 9000);
  assert.deepEqual(settlements.take(fence(5)), { kind: "fence", epoch: 5 });
  assert.equal(settlements.take(end(5)).kind, "behind", "it has ended once");
});

test("a worker's result counts whichever leader published its slice", () => {
  const settlements = createSettlements(createCourse(plan));
  settlements.take(fence(9));
  assert.equal(settlements.take(ranOf(plan, slice, { epoch: 3, ended_ms: 3000 })).kind, "result");
  assert.equal(settlements.lastEndedMs(), 3000);
});

test("a run goes on in the phase in which its events leave it", () => {
  const past = noPast();
  assert.deepEqual(resumedState("requested", past, false), { phase: "requested", stopped: false });
  assert.deepEqual(resumedState("mustering", past, false), { phase: "requested", stopped: false });
  assert.deepEqual(resumedState("running", past, false), { phase: "running", stopped: false });
  const common = { v: 1, run: "run", at_ms: 0, epoch: 1 } as const;
  addToPast(past, { ...common, type: "stopping", reason: "enough", run_ms: 10 });
  assert.deepEqual(resumedState("running", past, false), { phase: "draining", stopped: true });
  addToPast(past, {
    ...common,
    type: "drained",
    slices_published: [],
    stopped: true,
    run_ms: 10,
  });
  past.isOver = true;
  assert.deepEqual(resumedState("draining", past, false), { phase: "reporting", stopped: true });
  addToPast(past, { ...common, type: "failed", reason: "no workers" });
  assert.deepEqual([past.ended, past.failure], ["failed", "no workers"]);
});

test("what a deposed leader said last, a later one does not take for said", () => {
  const past = noPast();
  const common = { v: 1, run: "run", at_ms: 0 } as const;
  addToPast(past, { ...common, epoch: 5, type: "taken_over", node: "c" });
  addToPast(past, { ...common, epoch: 3, type: "started", t0_ms: 0, slots_held: 1, nodes: [] });
  addToPast(past, {
    ...{ ...common, epoch: 3, type: "drained" },
    ...{ slices_published: [], stopped: false, run_ms: 10 },
  });
  addToPast(past, { ...common, epoch: 3, type: "failed", reason: "no workers" });
  assert.deepEqual(past, { ...noPast(), epoch: 5 });
  addToPast(past, { ...common, epoch: 3, type: "reported", verdict: "passed", verdict_reasons: [] });
  addToPast(past, { ...common, epoch: 5, type: "completed", phase: "completed" });
  assert.deepEqual([past.reported?.verdict, past.ended], ["passed", "completed"]);
});

test("a slice's place is read from its subject; muster slices and other runs have none", () => {
  const { subjects } = namesFor();
  assert.deepEqual(placeOf(subjects.slice("default", "run", 3, 14), "run"), { lane: 3, window: 14 });
  assert.equal(placeOf(subjects.slice("default", "run", "muster", 1), "run"), undefined);
  assert.equal(placeOf(subjects.slice("default", "run-2", 3, 14), "run"), undefined);
  assert.equal(placeOf(undefined, "run"), undefined);
});

test("a new leader knows that a threshold ended the run, and one that is yet to", () => {
  const common = { v: 1, run: "run", at_ms: 0 } as const;
  const past = noPast();
  addToPast(past, { ...common, epoch: 5, type: "taken_over", node: "c" });
  // The aggregator opened the run under an earlier leader: its word stands all the same.
  addToPast(past, { ...common, epoch: 1, type: "threshold_crossed", threshold: 2, words: "too slow" });
  assert.equal(past.crossed?.threshold, 2);
  assert.deepEqual(resumedState("running", past, false), { phase: "running", stopped: false });
  addToPast(past, { ...common, epoch: 5, type: "stopping", reason: "too slow", aborted: true, run_ms: 10 });
  assert.deepEqual(resumedState("running", past, false), { phase: "draining", stopped: true, aborted: true });
  addToPast(past, { ...common, epoch: 5, type: "stopping", reason: "enough", run_ms: 20 });
  assert.equal(past.isAborted, true, "the first reason stands");
});

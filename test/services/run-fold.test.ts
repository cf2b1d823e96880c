/** The fold of a run: when its rolling windows are complete, when it is over, what it keeps of errors, who may decide. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { reportOf } from "../../libs/fold/report.ts";
import { createRunFold, type RunFold } from "../../libs/fold/run-fold.ts";
import { plannedInSlice } from "../../libs/load/plan.ts";
import { randomFor } from "../../libs/load/random.ts";
import type { BenchmarkConfig } from "../../libs/protocol/config/schema.ts";
import type { End, Fence, LogEntry, Result } from "../../libs/protocol/result.ts";
import type { RunEvent } from "../../libs/protocol/run.ts";
import { config, queriesOf } from "../support/configs.ts";
import { measuredCell, randomRan, ranOf, slicesOf, verdictFor } from "../support/results.ts";

const event = { v: 1, run: "run", at_ms: 0, epoch: 1 } as const;
const drained = (slices: number[]): RunEvent => ({
  ...event,
  type: "drained",
  slices_published: slices,
  stopped: false,
  run_ms: 10_000,
});
const fence = (epoch: number): Fence => ({ v: 1, kind: "fence", run: "run", lane: 0, epoch, node: "c" });
const end = (epoch = 1): End => ({ v: 1, kind: "end", run: "run", lane: 0, epoch, node: "c" });

/** Sixteen queries in four slices of two lanes. */
const FOUR_SLICES = config({
  workload: { model: "count", total_queries: 40, total_concurrent_users: 2, lanes: 2 },
  queries: queriesOf(1),
});
const REPORT = { shownConfig: {}, warnings: [], versions: {} };

/** A fold whose log is written by the test, entry by entry. */
function foldOf(of: BenchmarkConfig) {
  const fold = createRunFold("run", of, 1);
  let seq = 0;
  let eventSeq = 0;
  return {
    fold,
    add: (entry: LogEntry) => fold.addEntry(entry, ++seq),
    tell: (told: RunEvent) => fold.addEvent(told, ++eventSeq),
    at: () => seq,
  };
}

const reported = (fold: RunFold) => reportOf(fold, REPORT);

test("a rolling window says how many of its slices are settled, until all are", () => {
  const workload = { model: "open" as const, target_qps: 8, duration: 10, lanes: 4 };
  const { fold, add } = foldOf(config({ workload, queries: queriesOf(1) }));
  const slices = slicesOf(fold.plan).sort((a, b) => a.window - b.window);
  const last = slices.pop();
  assert.ok(last);
  for (const slice of slices) add(ranOf(fold.plan, slice));
  // Three lanes begin with a part of a window, one with a whole one: 11 + 11 + 11 + 10.
  const [shortest] = fold.rollingWindows(13_000);
  assert.deepEqual(
    [shortest?.slices_expected, shortest?.slices_settled, shortest?.complete],
    [43, 42, false],
  );
  add(ranOf(fold.plan, last));
  assert.equal(fold.rollingWindows(13_000)[0]?.complete, true);
});

test("a rolling window behind the end of the run expects nothing, and so is complete", () => {
  const workload = { model: "open" as const, target_qps: 8, duration: 10, lanes: 4 };
  const { fold } = foldOf(config({ workload, queries: queriesOf(1) }));
  const [shortest] = fold.rollingWindows(60_000);
  assert.deepEqual([shortest?.slices_expected, shortest?.slices_settled, shortest?.complete], [0, 0, true]);
});

test("in a closed ramp the windows wait for no lane whose users have not begun", () => {
  const workload = { total_concurrent_users: 4, duration: 20, ramp_up_time: 20, lanes: 4 };
  const { fold, add } = foldOf(config({ workload, queries: queriesOf(1) }));
  // At 7 s one user of four is at work, lane 0's; lane 1's begins at 7.5 s.
  for (let window = 1; window <= 4; window++) add(ranOf(fold.plan, { lane: 0, window }));
  const [shortest] = fold.rollingWindows(10_000);
  assert.deepEqual([shortest?.to_s, shortest?.complete], [7, true]);
  assert.ok((shortest?.slices_expected ?? 0) > 0);
});

test("a run is complete when its log has its end and that was said, whichever comes first", () => {
  for (const eventFirst of [true, false]) {
    const { fold, add, tell } = foldOf(FOUR_SLICES);
    if (eventFirst) tell(drained([2, 2]));
    for (const slice of slicesOf(fold.plan)) add(ranOf(fold.plan, slice));
    assert.equal(fold.isComplete(), false);
    add(end());
    assert.equal(fold.isComplete(), eventFirst);
    if (!eventFirst) tell(drained([2, 2]));
    assert.equal(fold.isComplete(), true);
  }
});

test("what comes behind the end of the log changes nothing in the report, whatever it is", () => {
  const { fold, add, tell, at } = foldOf(FOUR_SLICES);
  const [first, second, unpublished] = slicesOf(fold.plan);
  assert.ok(first && second && unpublished);
  add(ranOf(fold.plan, first));
  add(ranOf(fold.plan, first, { attempt: 2, node: "zombie-1" }));
  add(ranOf(fold.plan, second));
  add(ranOf(fold.plan, first, { attempt: 3, node: "zombie-2" }));
  add(end());
  tell(drained([1, 1]));
  const before = JSON.stringify(reported(fold));
  const behind = [
    ranOf(fold.plan, first, { attempt: 4, node: "zombie-3" }),
    ranOf(fold.plan, first, { attempt: 4, cells: [] }),
    // Of a slice that a deposed leader published, and that nobody waited for.
    ranOf(fold.plan, unpublished),
    verdictFor(unpublished),
    end(9),
  ];
  for (const entry of behind) assert.deepEqual(add(entry), { kind: "passed" });
  fold.addUnreadable("schema", at() + 1);
  tell({ ...event, type: "node_lost", node: "node-1", slices: [] });
  const report = reported(fold);
  assert.equal(JSON.stringify(report), before);
  assert.deepEqual(
    [report.superseded.results, report.ledger.superseded, report.ledger.cancelled],
    [2, 20, 20],
  );
  assert.equal(report.slices.results_refused, 0);
});

test("a slice that a deposed leader published counts where its result stands before the end", () => {
  const { fold, add, tell } = foldOf(FOUR_SLICES);
  const [first, unasked] = slicesOf(fold.plan);
  assert.ok(first && unasked);
  add(ranOf(fold.plan, first));
  add(ranOf(fold.plan, unasked));
  add(end());
  tell(drained([1, 0]));
  assert.equal(reported(fold).ledger.ok, 20);
});

test("a deposed leader does not end a run that another has taken over", () => {
  const { fold, add, tell } = foldOf(FOUR_SLICES);
  add(fence(5));
  assert.deepEqual(add(end(4)), { kind: "refused", why: "deposed leader" });
  tell(drained([0, 0]));
  assert.equal(fold.isComplete(), false);
  const [first] = slicesOf(fold.plan);
  assert.ok(first);
  assert.equal(add(ranOf(fold.plan, first)).kind, "settled");
});

test("a run has ended when the leader of that time says so, before or after it was drained", () => {
  const { fold, tell } = foldOf(FOUR_SLICES);
  tell({ ...event, type: "taken_over", epoch: 5, node: "standby" });
  tell({ ...event, type: "failed", reason: "no workers" });
  assert.equal(fold.history.hasEnded(), false, "the deposed leader says so");
  tell({ ...drained([2, 2]), epoch: 5 });
  tell({ ...event, type: "taken_over", epoch: 7, node: "third" });
  tell({ ...event, type: "completed", epoch: 5, phase: "completed" });
  assert.equal(fold.history.hasEnded(), false, "deposed, too");
  tell({ ...event, type: "completed", epoch: 7, phase: "completed" });
  assert.equal(fold.history.hasEnded(), true);
});

test("a deposed leader's verdict behind the fence of the next one is refused, a worker's result is not", () => {
  const { fold, add } = foldOf(FOUR_SLICES);
  const [a, b, c, d] = slicesOf(fold.plan);
  assert.ok(a && b && c && d);
  const of = (epoch: number, result: Result): Result => ({ ...result, epoch });
  assert.equal(add(of(1, verdictFor(a))).kind, "settled");
  add(fence(5));
  assert.deepEqual(add(of(1, verdictFor(b))), { kind: "refused", why: "deposed leader" });
  assert.equal(add(of(1, ranOf(fold.plan, b))).kind, "settled");
  assert.equal(add(of(5, verdictFor(c))).kind, "settled");
  // A fence of a lower epoch, which came late, gives nobody his power back.
  add(fence(2));
  assert.deepEqual(add(of(4, verdictFor(d))), { kind: "refused", why: "deposed leader" });
  assert.deepEqual(reported(fold).refused, [{ why: "deposed leader", count: 2, nodes: ["coordinator"] }]);
});

test("a takeover is told; what the new leader repeats is told once and changes nothing, nor does the old one's word", () => {
  const { fold, add, tell } = foldOf(FOUR_SLICES);
  const started = { ...event, type: "started" as const, t0_ms: 1000, slots_held: 2, nodes: ["a"] };
  tell(started);
  assert.equal(tell({ ...event, type: "taken_over", epoch: 7, node: "standby" }), true);
  assert.equal(tell({ ...started, epoch: 7, t0_ms: 99_000 }), false);
  assert.equal(tell(drained([0, 0])), false, "the deposed leader says that it is over");
  assert.equal(fold.isComplete(), false);
  for (const slice of slicesOf(fold.plan)) add(ranOf(fold.plan, slice));
  add(end(7));
  tell({ ...drained([2, 2]), epoch: 7 });
  tell({ ...drained([9, 9]), epoch: 8 });
  assert.equal(fold.isComplete(), true);
  const { started_at: startedAt, events } = reported(fold);
  assert.equal(startedAt, "1970-01-01T00:00:01.000Z");
  assert.deepEqual(
    events.map(({ type, text }) => `${type}: ${text}`),
    [
      "started: began with 2 slots on 1 workers",
      "taken_over: coordinator standby took over",
      "drained: every slice is settled",
    ],
  );
});

test("an entry that is read again, after a restart, is passed over", () => {
  const { fold } = foldOf(FOUR_SLICES);
  const result = ranOf(fold.plan, { lane: 0, window: 0 });
  assert.equal(fold.addEntry(result, 7).kind, "settled");
  assert.deepEqual(fold.addEntry(result, 7), { kind: "passed" });
  assert.equal(fold.ledger.line().superseded, 0);
});

test("the report names slices and nodes for everything that was not sent: of the lost, the dead workers that had it", () => {
  for (const deathFirst of [true, false]) {
    const { fold, add, tell } = foldOf(FOUR_SLICES);
    const died: RunEvent = { ...event, type: "node_lost", node: "dead", slices: ["0.0", "1.1"] };
    if (deathFirst) tell(died);
    const slice = { lane: 0, window: 0 };
    const lost = { query: 0, state: "lost", reason: "worker_died", count: 4 } as const;
    const missed = { query: 0, state: "missed", reason: "no_free_place", count: 6 } as const;
    const cells = [measuredCell(fold.plan, slice, { lost: 4, missed: 6 })];
    add(
      ranOf(fold.plan, { lane: 0, window: 0 }, { node: "next", attempt: 2, cells, reasons: [lost, missed] }),
    );
    add(verdictFor({ lane: 1, window: 1 }, "lost", "poisoned"));
    add(verdictFor({ lane: 1, window: 0 }, "lost", "no_result"));
    if (!deathFirst) tell(died);
    tell(drained([1, 2]));
    assert.deepEqual(
      reported(fold).reasons.map(({ query: _, slices_more: more, ...reason }) => ({ ...reason, more })),
      [
        { state: "lost", reason: "worker_died", count: 4, slices: ["0.0"], nodes: ["dead"], more: 0 },
        { state: "missed", reason: "no_free_place", count: 6, slices: ["0.0"], nodes: ["next"], more: 0 },
        { state: "lost", reason: "poisoned", count: 10, slices: ["1.1"], nodes: ["dead"], more: 0 },
        { state: "lost", reason: "no_result", count: 10, slices: ["1.0"], nodes: [], more: 0 },
        { state: "cancelled", reason: "time_up", count: 10, slices: ["0.1"], nodes: [], more: 0 },
      ],
    );
  }
});

test("of many slices the report names twenty and says how many more there are", () => {
  const workload = { model: "open" as const, target_qps: 8, duration: 10, lanes: 4 };
  const { fold, add } = foldOf(config({ workload, queries: queriesOf(1) }));
  const slices = slicesOf(fold.plan);
  for (const slice of slices) add(verdictFor(slice));
  const [reason] = reported(fold).reasons;
  assert.deepEqual([reason?.slices.length, reason?.slices_more], [20, slices.length - 20]);
  assert.equal(reason?.slices[0], `${slices[0]?.lane}.${slices[0]?.window}`);
});

test("extra load has its own totals, by how it ended and in bytes", () => {
  const { fold, add } = foldOf(FOUR_SLICES);
  const slice = { lane: 0, window: 0 };
  add(ranOf(fold.plan, slice));
  add(randomRan(fold.plan, slice, randomFor(1, 1)));
  add(
    ranOf(fold.plan, slice, {
      cells: [measuredCell(fold.plan, slice, { ok: 7, failed: 2, timed_out: 1, bytes: 700 })],
    }),
  );
  const [planned] = plannedInSlice(fold.plan as Parameters<typeof plannedInSlice>[0], 0, 0);
  assert.equal(planned, 10);
  const { superseded, ledger } = reported(fold);
  assert.equal(superseded.results, 2);
  assert.equal(ledger.superseded, superseded.ok + superseded.failed + superseded.timed_out);
  assert.ok(superseded.ok >= 7 && superseded.bytes >= 700);
});

test("errors of one kind are one entry over all slices, with a few samples and the nodes that saw them", () => {
  const { fold, add } = foldOf(FOUR_SLICES);
  slicesOf(fold.plan).forEach((slice, index) => {
    const sample = { at_ms: index, message: "m", request: "r" };
    const entry = {
      query: 0,
      class: "http_5xx" as const,
      detail: "503",
      count: 5,
      first_ms: index,
      last_ms: index + 1,
      samples: [sample, sample],
    };
    const cells = [measuredCell(fold.plan, slice, { ok: 5, failed: 5 })];
    add(ranOf(fold.plan, slice, { cells, errors: [entry], node: `node-${index}` }));
  });
  const [entry, ...others] = fold.errors.all();
  assert.deepEqual(
    [others.length, entry?.count, entry?.first_ms, entry?.last_ms, entry?.samples.length],
    [0, 20, 0, 4, 3],
  );
});

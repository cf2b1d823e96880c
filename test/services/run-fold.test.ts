/** The fold of a run: when its rolling windows are complete, when it is over, what it keeps of errors. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { createRunFold } from "../../libs/fold/run-fold.ts";
import type { RunEvent } from "../../libs/protocol/run.ts";
import { config, queriesOf } from "../support/configs.ts";
import { ranOf, slicesOf } from "../support/results.ts";

const event = { v: 1, run: "run", at_ms: 0, epoch: 1 } as const;
const drained = (slices: number[]): RunEvent => ({
  ...event,
  type: "drained",
  slices_published: slices,
  stopped: false,
  through_seq: 0,
  run_ms: 10_000,
});

test("a rolling window says how many of its slices are settled, until all are", () => {
  const workload = { model: "open" as const, target_qps: 8, duration: 10, lanes: 4 };
  const fold = createRunFold("run", config({ workload, queries: queriesOf(1) }), 1);
  const slices = slicesOf(fold.plan).sort((a, b) => a.window - b.window);
  const last = slices.pop();
  assert.ok(last);
  for (const slice of slices) fold.addResult(ranOf(fold.plan, slice));
  // Three lanes begin with a part of a window, one with a whole one: 11 + 11 + 11 + 10.
  const [shortest] = fold.rollingWindows(13_000);
  assert.deepEqual(
    [shortest?.slices_expected, shortest?.slices_settled, shortest?.complete],
    [43, 42, false],
  );
  fold.addResult(ranOf(fold.plan, last));
  assert.equal(fold.rollingWindows(13_000)[0]?.complete, true);
});

test("in a closed ramp the windows wait for no lane whose users have not begun", () => {
  const workload = { total_concurrent_users: 4, duration: 20, ramp_up_time: 20, lanes: 4 };
  const fold = createRunFold("run", config({ workload, queries: queriesOf(1) }), 1);
  // At 7 s one user of four is at work, lane 0's; lane 1's begins at 7.5 s.
  for (let window = 1; window <= 4; window++) fold.addResult(ranOf(fold.plan, { lane: 0, window }));
  const [shortest] = fold.rollingWindows(10_000);
  assert.deepEqual([shortest?.to_s, shortest?.complete], [7, true]);
  assert.ok((shortest?.slices_expected ?? 0) > 0);
});

test("a run is complete when as many slices are settled as were published, whichever comes first", () => {
  const workload = { model: "count" as const, total_queries: 40, total_concurrent_users: 2, lanes: 2 };
  for (const eventFirst of [true, false]) {
    const fold = createRunFold("run", config({ workload, queries: queriesOf(1) }), 1);
    const slices = slicesOf(fold.plan);
    if (eventFirst) fold.addEvent(drained([2, 2]));
    for (const slice of slices) {
      assert.equal(fold.isComplete(), false);
      fold.addResult(ranOf(fold.plan, slice));
    }
    if (!eventFirst) fold.addEvent(drained([2, 2]));
    assert.equal(fold.isComplete(), true);
  }
});

test("errors of one kind are one entry over all slices, with a few samples and the nodes that saw them", () => {
  const workload = { model: "count" as const, total_queries: 40, total_concurrent_users: 2, lanes: 2 };
  const fold = createRunFold("run", config({ workload, queries: queriesOf(1) }), 1);
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
    fold.addResult(ranOf(fold.plan, slice, { errors: [entry], node: `node-${index}` }));
  });
  const [entry, ...others] = [...fold.errors.values()];
  assert.deepEqual(
    [others.length, entry?.count, entry?.first_ms, entry?.last_ms, entry?.samples.length],
    [0, 20, 0, 4, 3],
  );
});

/** A result is believed only when it can be true under the plan, so that no message can unbalance the books. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isEmptySlice, whyNotCredible } from "../../libs/load/credible.ts";
import { planOf, slicesInLane } from "../../libs/load/plan.ts";
import { randomFor } from "../../libs/load/random.ts";
import { LEDGER_STATES } from "../../libs/protocol/ledger.ts";
import type { RanResult } from "../../libs/protocol/result.ts";
import { anySeed, anyWorkload, config, planFor, queriesOf } from "../support/configs.ts";
import { cellOf, randomRan, ranOf, slicesOf, verdictFor } from "../support/results.ts";

const two = { queries: queriesOf(1, 1) };
/** Eight queries a second in four lanes: two in each slice, one of each query. */
const open = planFor({ model: "open", target_qps: 8, duration: 10, lanes: 4 }, two);
const closed = planFor({ total_concurrent_users: 4, duration: 10, lanes: 2 }, two);
const count = planFor({ model: "count", total_queries: 100, total_concurrent_users: 2, lanes: 2 }, two);
const slice = { lane: 1, window: 2 };

test("what workers and the coordinator say of any slice of any plan is believed", () => {
  fc.assert(
    fc.property(anyWorkload, anySeed, (workload, seed) => {
      const plan = planOf(config({ workload, ...two }), seed);
      const random = randomFor(seed, 1);
      for (const ref of slicesOf(plan).slice(0, 50)) {
        assert.equal(whyNotCredible(plan, randomRan(plan, ref, random)), undefined);
        assert.equal(whyNotCredible(plan, verdictFor(ref)), undefined);
      }
    }),
  );
});

const good = ranOf(open, slice);

const REFUSED: readonly (readonly [name: string, change: Partial<RanResult>, why: string])[] = [
  ["a lane that the run does not have", { lane: 4 }, "lane"],
  ["a window behind the run's end", { window: slicesInLane(open, 1) }, "window"],
  ["too few queries", { planned: [2] }, "queries"],
  ["too many queries", { planned: [1, 1, 0] }, "queries"],
  ["a query that the config does not have", { cells: [...good.cells, cellOf({ query: 2 })] }, "cell"],
  ["a second after any run", { cells: [...good.cells, cellOf({ second: 864_001 })] }, "cell"],
  ["a query that ended in no state", { cells: good.cells.slice(1) }, "balance"],
  ["a query that ended in two states", { cells: [...good.cells, cellOf({ query: 1, lost: 1 })] }, "balance"],
  ["a query counted for another one", { cells: [cellOf({ query: 0, ok: 2 })] }, "balance"],
  [
    "more queries than the plan has, though in balance",
    { planned: [2, 1], cells: [cellOf({ query: 0, ok: 2 }), cellOf({ query: 1, ok: 1 })] },
    "plan",
  ],
  [
    "a lost query without a reason",
    { cells: [cellOf({ query: 0, lost: 1 }), cellOf({ query: 1, ok: 1 })] },
    "reasons",
  ],
  [
    "a reason for what was not lost",
    { reasons: [{ query: 0, state: "lost", reason: "worker_died", count: 1 }] },
    "reasons",
  ],
  ["none of its queries, though in balance", { planned: [0, 0], cells: [] }, "plan"],
  ["another next arrival than the plan's", { next: good.next + 1 }, "next"],
];

for (const [name, change, why] of REFUSED) {
  test(`a result is refused that tells of ${name}`, () => {
    assert.equal(whyNotCredible(open, good), undefined);
    assert.equal(whyNotCredible(open, { ...good, ...change }), why);
  });
}

test("a single query more or less in any state is noticed", () => {
  fc.assert(
    fc.property(anySeed, fc.constantFrom(open, closed, count), fc.nat(), (seed, plan, pick) => {
      const refs = slicesOf(plan);
      const result = randomRan(plan, refs[pick % refs.length] ?? slice, randomFor(seed, 2));
      fc.pre(result.cells.length > 0);
      for (const state of LEDGER_STATES) {
        const [first = cellOf(), ...rest] = result.cells;
        const more = { ...result, cells: [{ ...first, [state]: first[state] + 1 }, ...rest] };
        assert.equal(whyNotCredible(plan, more), "balance");
      }
    }),
  );
});

test("in the closed model a slice says itself how much it began, but must not end before it begins", () => {
  const result = ranOf(closed, slice, {
    planned: [7, 3],
    started_ms: 5000,
    ended_ms: 7000,
    driven_user_ms: 1,
  });
  assert.equal(whyNotCredible(closed, result), undefined);
  assert.equal(whyNotCredible(closed, { ...result, ended_ms: 4999 }), "times");
  assert.equal(whyNotCredible(closed, { ...result, driven_user_ms: -1 }), "times");
});

test("a verdict on a slice that the plan does not have is refused", () => {
  assert.equal(whyNotCredible(count, verdictFor({ lane: 2, window: 0 })), "lane");
  // 50 queries of a lane, ten at a time: windows 0 to 4.
  assert.equal(whyNotCredible(count, verdictFor({ lane: 0, window: 4 })), undefined);
  assert.equal(whyNotCredible(count, verdictFor({ lane: 0, window: 5 })), "window");
});

test("only open slices can ask for nothing", () => {
  // One query in ten seconds, in one lane: it comes at the start.
  const rare = planFor({ model: "open", target_qps: 0.1, duration: 10 });
  assert.deepEqual(
    [0, 1, 2].map((window) => isEmptySlice(rare, 0, window)),
    [false, true, true],
  );
  assert.equal(isEmptySlice(closed, 0, 0), false);
  assert.equal(isEmptySlice(count, 0, 0), false);
});

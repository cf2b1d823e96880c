/** A result is believed only when it can be true under the plan, so that no message can unbalance the books. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isEmptySlice, whyNotCredible } from "../../libs/load/credible.ts";
import { planOf, slicesInLane } from "../../libs/load/plan.ts";
import { randomFor } from "../../libs/load/random.ts";
import { LEDGER_STATES } from "../../libs/protocol/ledger.ts";
import type { Cell, RanResult } from "../../libs/protocol/result.ts";
import { bucketOf } from "../../libs/stats/hdr-layout.ts";
import { encodeSparse } from "../../libs/stats/sparse.ts";
import { anySeed, anyWorkload, config, planFor, queriesOf } from "../support/configs.ts";
import {
  cellOf,
  distributionOf,
  measuredCell,
  randomRan,
  ranOf,
  slicesOf,
  verdictFor,
} from "../support/results.ts";

const two = { queries: queriesOf(1, 1) };
/** Eight queries a second in four lanes: two in each slice, one of each query. */
const open = planFor({ model: "open", target_qps: 8, duration: 10, lanes: 4 }, two);
const closed = planFor({ total_concurrent_users: 4, duration: 10, lanes: 2 }, two);
const count = planFor({ model: "count", total_queries: 100, total_concurrent_users: 2, lanes: 2 }, two);
const slice = { lane: 1, window: 5 };

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
const cell = (of: Partial<Cell>) => measuredCell(open, slice, of);

/** The same with something else in its first cell. */
const changed = (of: Partial<Cell>): Partial<RanResult> => ({
  cells: good.cells.map((old, index) => (index === 0 ? { ...old, ...of } : old)),
});
const unsentWith = (of: Partial<Cell>): Partial<RanResult> => ({
  cells: [cell({ query: 0, missed: 1, ...of }), cell({ query: 1, missed: 1 })],
  reasons: [0, 1].map((query) => ({ query, state: "missed", reason: "came_too_late", count: 1 })),
});
const error = {
  query: 0,
  class: "http_5xx",
  detail: "503",
  count: 1,
  first_ms: 0,
  last_ms: 0,
  samples: [],
} as const;
const one = { sumUs: 10_000, minUs: 10_000, maxUs: 10_000, pairs: [bucketOf(10_000), 1] };
const lyingSum = encodeSparse({ ...one, sumUs: 10_000_000 });
const lyingMax = encodeSparse({ ...one, maxUs: 3_000_000_000 });

const REFUSED: readonly (readonly [name: string, change: Partial<RanResult>, why: string])[] = [
  ["a lane that the run does not have", { lane: 4 }, "lane"],
  ["a window behind the run's end", { window: slicesInLane(open, 1) }, "window"],
  ["too few queries", { planned: [2] }, "queries"],
  ["too many queries", { planned: [1, 1, 0] }, "queries"],
  ["a query that the config does not have", { cells: [...good.cells, cellOf({ query: 2 })] }, "cell"],
  ["a second after any run", { cells: [...good.cells, cellOf({ second: 864_001 })] }, "cell"],
  ["a query that ended in no state", { cells: good.cells.slice(1) }, "balance"],
  [
    "a query that ended in two states",
    { cells: [...good.cells, { ...cell({ query: 1, lost: 1 }), second: 3 }] },
    "balance",
  ],
  ["a query counted for another one", { cells: [cell({ query: 0, ok: 2 })] }, "balance"],
  [
    "more queries than the plan has, though in balance",
    { planned: [2, 1], cells: [cell({ query: 0, ok: 2 }), cell({ query: 1, ok: 1 })] },
    "plan",
  ],
  [
    "a lost query without a reason",
    { cells: [cell({ query: 0, lost: 1 }), cell({ query: 1, ok: 1 })] },
    "reasons",
  ],
  [
    "a reason for what was not lost",
    { reasons: [{ query: 0, state: "lost", reason: "worker_died", count: 1 }] },
    "reasons",
  ],
  ["the same cell twice", { cells: [...good.cells, ...good.cells.slice(1)] }, "cell"],
  ["a second before its window", { cells: good.cells.map((of) => ({ ...of, second: 1 })) }, "cell"],
  ["a second after its window", { cells: good.cells.map((of) => ({ ...of, second: 9 })) }, "cell"],
  ["a delivery that there was not", { attempt: 0 }, "attempt"],
  [
    "answers without their times",
    { cells: good.cells.map((of) => ({ ...of, service: undefined })) },
    "distribution",
  ],
  ["times of more answers than it had", changed({ service: distributionOf(2) }), "distribution"],
  ["times that are no distribution", changed({ response: "garbage" }), "distribution"],
  ["times of failures that it had not", changed({ failed_service: distributionOf(1) }), "distribution"],
  ["too few delays", changed({ lag: undefined }), "distribution"],
  ["too many delays", changed({ lag: distributionOf(3) }), "distribution"],
  ["a sum of times that its values cannot have", changed({ service: lyingSum }), "distribution"],
  ["a longest time that none of its values has", changed({ service: lyingMax }), "distribution"],
  ["more bytes than a network brings", changed({ bytes: 2 ** 43 }), "bytes"],
  ["more rows than there can be", changed({ rows: 2 ** 43 }), "rows"],
  ["a time after any run", { ended_ms: 10 ** 12 }, "times"],
  ["an error at a time after any run", { errors: [{ ...error, samples: [], first_ms: 1e15 }] }, "reasons"],
  ["an error of what did not fail", { errors: [{ ...error, samples: [] }] }, "reasons"],
  [
    "an error of a query that the config does not have",
    { errors: [{ ...error, samples: [], query: 2 }] },
    "reasons",
  ],
  ["a computer that nobody has", { health: { ...good.health, cpu_cores: 1e6 } }, "health"],
  ["bytes of what was not sent", unsentWith({ bytes: 1 }), "bytes"],
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
  const result = ranOf(
    closed,
    { lane: 1, window: 2 },
    {
      planned: [7, 3],
      started_ms: 5000,
      ended_ms: 7000,
      driven_user_ms: 1,
    },
  );
  assert.equal(whyNotCredible(closed, result), undefined);
  assert.equal(whyNotCredible(closed, { ...result, ended_ms: 3999 }), "times");
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

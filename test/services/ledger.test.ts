/** The books of a run: each slice settles once, in whatever order and how often results come, and the sum always holds. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createLedger, type Ledger } from "../../libs/fold/books/ledger.ts";
import { createCourse } from "../../libs/fold/course.ts";
import { type Plan, plannedInSlice, plannedPerQuery, planOf, slicesInLane } from "../../libs/load/plan.ts";
import { below, randomFor } from "../../libs/load/random.ts";
import { isBalanced, LEDGER_STATES } from "../../libs/protocol/ledger.ts";
import type { Result } from "../../libs/protocol/result.ts";
import {
  anyCountWorkload,
  anyOpenWorkload,
  anySeed,
  config,
  planFor,
  queriesOf,
} from "../support/configs.ts";
import { measuredCell, randomRan, ranOf, slicesOf, verdictFor } from "../support/results.ts";

const two = { queries: queriesOf(3, 1) };
/** Eight queries a second for ten seconds in four lanes: two in each of the 40 slices and the four cut ones. */
const open = planFor({ model: "open", target_qps: 8, duration: 10, lanes: 4 }, two);
const closed = planFor({ total_concurrent_users: 4, duration: 20, lanes: 2 }, two);
const count = planFor({ model: "count", total_queries: 100, total_concurrent_users: 2, lanes: 2 }, two);

const anyPlannedRun = fc
  .tuple(fc.oneof(anyOpenWorkload(), anyCountWorkload), anySeed)
  .map(([workload, seed]) => planOf(config({ workload, ...two }), seed))
  .filter((plan) => slicesOf(plan).length <= 150);

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

/** What happened to a run's slices: most were run, some nobody reported on. */
function historyOf(plan: Plan, seed: number): Result[] {
  const random = randomFor(seed, 7);
  return slicesOf(plan).map((slice) =>
    below(random, 10) === 0 ? verdictFor(slice, "lost", "poisoned") : randomRan(plan, slice, random),
  );
}

function shuffled<T>(values: readonly T[], seed: number): T[] {
  const random = randomFor(seed, 8);
  return values
    .map((value) => ({ value, rank: random() }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ value }) => value);
}

/** All that the books say, in an order of its own. */
function booksOf(ledger: Ledger, plan: Plan) {
  const reasons = ledger
    .reasons()
    .map(({ query, state, reason, count: times }) => [query, state, reason, times]);
  return {
    lines: Array.from({ length: plan.queries }, (_, query) => ledger.line(query)),
    total: ledger.line(),
    reasons: reasons.map(String).sort(),
    settled: ledger.slicesSettled(),
    redelivered: ledger.slicesRedelivered(),
    frontiers: Array.from({ length: plan.lanes }, (_, lane) => ledger.frontier(lane)),
  };
}

function offerAll(plan: Plan, results: readonly Result[]): Ledger {
  const ledger = createLedger(createCourse(plan));
  for (const result of results) ledger.offer(result);
  return ledger;
}

function assertBalanced(ledger: Ledger, plan: Plan): void {
  for (let query = 0; query < plan.queries; query++) {
    const line = ledger.line(query);
    assert.ok(isBalanced(line), JSON.stringify(line));
    if (plan.model !== "closed") assert.equal(line.planned, plannedPerQuery(plan)?.[query]);
  }
  // Whatever was not sent, or may not have been, has a reason.
  for (const state of ["missed", "lost", "cancelled"] as const) {
    const explained = ledger.reasons().filter((entry) => entry.state === state);
    assert.equal(sum(explained.map((entry) => entry.count)), ledger.line()[state]);
  }
}

test("the first result of a slice settles it; a second one is extra load and changes nothing else", () => {
  const slice = { lane: 1, window: 2 };
  const ledger = createLedger(createCourse(open));
  assert.deepEqual(ledger.offer(ranOf(open, slice)), { kind: "settled" });
  const before = ledger.line();
  const sentAgain = { ok: 1, failed: 0, timed_out: 0, lost: 1 };
  const again = ranOf(open, slice, {
    attempt: 2,
    cells: plannedInSlice(open, 1, 2).map((planned, query) => {
      return planned === 2
        ? measuredCell(open, slice, { query, ...sentAgain })
        : measuredCell(open, slice, { query, ok: planned });
    }),
  });
  const lost = again.cells.filter((cell) => cell.lost > 0);
  again.reasons = lost.map(({ query }) => ({ query, state: "lost", reason: "worker_died", count: 1 }));
  assert.deepEqual(ledger.offer(again), { kind: "superseded" });
  const extra = sum(again.cells.map((cell) => cell.ok + cell.failed + cell.timed_out));
  assert.ok(extra > 0);
  assert.deepEqual(ledger.line(), { ...before, superseded: extra });
  assert.equal(ledger.slicesSettled(), 1);
  assert.equal(ledger.extras.results(), 1);
});

test("a result that cannot be true is refused with its reason, and nothing is booked", () => {
  const ledger = createLedger(createCourse(open));
  const before = booksOf(ledger, open);
  const lie = ranOf(open, { lane: 0, window: 0 }, { cells: [] });
  assert.deepEqual(ledger.offer(lie), { kind: "refused", why: "balance" });
  assert.deepEqual(booksOf(ledger, open), before);
});

test("the books are the same in whatever order results come", () => {
  fc.assert(
    fc.property(anyPlannedRun, anySeed, (plan, seed) => {
      const results = historyOf(plan, seed);
      const inOrder = booksOf(offerAll(plan, results), plan);
      assert.deepEqual(booksOf(offerAll(plan, shuffled(results, seed)), plan), inOrder);
      assert.equal(inOrder.settled, results.length);
    }),
    { numRuns: 50 },
  );
});

test("the books are the same however often results come, and every repeat is told as extra load", () => {
  fc.assert(
    fc.property(anyPlannedRun, anySeed, (plan, seed) => {
      const results = historyOf(plan, seed);
      const repeats = shuffled(results, seed).slice(0, seed % (results.length + 1));
      const ledger = offerAll(plan, shuffled([...results, ...repeats], seed + 1));
      const once = booksOf(offerAll(plan, results), plan);
      const extra = (line: { superseded: number }) => ({ ...line, superseded: 0 });
      const books = booksOf(ledger, plan);
      assert.deepEqual({ ...books, lines: books.lines.map(extra), total: extra(books.total) }, once);
      assert.equal(ledger.extras.results(), repeats.length);
      const sentAgain = repeats.flatMap((result) => (result.kind === "ran" ? result.cells : []));
      assert.equal(
        ledger.line().superseded,
        sum(sentAgain.map((cell) => cell.ok + cell.failed + cell.timed_out)),
      );
    }),
    { numRuns: 50 },
  );
});

test("whatever part of a run was reported, the books balance at its end", () => {
  fc.assert(
    fc.property(anyPlannedRun, anySeed, fc.nat(10), (plan, seed, tenths) => {
      const results = shuffled(historyOf(plan, seed), seed);
      const ledger = offerAll(plan, results.slice(0, Math.round((results.length * tenths) / 10)));
      ledger.cancelRest("stopped");
      assertBalanced(ledger, plan);
      const before = booksOf(ledger, plan);
      ledger.cancelRest("time_up");
      assert.deepEqual(booksOf(ledger, plan), before, "a second end changes nothing");
      for (const result of results) ledger.offer(result);
      assertBalanced(ledger, plan);
      assert.equal(ledger.slicesSettled(), before.settled, "what comes after the end settles nothing");
    }),
  );
});

test("the coordinator's word on a slice books as many queries as the plan has for it", () => {
  for (const plan of [open, count]) {
    const slice = { lane: 1, window: 1 };
    const ledger = createLedger(createCourse(plan));
    ledger.offer(verdictFor(slice, "lost", "poisoned"));
    plannedInSlice(plan, 1, 1).forEach((planned, query) => {
      assert.ok(planned > 0);
      assert.equal(ledger.line(query).lost, planned);
      const told = ledger.reasons().find((entry) => entry.query === query);
      assert.deepEqual(told, {
        ...{ query, state: "lost", reason: "poisoned", count: planned },
        ...{ slices: ["1.1"], slicesInAll: 1, nodes: [] },
      });
    });
  }
});

test("a run of which nothing was published is cancelled as a whole", () => {
  const ledger = createLedger(createCourse(open));
  ledger.cancelRest("stopped");
  assert.equal(ledger.line().cancelled, 80);
  assert.deepEqual(
    ledger.reasons().map(({ query, reason, count: times }) => [query, reason, times]),
    plannedPerQuery(open)?.map((times, query) => [query, "stopped", times]),
  );
});

test("a slice that was settled before those ahead of it is not cancelled with them", () => {
  const ledger = createLedger(createCourse(open));
  ledger.offer(ranOf(open, { lane: 1, window: 5 }));
  ledger.cancelRest("stopped");
  const settled = sum(plannedInSlice(open, 1, 5));
  assert.ok(settled > 0);
  assert.deepEqual([ledger.line().ok, ledger.line().cancelled], [settled, 80 - settled]);
});

test("a slice that took more than one delivery is counted as redelivered, once", () => {
  const ledger = createLedger(createCourse(open));
  ledger.offer(ranOf(open, { lane: 0, window: 0 }, { attempt: 3 }));
  ledger.offer(ranOf(open, { lane: 0, window: 0 }, { attempt: 4 }));
  ledger.offer(ranOf(open, { lane: 0, window: 1 }, { attempt: 1 }));
  assert.equal(ledger.slicesRedelivered(), 1);
});

test("the frontier of an open lane stands at its first slice that is not settled", () => {
  const ledger = createLedger(createCourse(open));
  for (const window of [0, 1, 3]) ledger.offer(ranOf(open, { lane: 2, window }));
  assert.equal(ledger.frontier(2), 2);
  ledger.offer(ranOf(open, { lane: 2, window: 2 }));
  assert.equal(ledger.frontier(2), 4);
  assert.equal(ledger.frontier(1), 0);
});

test("the frontier passes over slices that ask for nothing, which nobody publishes", () => {
  // A query every two seconds, and windows of one: every other slice asks for nothing.
  const rare = planFor({ model: "open", target_qps: 0.5, duration: 10, lanes: 1 });
  const ledger = createLedger(createCourse(rare));
  for (const slice of slicesOf(rare)) ledger.offer(ranOf(rare, slice));
  assert.equal(ledger.frontier(0), slicesInLane(rare, 0));
});

test("in the closed model the plan is what settled slices began, and it balances after each one", () => {
  fc.assert(
    fc.property(anySeed, fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 5 }), (seed, steps) => {
      const ledger = createLedger(createCourse(closed));
      const random = randomFor(seed, 9);
      const begun = [0, 0];
      let window = -1;
      for (const step of steps) {
        window += step;
        if (window >= slicesInLane(closed, 0)) break;
        const result = randomRan(closed, { lane: 0, window }, random);
        assert.equal(ledger.offer(result).kind, "settled");
        result.planned.forEach((times, query) => {
          begun[query] = (begun[query] ?? 0) + times;
        });
        assertBalanced(ledger, closed);
      }
      assert.deepEqual([ledger.line(0).planned, ledger.line(1).planned], begun);
    }),
  );
});

test("a closed lane is a chain: a settled slice closes the windows before it, which were passed over", () => {
  const ledger = createLedger(createCourse(closed));
  assert.equal(ledger.offer(ranOf(closed, { lane: 0, window: 3 }, { planned: [4, 0] })).kind, "settled");
  assert.equal(ledger.frontier(0), 4);
  assert.equal(ledger.offer(ranOf(closed, { lane: 0, window: 1 }, { planned: [5, 0] })).kind, "superseded");
  assert.equal(ledger.offer(verdictFor({ lane: 0, window: 3 })).kind, "superseded");
  assert.equal(ledger.offer(verdictFor({ lane: 0, window: 4 })).kind, "settled");
  assert.equal(ledger.offer(ranOf(closed, { lane: 1, window: 0 })).kind, "settled");
  ledger.cancelRest("stopped");
  assert.deepEqual(ledger.line(), {
    ...ledger.line(),
    planned: 4,
    ok: 4,
    lost: 0,
    cancelled: 0,
    superseded: 5,
  });
});

test("a line of some queries, and of all, is the sum of their own", () => {
  const ledger = offerAll(open, historyOf(open, 5));
  const [a, b] = [ledger.line(0), ledger.line(1)];
  for (const key of [...LEDGER_STATES, "planned", "superseded"] as const) {
    assert.equal(ledger.line()[key], a[key] + b[key]);
    assert.equal(ledger.lineOf([0, 1])[key], a[key] + b[key]);
    assert.equal(ledger.lineOf([1])[key], b[key]);
  }
  assert.equal(ledger.lineOf([]).planned, 0);
});

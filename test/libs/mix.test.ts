/** The mix of queries: smooth, as the weights say, from the first queries on, in every lane and in total. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { countPerQuery, mixOf, occurrenceAt, phaseOf, queryAt } from "../../libs/load/mix.ts";
import { anyWeights } from "../support/configs.ts";

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

/** The oracle: looks each arrival up. */
function countOneByOne(mix: ReturnType<typeof mixOf>, phase: number, first: number, count: number): number[] {
  const counts = mix.perCycle.map(() => 0);
  for (let index = first; index < first + count; index++) {
    const query = queryAt(mix, phase, index);
    counts[query] = (counts[query] ?? 0) + 1;
  }
  return counts;
}

/** What all lanes have sent when each has sent so many. */
function totalOver(mix: ReturnType<typeof mixOf>, lanes: number, each: number): number[] {
  const total = mix.perCycle.map(() => 0);
  for (let lane = 0; lane < lanes; lane++) {
    countPerQuery(mix, phaseOf(mix, lane, lanes), 0, each).forEach((times, query) => {
      total[query] = (total[query] ?? 0) + times;
    });
  }
  return total;
}

test("weights 5, 1, 1 are spread smoothly: a a b a c a a", () => {
  const mix = mixOf([5, 1, 1]);
  const order = Array.from({ length: 14 }, (_, index) => "abc"[queryAt(mix, 0, index)]);
  assert.equal(order.join(" "), "a a b a c a a a a b a c a a");
});

test("each query's occurrences are counted in turn, wherever the lane begins in the cycle", () => {
  fc.assert(
    fc.property(anyWeights, fc.nat(1000), (weights, start) => {
      const mix = mixOf(weights);
      const phase = start % mix.cycle.length;
      const next = new Map<number, number>();
      for (let index = 0; index < 2 * mix.cycle.length + 5 && index < 3000; index++) {
        const query = queryAt(mix, phase, index);
        const occurrence = occurrenceAt(mix, phase, index);
        assert.equal(occurrence, next.get(query) ?? occurrence);
        next.set(query, occurrence + 1);
      }
    }),
  );
});

test("weights are shares: only their proportions count", () => {
  const order = (...weights: number[]) => [...mixOf(weights).cycle];
  assert.deepEqual(order(20, 15), order(4, 3));
  assert.deepEqual(order(0.5, 0.25), order(2, 1));
  assert.deepEqual(order(7), [0]);
});

test("equal weights take turns", () => {
  assert.deepEqual([...mixOf([3, 3, 3]).cycle], [0, 1, 2]);
});

test("a cycle holds each query as often as its weight says", () => {
  fc.assert(
    fc.property(anyWeights, (weights) => {
      const mix = mixOf(weights);
      assert.deepEqual(countOneByOne(mix, 0, 0, mix.cycle.length), mix.perCycle);
      weights.forEach((weight, query) => {
        const share = (mix.perCycle[query] ?? 0) / mix.cycle.length;
        // Weights have three decimals at most here, so nothing is rounded.
        assert.ok(Math.abs(share - weight / sum(weights)) < 1e-9);
      });
    }),
  );
});

test("very uneven weights are rounded to a cycle of bounded length, and no query is left out", () => {
  const mix = mixOf([100_000, 33_333.333, 0.001]);
  assert.ok(mix.cycle.length <= 20_010, String(mix.cycle.length));
  assert.ok(mix.perCycle.every((times) => times >= 1));
  assert.ok(Math.abs((mix.perCycle[0] ?? 0) / mix.cycle.length - 0.75) < 0.001);
});

test("counting in one go is counting one by one", () => {
  const anyStretch = fc.record({ phase: fc.nat(5000), first: fc.nat(5000), count: fc.nat(2000) });
  fc.assert(
    fc.property(anyWeights, anyStretch, (weights, { phase, first, count }) => {
      const mix = mixOf(weights);
      assert.deepEqual(countPerQuery(mix, phase, first, count), countOneByOne(mix, phase, first, count));
    }),
  );
});

test("in every lane the mix is right at any moment: no query is ahead or behind by its number of rivals", () => {
  fc.assert(
    fc.property(anyWeights, fc.integer({ min: 1, max: 64 }), fc.nat(500), (weights, lanes, count) => {
      const mix = mixOf(weights);
      for (let lane = 0; lane < lanes; lane++) {
        const counts = countPerQuery(mix, phaseOf(mix, lane, lanes), 0, count);
        counts.forEach((times, query) => {
          const due = (count * (mix.perCycle[query] ?? 0)) / mix.cycle.length;
          assert.ok(Math.abs(times - due) <= Math.max(1, weights.length), `${times} of ${due}`);
        });
      }
    }),
  );
});

test("in total over the lanes no query is ahead or behind by more than one for each lane", () => {
  fc.assert(
    fc.property(anyWeights, fc.integer({ min: 1, max: 64 }), fc.nat(100), (weights, lanes, each) => {
      const mix = mixOf(weights);
      totalOver(mix, lanes, each).forEach((times, query) => {
        const due = (lanes * each * (mix.perCycle[query] ?? 0)) / mix.cycle.length;
        assert.ok(Math.abs(times - due) <= lanes + weights.length, `${times} of ${due}`);
      });
    }),
  );
});

test("lanes begin spread over the cycle, so that together they have the whole mix after one query each", () => {
  fc.assert(
    fc.property(
      anyWeights,
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 1, max: 5 }),
      (weights, times, each) => {
        const mix = mixOf(weights);
        fc.pre(mix.cycle.length <= 2000);
        // As many lanes as the cycle is long begin at all its places, or at each of them so many times.
        const total = totalOver(mix, mix.cycle.length * times, each);
        assert.deepEqual(
          total,
          mix.perCycle.map((count) => count * times * each),
        );
      },
    ),
  );
});

test("a rare query is sent by some lane from the start, and not first by all at once", () => {
  // One in a thousand, a hundred lanes that have sent ten queries each: it must have come exactly once.
  const mix = mixOf([999, 1]);
  const [, rare] = totalOver(mix, 100, 10);
  assert.equal(rare, 1);
});

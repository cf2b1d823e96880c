/** The plan of a run on two targets: the schedule of either is that of a run on one, query by query. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { revise, unrevised } from "../../libs/load/changes.ts";
import { pairedMixOf, phaseOf, queryAt, scheduledIndex } from "../../libs/load/mix.ts";
import {
  boundsOf,
  type Plan,
  plannedInSlice,
  plannedPerQuery,
  planOf,
  stretchOf,
} from "../../libs/load/plan.ts";
import {
  anyCountWorkload,
  anyOpenWorkload,
  anySeed,
  anyWeights,
  anyWorkload,
  config,
  paired,
  queriesOf,
  type WorkloadDocument,
} from "../support/configs.ts";
import { slicesOf } from "../support/results.ts";

function plansOf(workload: WorkloadDocument, weights: readonly number[], seed: number): [Plan, Plan] {
  const queries = queriesOf(...weights);
  return [planOf(config({ workload, queries }), seed), planOf(config(paired({ workload, queries })), seed)];
}

const twice = (counts: readonly number[] | undefined) => counts?.flatMap((count) => [count, count]);

test("each query is planned for either target as often as for one target alone, in all and in each slice", () => {
  fc.assert(
    fc.property(
      fc.oneof(anyOpenWorkload(), anyCountWorkload),
      anyWeights,
      anySeed,
      (workload, weights, seed) => {
        const [single, both] = plansOf(workload, weights, seed);
        assert.equal(both.slotsNeeded, single.slotsNeeded);
        assert.deepEqual(plannedPerQuery(both), twice(plannedPerQuery(single)));
        if (both.model === "closed" || single.model === "closed") return;
        for (const { lane, window } of slicesOf(both).slice(0, 50)) {
          const planned = plannedInSlice(both, lane, window);
          assert.equal(
            planned.reduce((sum, count) => sum + count, 0),
            stretchOf(both, lane, window).count,
          );
          if (both.model === "open")
            assert.deepEqual(planned, twice(plannedInSlice(single as typeof both, lane, window)));
        }
      },
    ),
    { numRuns: 60 },
  );
});

test("the two of a pair are next to each other, ask the same, and go first equally often", () => {
  fc.assert(
    fc.property(anyWeights, anySeed, fc.integer({ min: 1, max: 40 }), (weights, seed, lanes) => {
      const mix = pairedMixOf(
        weights.flatMap((weight) => [weight, weight]),
        seed,
      );
      const led = new Map<number, number>();
      for (let index = 0; index < mix.cycle.length; index += 2) {
        const phase = phaseOf(mix, index % lanes, lanes);
        const [one, other] = [queryAt(mix, phase, index), queryAt(mix, phase, index + 1)];
        assert.equal(Math.floor(one / 2), Math.floor(other / 2));
        assert.notEqual(one, other);
        assert.equal(scheduledIndex(mix, index), scheduledIndex(mix, index + 1));
        const first = mix.cycle[index] as number;
        led.set(first, (led.get(first) ?? 0) + 1);
      }
      for (let query = 0; query < 2 * weights.length; query += 2)
        assert.equal(led.get(query), led.get(query + 1), `query ${query / 2}`);
    }),
    { numRuns: 60 },
  );
});

test("which side goes first comes from the seed", () => {
  const cycles = [1, 1, 2].map((seed) => pairedMixOf([1, 1], seed).cycle.join());
  assert.equal(cycles[0], cycles[1]);
  assert.notEqual(cycles[0], cycles[2]);
});

test("the second of a pair is due after the first and before the lane's next, within the slice; the firsts are due as on one target", () => {
  fc.assert(
    fc.property(anyOpenWorkload(), anySeed, (workload, seed) => {
      const [single, both] = plansOf(workload, [1, 2], seed);
      assert.ok(single.model === "open" && both.model === "open");
      for (const { lane, window } of slicesOf(both).slice(0, 50)) {
        const times: number[] = Array.from(both.arrivals.timesMs(lane, window));
        assert.deepEqual(
          times.filter((_, index) => index % 2 === 0),
          [...single.arrivals.timesMs(lane, window)],
        );
        assert.deepEqual(
          times,
          times.toSorted((a, b) => a - b),
        );
        const { endMs } = boundsOf(both, lane, window);
        assert.ok((times.at(-1) ?? 0) <= endMs + 1e-6);
      }
    }),
    { numRuns: 40 },
  );
});

test("evenly spaced arrivals of both targets together are evenly spaced", () => {
  const [, both] = plansOf({ model: "open", target_qps: 40, duration: 10 }, [1], 3);
  assert.ok(both.model === "open");
  const { arrivals } = both;
  const times = slicesOf(both)
    .flatMap(({ lane, window }) => [...arrivals.timesMs(lane, window)])
    .sort((a, b) => a - b);
  assert.equal(times.length, 800);
  const gaps = times.slice(1).map((atMs, index) => atMs - (times[index] as number));
  const even = gaps.filter((gap) => Math.abs(gap - 12.5) < 0.01).length;
  assert.ok(even > gaps.length * 0.9, `${even} of ${gaps.length} gaps are 12.5 ms`);
});

test("a run on two targets is changed like any other: rate and weights hold for both", () => {
  const [single, both] = plansOf({ model: "open", target_qps: 20, duration: 20 }, [1, 1], 5);
  const change = { kind: "change", revision: 2, at_ms: 8000, by: "test", load: 40 } as const;
  const planned = (plan: Plan, weights: number[]) =>
    plannedPerQuery(revise(unrevised(plan), { ...change, weights }).plan);
  assert.deepEqual(planned(both, [3, 3, 1, 1]), twice(planned(single, [3, 1])));
});

test("a closed run has the users that it asks for, whatever the number of targets", () => {
  fc.assert(
    fc.property(anyWorkload, anySeed, (workload, seed) => {
      const [single, both] = plansOf(workload, [1, 2], seed);
      assert.equal(both.lanes, single.lanes);
      if (both.model === "open" || single.model === "open") return;
      assert.equal(both.users, single.users);
    }),
    { numRuns: 40 },
  );
});

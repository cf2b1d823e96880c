/** The plan cuts a run into slices that add up to it exactly, whatever the config; and says how many slots they need. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  boundsOf,
  type Plan,
  plannedDurationMs,
  plannedInSlice,
  plannedPerQuery,
  planOf,
  slicesInLane,
  stretchOf,
  usersInLane,
} from "../../libs/load/plan.ts";
import { anySeed, anyWeights, anyWorkload, config, planFor, queriesOf } from "../support/configs.ts";

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const lanesOf = (plan: Plan) => Array.from({ length: plan.lanes }, (_, lane) => lane);

/** Adds up what the slices answer for, one by one. */
function addSlices(plan: Exclude<Plan, { model: "closed" }>): number[] {
  const totals = new Array<number>(plan.queries).fill(0);
  for (const lane of lanesOf(plan)) {
    for (let window = 0; window < slicesInLane(plan, lane); window++) {
      plannedInSlice(plan, lane, window).forEach((count, query) => {
        totals[query] = (totals[query] ?? 0) + count;
      });
    }
  }
  return totals;
}

/** The most slices of a lane that are out at one moment if each is settled the moment it ends. */
function mostAtOnce(plan: Extract<Plan, { model: "open" }>, lane: number): number {
  const windows = Array.from({ length: slicesInLane(plan, lane) }, (_, window) =>
    boundsOf(plan, lane, window),
  );
  const published = windows.map(({ startMs }) => startMs - plan.leadMs);
  return Math.max(
    ...published.map(
      (atMs) => windows.filter(({ startMs, endMs }) => startMs - plan.leadMs <= atMs && endMs > atMs).length,
    ),
  );
}

test("in a thousand configs of all models the slices add up to the plan, query by query", () => {
  fc.assert(
    fc.property(anyWorkload, anyWeights, anySeed, (workload, weights, seed) => {
      const plan = planOf(config({ workload, queries: queriesOf(...weights) }), seed);
      if (plan.model === "closed") {
        assert.equal(plannedPerQuery(plan), undefined);
        return;
      }
      const perQuery = plannedPerQuery(plan);
      assert.deepEqual(addSlices(plan), perQuery);
      const total = sum(perQuery ?? []);
      if (plan.model === "count") assert.equal(total, workload.total_queries);
      // Poisson draws its own total; that of even arrivals is the area of the load.
      else if (workload.arrival === "constant") assert.equal(total, Math.ceil(plan.profile.area - 1e-9));
    }),
    { numRuns: 1000 },
  );
});

test("each query is planned as often as its share of the weights says, but for the lanes' beginnings", () => {
  fc.assert(
    fc.property(anyWorkload, anyWeights, anySeed, (workload, weights, seed) => {
      const plan = planOf(config({ workload, queries: queriesOf(...weights) }), seed);
      const perQuery = plannedPerQuery(plan) ?? [];
      const total = sum(perQuery);
      perQuery.forEach((count, query) => {
        const due = (total * (weights[query] ?? 0)) / sum(weights);
        assert.ok(Math.abs(count - due) <= plan.lanes * Math.max(1, weights.length), `${count} of ${due}`);
      });
    }),
    { numRuns: 200 },
  );
});

test("a lane's slices are one after the other: each begins with the arrival behind the one before", () => {
  fc.assert(
    fc.property(anyWorkload, anySeed, (workload, seed) => {
      const plan = planOf(config({ workload }), seed);
      if (plan.model === "closed") return;
      for (const lane of lanesOf(plan)) {
        let next = 0;
        for (let window = 0; window < slicesInLane(plan, lane); window++) {
          const { first, count } = stretchOf(plan, lane, window);
          assert.equal(first, next);
          // A slice of a count that asks for nothing would never be settled by anyone.
          assert.ok(plan.model === "count" ? count > 0 : count >= 0);
          next += count;
        }
      }
    }),
    { numRuns: 200 },
  );
});

test("every user belongs to a lane, and no lane is without users", () => {
  fc.assert(
    fc.property(anyWorkload, (workload) => {
      const plan = planOf(config({ workload }), 1);
      if (plan.model === "open") return;
      const perLane = lanesOf(plan).map((lane) => usersInLane(plan, lane));
      assert.equal(sum(perLane), plan.users);
      assert.ok(Math.min(...perLane) >= 1);
      assert.ok(Math.max(...perLane) - Math.min(...perLane) <= 1);
    }),
  );
});

test("the slots are enough for every slice that can be out at once, and not a fleet more", () => {
  fc.assert(
    fc.property(anyWorkload, (workload) => {
      const plan = planOf(config({ workload }), 1);
      if (plan.model !== "open") {
        // Chains: one slice of each lane at a time.
        assert.equal(plan.slotsNeeded, plan.lanes);
        return;
      }
      const most = sum(lanesOf(plan).map((lane) => mostAtOnce(plan, lane)));
      assert.ok(plan.slotsNeeded >= most, `${plan.slotsNeeded} for ${most}`);
      // One more for each lane, whose last slice may still have queries in flight.
      assert.ok(plan.slotsNeeded <= most + 2 * plan.lanes, `${plan.slotsNeeded} for ${most}`);
    }),
    { numRuns: 200 },
  );
});

test("lanes are chosen from the load when the config does not say", () => {
  // Chains: a lane a user, up to 128. Rates: at least eight where there are as many queries, then one for 50 per second.
  const cases = [
    [{ total_concurrent_users: 3, duration: 10 }, 3],
    [{ total_concurrent_users: 500, duration: 10 }, 128],
    [{ total_concurrent_users: 500, duration: 10, lanes: 7 }, 7],
    [{ total_concurrent_users: 3, duration: 10, lanes: 7 }, 3],
    [{ model: "open", target_qps: 0.5, duration: 10 }, 1],
    [{ model: "open", target_qps: 3, duration: 10 }, 3],
    [{ model: "open", target_qps: 100, duration: 10 }, 8],
    [{ model: "open", target_qps: 1000, duration: 10 }, 20],
    [{ model: "open", target_qps: 1_000_000, duration: 10 }, 1000],
    [{ model: "count", total_queries: 1000 }, 10],
  ] as const;
  for (const [workload, lanes] of cases)
    assert.equal(planFor(workload).lanes, lanes, JSON.stringify(workload));
});

test("a count is cut into slices of ten queries a user, and the last one takes the rest", () => {
  // Two users in one lane: twenty queries a slice, so 45 are 20 + 20 + 5.
  const plan = planFor({ model: "count", total_queries: 45, total_concurrent_users: 2, lanes: 1 });
  assert.equal(slicesInLane(plan, 0), 3);
  assert.deepEqual(
    [0, 1, 2].map((window) => stretchOf(plan, 0, window)),
    [
      { first: 0, count: 20 },
      { first: 20, count: 20 },
      { first: 40, count: 5 },
    ],
  );
});

test("the planned length is the duration, the sum of the stages, or nothing for a count without a limit", () => {
  assert.equal(
    plannedDurationMs(planFor({ total_concurrent_users: 1, duration: "90s", ramp_up_time: 30 })),
    90_000,
  );
  const stages = [
    { duration: 10, target: 5 },
    { duration: "1m", target: 5 },
  ];
  assert.equal(plannedDurationMs(planFor({ model: "open", stages })), 70_000);
  assert.equal(plannedDurationMs(planFor({ model: "count", total_queries: 5 })), undefined);
  assert.equal(plannedDurationMs(planFor({ model: "count", total_queries: 5, duration: 60 })), 60_000);
});

/** Users of the closed model come and go with the load: their time at work is the load's area, made whole. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { boundsOf, type ClosedPlan, slicesInLane } from "../../libs/load/plan.ts";
import { levelAt } from "../../libs/load/profile.ts";
import { activeIntervals, activeMs, activeUserMs, hasActiveUser, usersOf } from "../../libs/load/users.ts";
import { anyClosedWorkload, planFor } from "../support/configs.ts";

const anyClosedPlan = anyClosedWorkload.map((workload) => planFor(workload) as ClosedPlan);
const lanesOf = (plan: ClosedPlan) => Array.from({ length: plan.lanes }, (_, lane) => lane);
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

/** How many users are at work at a moment. */
function atWork(plan: ClosedPlan, atMs: number): number {
  const moment = { startMs: atMs, endMs: atMs + 1e-3 };
  return lanesOf(plan)
    .flatMap((lane) => usersOf(plan, lane))
    .filter((user) => activeIntervals(plan, user, moment).length > 0).length;
}

test("half of the users are at work at half of the ramp, and all of them after it", () => {
  const plan = planFor({ total_concurrent_users: 200, duration: 600, ramp_up_time: 60 });
  assert.equal(atWork(plan, 0), 0);
  assert.equal(atWork(plan, 30_000), 100);
  assert.equal(atWork(plan, 60_000), 200);
  assert.equal(atWork(plan, 599_000), 200);
});

test("users leave as the load goes down, the last to come first", () => {
  const plan = planFor({
    stages: [
      { duration: 10, target: 10 },
      { duration: 10, target: 0 },
    ],
  });
  const whole = { startMs: 0, endMs: 20_000 };
  // The load passes user + ½: one user a second on the way up, and the same on the way down.
  assert.deepEqual(activeIntervals(plan, 0, whole), [{ startMs: 500, endMs: 19_500 }]);
  assert.deepEqual(activeIntervals(plan, 9, whole), [{ startMs: 9500, endMs: 10_500 }]);
});

test("a user whose load comes twice is at work twice", () => {
  const plan = planFor({
    stages: [
      { duration: 0, target: 4 },
      { duration: 2, target: 4 },
      { duration: 0, target: 1 },
      { duration: 3, target: 1 },
      { duration: 0, target: 4 },
      { duration: 2, target: 4 },
    ],
  });
  const whole = { startMs: 0, endMs: 7000 };
  assert.deepEqual(activeIntervals(plan, 0, whole), [whole]);
  assert.deepEqual(activeIntervals(plan, 3, whole), [
    { startMs: 0, endMs: 2000 },
    { startMs: 5000, endMs: 7000 },
  ]);
});

test("every user belongs to exactly one lane", () => {
  fc.assert(
    fc.property(anyClosedPlan, (plan) => {
      const users = lanesOf(plan).flatMap((lane) => usersOf(plan, lane));
      assert.deepEqual(
        users.sort((a, b) => a - b),
        Array.from({ length: plan.users }, (_, user) => user),
      );
    }),
  );
});

test("the users' time at work adds up to the load, rounded to whole users at each moment", () => {
  fc.assert(
    fc.property(anyClosedPlan, (plan) => {
      const whole = { startMs: 0, endMs: plan.profile.durationMs };
      const actualMs = sum(lanesOf(plan).map((lane) => activeUserMs(plan, lane, whole)));
      let expectedMs = 0;
      for (let ms = 0; ms < whole.endMs; ms++) expectedMs += Math.round(levelAt(plan.profile, ms + 0.5));
      // Sampling may be off by half a step where a user comes or goes.
      const turns = sum(
        lanesOf(plan).flatMap((lane) =>
          usersOf(plan, lane).map((user) => 2 * activeIntervals(plan, user, whole).length),
        ),
      );
      assert.ok(Math.abs(actualMs - expectedMs) <= 0.5 * turns + 1e-3, `${actualMs} of ${expectedMs} ms`);
    }),
    { numRuns: 60 },
  );
});

test("a user's time at work is the same, added up slice by slice", () => {
  fc.assert(
    fc.property(anyClosedPlan, (plan) => {
      const whole = { startMs: 0, endMs: plan.profile.durationMs };
      for (const lane of lanesOf(plan)) {
        const windows = Array.from({ length: slicesInLane(plan, lane) }, (_, window) =>
          boundsOf(plan, lane, window),
        );
        const inSlices = sum(windows.map((window) => activeUserMs(plan, lane, window)));
        assert.ok(Math.abs(inSlices - activeUserMs(plan, lane, whole)) < 1e-3);
      }
    }),
  );
});

test("a lane has someone at work exactly when its first user is", () => {
  fc.assert(
    fc.property(
      anyClosedPlan,
      fc.nat(15_000),
      fc.integer({ min: 1, max: 3000 }),
      (plan, startMs, lengthMs) => {
        const within = { startMs, endMs: startMs + lengthMs };
        for (const lane of lanesOf(plan)) {
          const anyone = usersOf(plan, lane).some((user) => activeMs(plan, user, within) > 0);
          assert.equal(hasActiveUser(plan, lane, within), anyone);
        }
      },
    ),
  );
});

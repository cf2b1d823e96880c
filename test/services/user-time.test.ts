/** The closed model's second balance: every planned user-second was driven, or idle for a reason. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createUserTime } from "../../libs/fold/books/user-time.ts";
import { createCourse } from "../../libs/fold/course.ts";
import { boundsOf, type ClosedPlan, slicesInLane } from "../../libs/load/plan.ts";
import { below, type Random, randomFor } from "../../libs/load/random.ts";
import { activeUserMs } from "../../libs/load/users.ts";
import { IDLE_REASONS, type UserSeconds } from "../../libs/protocol/report.ts";
import type { Result } from "../../libs/protocol/result.ts";
import { anyClosedWorkload, anySeed, planFor } from "../support/configs.ts";
import { ranOf, verdictFor } from "../support/results.ts";

/** Two users in one lane for ten seconds: its windows end at 2, 4, 6, 8 and 10 s. Twenty user-seconds in all. */
const plan = planFor({ total_concurrent_users: 2, duration: 10, lanes: 1 });

const milli = (seconds: number) => Math.round(seconds * 1000);

function totalOf(results: readonly Result[], stoppedMs?: number): UserSeconds {
  const userTime = createUserTime(createCourse(plan));
  for (const result of results) userTime.add(result);
  return userTime.total(stoppedMs);
}

/** A slice that drove both users from its start to its end, but for what the test says. */
function drove(window: number, startedMs: number, endedMs: number, change: Parameters<typeof ranOf>[2] = {}) {
  return ranOf(
    plan,
    { lane: 0, window },
    {
      published_ms: startedMs,
      started_ms: startedMs,
      ended_ms: endedMs,
      driven_user_ms: 2 * (endedMs - startedMs),
      ...change,
    },
  );
}

const NO_IDLE = {
  slice_turnover: 0,
  worker_died: 0,
  waiting_for_capacity: 0,
  waiting_for_dispatch: 0,
  paused: 0,
  stopped: 0,
};
const whole = [
  drove(0, 0, 2000),
  drove(1, 2000, 4000),
  drove(2, 4000, 6000),
  drove(3, 6000, 8000),
  drove(4, 8000, 10_000),
];

test("users that were driven from the first moment to the last were never idle", () => {
  assert.deepEqual(totalOf(whole), { planned: 20, driven: 20, idle: 0, idle_by_reason: NO_IDLE });
});

test("a run of which nothing is known yet was idle throughout", () => {
  assert.deepEqual(totalOf([]), {
    planned: 20,
    driven: 0,
    idle: 20,
    idle_by_reason: { ...NO_IDLE, slice_turnover: 20 },
  });
});

test("the pause between two slices, and the wait for a slice's slowest answer, are its turnover", () => {
  // 100 ms without a slice, and in the next one 150 ms of a user's time that waited for the other.
  const results = whole.with(1, drove(1, 2100, 4000, { driven_user_ms: 2 * 1900 - 150 }));
  assert.deepEqual(totalOf(results), {
    planned: 20,
    driven: 19.65,
    idle: 0.35,
    idle_by_reason: { ...NO_IDLE, slice_turnover: 0.35 },
  });
});

test("a slice that waited in the queue for more than half a second waited for capacity", () => {
  const late = drove(1, 2800, 4000, { published_ms: 2000 });
  assert.deepEqual(totalOf(whole.with(1, late)).idle_by_reason, { ...NO_IDLE, waiting_for_capacity: 1.6 });
});

test("a slice that was published late and taken at once waited for the coordinator, not for workers", () => {
  const prompt = drove(1, 2800, 4000, { published_ms: 2700 });
  assert.deepEqual(totalOf(whole.with(1, prompt)).idle_by_reason, { ...NO_IDLE, waiting_for_dispatch: 1.6 });
  const almost = drove(1, 2500, 4000, { published_ms: 2500 });
  assert.deepEqual(totalOf(whole.with(1, almost)).idle_by_reason, { ...NO_IDLE, slice_turnover: 1 });
});

test("what a dead worker did not drive of a slice that another finished is the dead worker's", () => {
  const second = drove(1, 3500, 4000, { attempt: 2 });
  assert.deepEqual(totalOf(whole.with(1, second)).idle_by_reason, { ...NO_IDLE, worker_died: 3 });
});

test("the time of a slice that was lost is the dead worker's, up to the lane's next slice", () => {
  const results = [...whole.slice(0, 1), verdictFor({ lane: 0, window: 1 }), ...whole.slice(3)];
  assert.deepEqual(totalOf(results).idle_by_reason, { ...NO_IDLE, worker_died: 8 });
});

test("a lane whose last slice was lost leaves the rest of the run to the dead worker", () => {
  const results = [...whole.slice(0, 3), verdictFor({ lane: 0, window: 3 })];
  assert.deepEqual(totalOf(results).idle_by_reason, { ...NO_IDLE, worker_died: 8 });
});

test("a dead worker answers for one gap only, also when the slice behind it was delivered twice", () => {
  const results = [
    drove(0, 0, 2000),
    verdictFor({ lane: 0, window: 1 }),
    // Its gap of two seconds, 4 user-seconds, is the dead worker's …
    drove(2, 4000, 6000, { attempt: 2 }),
    // … and this one of a tenth of a second is an ordinary turnover.
    drove(3, 6100, 8000),
    drove(4, 8000, 10_000),
  ];
  assert.deepEqual(totalOf(results).idle_by_reason, { ...NO_IDLE, worker_died: 4, slice_turnover: 0.2 });
});

test("what comes after a stop is idle because of the stop, and what was missing before it is not", () => {
  assert.deepEqual(totalOf(whole.slice(0, 2), 4500).idle_by_reason, {
    ...NO_IDLE,
    slice_turnover: 1,
    stopped: 11,
  });
  assert.deepEqual(totalOf(whole, 10_000).idle_by_reason, NO_IDLE);
});

test("answers that come after the run's end do not add time to it", () => {
  const results = whole.with(4, drove(4, 8000, 12_500));
  assert.deepEqual(totalOf(results), { planned: 20, driven: 20, idle: 0, idle_by_reason: NO_IDLE });
});

test("on a ramp only users that are due count", () => {
  // From 0 to 2 in ten seconds: user 0 from 2.5 s on, user 1 from 7.5 s on.
  const ramp = planFor({ total_concurrent_users: 2, duration: 10, ramp_up_time: 10, lanes: 1 });
  assert.equal(createUserTime(createCourse(ramp)).total(undefined).planned, 10);
});

/** A lane's slices as they may come about: late, passed over, lost, redelivered, slow, with clocks that err. */
function chainOf(closed: ClosedPlan, lane: number, random: Random): Result[] {
  const results: Result[] = [];
  let window = 0;
  while (window < slicesInLane(closed, lane)) {
    const { startMs, endMs } = boundsOf(closed, lane, window);
    const lengthMs = endMs - startMs;
    const startedMs =
      startMs + lengthMs * Math.max(0, random() * 1.5 - 0.5) - (below(random, 9) === 0 ? 3 : 0);
    const endedMs = startedMs + lengthMs * random() * (below(random, 5) === 0 ? 3 : 1);
    const possibleMs = activeUserMs(closed, lane, { startMs: Math.max(0, startedMs), endMs: endedMs });
    results.push(
      below(random, 8) === 0
        ? verdictFor({ lane, window })
        : ranOf(
            closed,
            { lane, window },
            {
              attempt: 1 + below(random, 2),
              published_ms: startMs,
              started_ms: startedMs,
              ended_ms: endedMs,
              driven_user_ms: possibleMs * (below(random, 3) === 0 ? random() : 1),
            },
          ),
    );
    window += 1 + below(random, 3);
  }
  return results;
}

test("planned = driven + idle to the millisecond, whatever became of the slices", () => {
  fc.assert(
    fc.property(
      anyClosedWorkload,
      anySeed,
      fc.option(fc.nat(15_000), { nil: undefined }),
      (workload, seed, stoppedMs) => {
        const closed = planFor(workload) as ClosedPlan;
        const userTime = createUserTime(createCourse(closed));
        const random = randomFor(seed, 5);
        let plannedMs = 0;
        for (let lane = 0; lane < closed.lanes; lane++) {
          for (const result of chainOf(closed, lane, random)) userTime.add(result);
          plannedMs += activeUserMs(closed, lane, { startMs: 0, endMs: closed.profile.durationMs });
        }
        const total = userTime.total(stoppedMs);
        assert.equal(milli(total.planned), milli(total.driven) + milli(total.idle));
        const named = IDLE_REASONS.map((reason) => total.idle_by_reason[reason]);
        assert.equal(
          named.reduce((sum, idle) => sum + milli(idle), 0),
          milli(total.idle),
        );
        assert.ok(Math.abs(total.planned * 1000 - plannedMs) <= 1);
        for (const seconds of [total.driven, total.idle, ...named])
          assert.ok(seconds >= 0, JSON.stringify(total));
        assert.deepEqual(userTime.total(stoppedMs), total, "asking changes nothing");
      },
    ),
    { numRuns: 150 },
  );
});

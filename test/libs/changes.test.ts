/** A run that is changed on the way: what was before a change stays, sums are exact, and a pause puts the rest off. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Revised, revise, revisionOf, unrevised, whyNotChanged } from "../../libs/load/changes.ts";
import {
  boundsOf,
  type ClosedPlan,
  type OpenPlan,
  plannedInSlice,
  plannedPerQuery,
  revisionOfSlice,
  slicesInLane,
  stretchOf,
} from "../../libs/load/plan.ts";
import { areaTo, levelAt } from "../../libs/load/profile.ts";
import { scheduleHash } from "../../libs/load/schedule-hash.ts";
import { activeUserMs } from "../../libs/load/users.ts";
import type { Change } from "../../libs/protocol/change.ts";
import { anyWishes, revisionsOf } from "../support/changes.ts";
import {
  anyClosedWorkload,
  anyOpenWorkload,
  anySeed,
  config,
  planFor,
  queriesOf,
} from "../support/configs.ts";

const sum = (values: Iterable<number>) => [...values].reduce((total, value) => total + value, 0);
const windowsOf = (plan: OpenPlan, lane: number) =>
  Array.from({ length: slicesInLane(plan, lane) }, (_, window) => window);

const anyRevisedOpen = fc
  .tuple(anyOpenWorkload(), anySeed, anyWishes)
  .map(([workload, seed, wishes]) =>
    revisionsOf(planFor(workload, { queries: queriesOf(3, 1, 1) }, seed) as OpenPlan, wishes),
  )
  .filter((revisions) => revisions.length > 1);

/** What a slice asks for, in every respect. */
function askedBy(plan: OpenPlan, lane: number, window: number) {
  return {
    bounds: boundsOf(plan, lane, window),
    ...stretchOf(plan, lane, window),
    planned: plannedInSlice(plan, lane, window),
    times: [...plan.arrivals.timesMs(lane, window)],
    revision: revisionOfSlice(plan, lane, window),
  };
}

test("open: a window that begins before a change is the same to the query in the revision before and behind", () => {
  let kept = 0;
  fc.assert(
    fc.property(anyRevisedOpen, (revisions) => {
      revisions.slice(1).forEach((after, index) => {
        const before = (revisions[index] as Revised).plan as OpenPlan;
        const plan = after.plan as OpenPlan;
        const { at_ms: atMs, revision } = after.changes.at(-1) as Change;
        assert.equal(plan.lanes, before.lanes);
        for (let lane = 0; lane < Math.min(plan.lanes, 6); lane++) {
          for (const window of windowsOf(plan, lane).slice(0, 40)) {
            if (boundsOf(plan, lane, window).startMs < atMs) {
              assert.deepEqual(askedBy(plan, lane, window), askedBy(before, lane, window));
              kept++;
            } else {
              assert.equal(revisionOfSlice(plan, lane, window), revision);
            }
          }
        }
      });
    }),
    { numRuns: 60 },
  );
  assert.ok(kept > 500, "windows were compared");
});

test("open: whatever was changed, the slices of a lane number its queries without gap, each in its window, and add up to the plan", () => {
  fc.assert(
    fc.property(anyRevisedOpen, (revisions) => {
      const plan = (revisions.at(-1) as Revised).plan as OpenPlan;
      const totals = new Array<number>(plan.queries).fill(0);
      for (let lane = 0; lane < plan.lanes; lane++) {
        let next = 0;
        for (const window of windowsOf(plan, lane)) {
          const { first, count } = stretchOf(plan, lane, window);
          assert.equal(first, next);
          next += count;
          if (count === 0) continue;
          const times = plan.arrivals.timesMs(lane, window);
          const { startMs, endMs } = boundsOf(plan, lane, window);
          assert.equal(times.length, count);
          assert.ok(times.every((at) => at >= startMs - 1e-6 && at <= endMs + 1e-6));
          plannedInSlice(plan, lane, window).forEach((of, query) => {
            totals[query] = (totals[query] as number) + of;
          });
        }
      }
      assert.deepEqual(totals, plannedPerQuery(plan));
    }),
    { numRuns: 60 },
  );
});

const changeAt = (atMs: number, revision: number, change: object) =>
  ({ at_ms: atMs, revision, by: "test", kind: "change", ...change }) as Change;

/** Queries that are due in each second. */
function bySecond(plan: OpenPlan): number[] {
  const seconds: number[] = [];
  for (let lane = 0; lane < plan.lanes; lane++)
    for (const window of windowsOf(plan, lane))
      for (const at of plan.arrivals.timesMs(lane, window)) {
        const second = Math.floor(at / 1000);
        seconds[second] = (seconds[second] ?? 0) + 1;
      }
  return Array.from(seconds, (count = 0) => count);
}

test("open: another rate holds for all lanes a second after it begins, evenly spaced", () => {
  const plan = planFor({ model: "open", target_qps: 50, duration: 10 });
  const revised = revise(unrevised(plan), changeAt(4000, 2, { load: 200 }));
  const seconds = bySecond(revised.plan as OpenPlan);
  assert.deepEqual(seconds.slice(0, 4), [50, 50, 50, 50]);
  assert.ok((seconds[4] ?? 0) > 50 && (seconds[4] ?? 0) < 200, "lane by lane");
  assert.deepEqual(seconds.slice(5), [200, 200, 200, 200, 200]);
  const times = [];
  for (let lane = 0; lane < plan.lanes; lane++)
    for (const window of windowsOf(revised.plan as OpenPlan, lane))
      times.push(...(revised.plan as OpenPlan).arrivals.timesMs(lane, window));
  const late = times.sort((a, b) => a - b).filter((at) => at >= 5000);
  for (const [index, at] of late.entries())
    if (index > 0) assert.ok(Math.abs(at - (late[index - 1] ?? 0) - 5) < 1e-6);
});

test("open: a pause has no query a second after it begins, and what it held back follows it", () => {
  const plan = planFor({ model: "open", target_qps: 40, duration: 10 });
  const paused = revise(unrevised(plan), changeAt(3000, 2, { kind: "pause" }));
  assert.equal(paused.isPaused, true);
  const whole = sum(plannedPerQuery(plan) ?? []);
  const held = sum(plannedPerQuery(paused.plan) ?? []);
  assert.ok(
    held >= whole && held <= whole + 40,
    "what is put off is still planned, and windows that had begun end",
  );
  const resumed = revise(paused, changeAt(7000, 3, { kind: "resume" }));
  const seconds = bySecond(resumed.plan as OpenPlan);
  assert.equal((resumed.plan as OpenPlan).profile.durationMs, 14_000, "the run takes longer by the pause");
  assert.deepEqual(seconds.slice(4, 7), [0, 0, 0]);
  assert.deepEqual(seconds.slice(8, 14), [40, 40, 40, 40, 40, 40]);
  assert.equal(sum(seconds), whole, "whole windows later: exactly what was planned");
});

test("closed: users change at the very time, a pause moves the rest, and no user's time is lost by it", () => {
  fc.assert(
    fc.property(anyClosedWorkload, anySeed, anyWishes, (workload, seed, wishes) => {
      const revisions = revisionsOf(planFor(workload, {}, seed) as ClosedPlan, wishes);
      revisions.slice(1).forEach((after, index) => {
        const before = revisions[index] as Revised;
        const change = after.changes.at(-1) as Change;
        const [plan, planBefore] = [after.plan as ClosedPlan, before.plan as ClosedPlan];
        assert.equal(plan.lanes, planBefore.lanes);
        const early = { startMs: 0, endMs: change.at_ms };
        const userMs = (of: ClosedPlan, within: { startMs: number; endMs: number }) =>
          sum(Array.from({ length: of.lanes }, (_, lane) => activeUserMs(of, lane, within)));
        assert.ok(Math.abs(userMs(plan, early) - userMs(planBefore, early)) < 0.01);
        if (change.kind === "change") return;
        const whole = (of: ClosedPlan) => userMs(of, { startMs: 0, endMs: of.profile.durationMs });
        assert.ok(Math.abs(whole(plan) - whole(planBefore)) < 0.1);
        assert.ok(Math.abs(areaTo(plan.profile, Infinity) - areaTo(planBefore.profile, Infinity)) < 1e-3);
      });
    }),
    { numRuns: 60 },
  );
});

test("closed: another number of users is there from the change to the end, also where it is asked for in a pause", () => {
  const plan = planFor({ total_concurrent_users: 10, duration: 20, ramp_up_time: 5 });
  const changed = revise(unrevised(plan), changeAt(8000, 2, { load: 30 }));
  assert.equal(levelAt((changed.plan as ClosedPlan).profile, 7999), 10);
  assert.equal(levelAt((changed.plan as ClosedPlan).profile, 8000), 30);
  assert.equal((changed.plan as ClosedPlan).users, 30);
  const paused = revise(unrevised(plan), changeAt(8000, 2, { kind: "pause" }));
  const later = revise(
    revise(paused, changeAt(9000, 3, { load: 4 })),
    changeAt(10_000, 4, { kind: "resume" }),
  );
  const { profile } = later.plan as ClosedPlan;
  assert.equal(levelAt(profile, 9500), 0);
  assert.equal(levelAt(profile, 10_000), 4);
  assert.equal(profile.durationMs, 22_000);
  assert.deepEqual(
    later.pauses.map(({ fromMs, toMs, load }) => [fromMs, toMs, load]),
    [[8000, 10_000, 10]],
  );
});

test("other weights hold for windows behind the change, and no others", () => {
  const plan = planFor(
    { model: "open", target_qps: 100, duration: 10, lanes: 1 },
    { queries: queriesOf(1, 1) },
  );
  const { plan: changed } = revise(unrevised(plan), changeAt(5000, 2, { weights: [3, 1] }));
  assert.deepEqual(plannedInSlice(changed as OpenPlan, 0, 4), [50, 50]);
  assert.deepEqual(plannedInSlice(changed as OpenPlan, 0, 5), [75, 25]);
  assert.deepEqual(plannedPerQuery(changed), [625, 375]);
});

test("a change that does not fit is refused with the reason", () => {
  const start = unrevised(planFor({ model: "open", target_qps: 50, duration: 10 }));
  const paused = revise(start, changeAt(3000, 2, { kind: "pause" }));
  const refused = (revised: Revised, atMs: number, change: object, revision = revisionOf(revised) + 1) =>
    whyNotChanged(revised, changeAt(atMs, revision, change));
  assert.match(refused(start, 1000, { kind: "resume" }) ?? "", /not paused/);
  assert.match(refused(paused, 4000, { kind: "pause" }) ?? "", /paused already/);
  assert.match(refused(paused, 2000, { kind: "resume" }) ?? "", /comes later/);
  assert.match(refused(start, 10_000, { kind: "pause" }) ?? "", /about to end/);
  assert.match(refused(start, 1000, { load: 501 }) ?? "", /up to 500/);
  assert.match(refused(start, 1000, { weights: [1, 2] }) ?? "", /1 queries/);
  assert.match(refused(paused, 4000, { load: 10 }, 2) ?? "", /came first/);
  const count = unrevised(planFor({ model: "count", total_queries: 10 }));
  assert.match(refused(count, 1000, { kind: "pause" }) ?? "", /count model/);
  assert.equal(refused(start, 1000, { load: 500 }), undefined);
});

test("the schedule's hash tells of what was changed, and not by whom", () => {
  const spec = config({ workload: { model: "open", target_qps: 50, duration: 10 } });
  const { plan } = unrevised(planFor({ model: "open", target_qps: 50, duration: 10 }));
  const change = changeAt(3000, 2, { load: 60 });
  const hash = scheduleHash(spec, plan, [change]);
  assert.notEqual(hash, scheduleHash(spec, plan));
  assert.equal(scheduleHash(spec, plan, [{ ...change, by: "someone else" }]), hash);
});

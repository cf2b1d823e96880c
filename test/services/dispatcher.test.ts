/** Which slices are published when: whole runs of each model, driven by hand through time and all kinds of trouble. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { boundsOf, type Plan, planOf, slicesInLane, stretchOf, usersInLane } from "../../libs/load/plan.ts";
import { hasActiveUser } from "../../libs/load/users.ts";
import { createDispatcher } from "../../services/coordinator/run/dispatch/dispatcher.ts";
import {
  anyClosedWorkload,
  anyCountWorkload,
  anyOpenWorkload,
  anySeed,
  config,
  planFor,
} from "../support/configs.ts";
import { BEGIN_MS, type Course, drive, NEVER, nameOf, SMOOTH, STEP_MS } from "../support/dispatching.ts";
import { slicesOf } from "../support/results.ts";

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

const anyCourse: fc.Arbitrary<Course> = fc.record({
  seed: anySeed,
  refuseOneIn: fc.constantFrom(0, 2, 5),
  slowestSettleMs: fc.constantFrom(0, 500, 9000),
  stopAtMs: fc.constantFrom(NEVER, NEVER, -500, 0, 1500, 7000),
  handOverAtMs: fc.constantFrom(NEVER, -500, 0, 400, 2300, 9000),
});

const planned = (workload: Parameters<typeof planFor>[0]): Plan => planOf(config({ workload }), 3);

/** Counts of up to twenty slices a lane, one after the other. */
const anyShortCount = anyCountWorkload.map(planned).filter((plan) => slicesInLane(plan, 0) <= 20);

test("an open run publishes every slice that asks for something, once, and with the plan's arrivals", () => {
  fc.assert(
    fc.property(anyOpenWorkload().map(planned), anyCourse, (plan, course) => {
      assert.ok(plan.model === "open");
      const { published } = drive(plan, course);
      const names = published.map(({ draft }) => nameOf(draft));
      assert.equal(new Set(names).size, names.length);
      if (course.stopAtMs === NEVER) assert.deepEqual(names.sort(), slicesOf(plan).map(nameOf).sort());
      for (const { draft, atMs } of published) {
        assert.ok(draft.kind === "open");
        assert.deepEqual(
          { first: draft.first, count: draft.count },
          stretchOf(plan, draft.lane, draft.window),
        );
        // Never so early that a worker would hold its slot for nothing; and in time, unless the queue refused it.
        assert.ok(atMs >= Math.min(draft.startMs - plan.leadMs, BEGIN_MS) && atMs < course.stopAtMs);
        assert.ok(draft.startMs <= atMs + plan.leadMs);
        if (course.refuseOneIn === 0)
          assert.ok(
            atMs <= Math.max(BEGIN_MS, draft.startMs - plan.leadMs + STEP_MS),
            "as soon as it is due",
          );
      }
    }),
    { numRuns: 40 },
  );
});

test("a closed lane has one slice at a time, for the window that is current, while it has users", () => {
  fc.assert(
    fc.property(anyClosedWorkload.map(planned), anyCourse, (plan, course) => {
      assert.ok(plan.model === "closed");
      const { published } = drive(plan, course);
      for (let lane = 0; lane < plan.lanes; lane++) {
        const chain = published.filter(({ draft }) => draft.lane === lane);
        let before = -1;
        chain.forEach(({ draft, atMs }, index) => {
          assert.ok(draft.kind === "closed");
          assert.ok(draft.window > before);
          assert.ok(
            Math.max(0, atMs) >= draft.startMs && atMs < draft.endMs,
            "its window is the current one",
          );
          assert.ok(
            hasActiveUser(plan, lane, { startMs: Math.max(atMs, draft.startMs), endMs: draft.endMs }),
          );
          // Every slice of this simulation begins seven queries.
          assert.equal(draft.first, index * 7, "arrivals go on where the slice before ended");
          assert.ok(atMs < course.stopAtMs);
          before = draft.window;
        });
      }
    }),
    { numRuns: 40 },
  );
});

test("a closed run in which nothing goes wrong leaves out no window that has users for a while", () => {
  fc.assert(
    fc.property(anyClosedWorkload.map(planned), (plan) => {
      assert.ok(plan.model === "closed");
      const names = new Set(drive(plan, SMOOTH).published.map(({ draft }) => nameOf(draft)));
      for (const slice of slicesOf(plan)) {
        const { startMs, endMs } = boundsOf(plan, slice.lane, slice.window);
        // A slice is published by the step after its window's beginning at the latest.
        const seen = { startMs: startMs + STEP_MS, endMs };
        if (hasActiveUser(plan, slice.lane, seen)) assert.ok(names.has(nameOf(slice)), nameOf(slice));
      }
    }),
    { numRuns: 40 },
  );
});

test("a count publishes each lane's slices one after the other until all queries are out", () => {
  fc.assert(
    fc.property(anyShortCount, anyCourse, (plan, course) => {
      assert.ok(plan.model === "count");
      const { published } = drive(plan, course);
      for (let lane = 0; lane < plan.lanes; lane++) {
        const windows = published.filter(({ draft }) => draft.lane === lane).map(({ draft }) => draft.window);
        assert.deepEqual(
          windows,
          windows.map((_, index) => index),
        );
        assert.ok(windows.length <= slicesInLane(plan, lane));
      }
      const queries = sum(published.map(({ draft }) => (draft.kind === "count" ? draft.count : 0)));
      if (course.stopAtMs === NEVER) assert.equal(queries, plan.totalQueries);
      assert.ok(queries <= plan.totalQueries && usersInLane(plan, 0) > 0);
    }),
    { numRuns: 40 },
  );
});

test("a run in which nothing goes wrong never has more slices out than it has called slots for", () => {
  const anyPlan = fc.oneof(anyOpenWorkload().map(planned), anyClosedWorkload.map(planned), anyShortCount);
  fc.assert(
    fc.property(anyPlan, (plan) => {
      assert.ok(drive(plan, SMOOTH).most <= plan.slotsNeeded);
    }),
    { numRuns: 40 },
  );
});

/** Two lanes of one query a second each, whose windows end at ½, 1½, 2½ … and at 1, 2, 3 … seconds. */
const open = planFor({ model: "open", target_qps: 2, duration: 20, lanes: 2 });
/** One user in one lane, whose windows end at 2, 4, 6 … seconds. */
const closed = planFor({ total_concurrent_users: 1, duration: 10, lanes: 1 });

test("open slices are published six seconds ahead, the first ones as soon as the run is announced", () => {
  const dispatcher = createDispatcher(open);
  // A second before the start: windows that begin by 5 s; of lane 1 those from 0 to 5 s.
  const first = dispatcher.due(-1000);
  assert.deepEqual(
    first.filter(({ lane }) => lane === 1).map(({ window }) => window),
    [0, 1, 2, 3, 4, 5],
  );
  assert.deepEqual(
    dispatcher.due(-999).filter(({ lane }) => lane === 1),
    [],
  );
  assert.deepEqual(
    dispatcher
      .due(0)
      .filter(({ lane }) => lane === 1)
      .map(({ window }) => window),
    [6],
  );
});

test("of very many slices that are due at once some are planned at a time, each once, and one that was refused comes before them", () => {
  const lanes = 9000;
  const asked = config({ workload: { model: "open", target_qps: 20 * lanes, duration: 60 } });
  // More lanes than a config may ask for.
  const { spec } = asked;
  const many = { ...asked, spec: { ...spec, workload: { ...spec.workload, lanes } } };
  const plan = planOf(many, 3);
  assert.ok(plan.model === "open");
  const dispatcher = createDispatcher(plan);
  const first = dispatcher.due(-plan.leadMs);
  assert.ok(first.length < lanes / 2);
  const [refused] = first;
  assert.ok(refused);
  dispatcher.notStored(refused);
  const names: string[] = [];
  for (let call = 0; call < lanes; call++) {
    const drafts = dispatcher.due(-plan.leadMs);
    if (drafts.length === 0) break;
    assert.ok(drafts.length < lanes / 2);
    names.push(...drafts.map(nameOf));
  }
  assert.equal(names[0], nameOf(refused));
  const all = [...first.slice(1).map(nameOf), ...names];
  assert.equal(all.length, lanes);
  assert.equal(new Set(all).size, lanes);
  assert.equal(dispatcher.outstandingCount(), lanes);
});

test("a slice that the queue did not take is due again at once, before any other", () => {
  const dispatcher = createDispatcher(open);
  const [refused, ...stored] = dispatcher.due(-1000);
  assert.ok(refused);
  dispatcher.notStored(refused);
  dispatcher.notStored(refused);
  assert.equal(dispatcher.outstanding().length, stored.length);
  assert.deepEqual(dispatcher.due(-999), [refused]);
  assert.deepEqual(dispatcher.due(-999), []);
});

test("an open run is not over while the queue refuses its last slice", () => {
  const dispatcher = createDispatcher(open);
  const drafts = dispatcher.due(20_000);
  assert.equal(dispatcher.isExhausted(20_000), true);
  for (const draft of drafts.slice(-1)) dispatcher.notStored(draft);
  assert.equal(dispatcher.isExhausted(20_000), false);
});

test("a closed lane whose slice comes back late goes on with the current window, and the rest is passed over", () => {
  const dispatcher = createDispatcher(closed);
  assert.equal(dispatcher.due(-500)[0]?.window, 0);
  assert.deepEqual(dispatcher.due(5000), [], "it still waits for the first one");
  assert.equal(dispatcher.settle(0, 0, 12), true);
  // At 5 s the third window, from 4 to 6 s, is current; arrivals go on with number 12.
  assert.deepEqual(dispatcher.due(5000), [
    { kind: "closed", lane: 0, window: 2, revision: 1, startMs: 4000, endMs: 6000, first: 12 },
  ]);
  // It is settled early: the next window has not begun.
  assert.equal(dispatcher.settle(0, 2, 20), true);
  assert.deepEqual(dispatcher.due(5900), []);
  assert.equal(dispatcher.due(6000)[0]?.window, 3);
});

test("the coordinator's own word on a slice, which names no next arrival, keeps the lane's place", () => {
  const dispatcher = createDispatcher(closed);
  dispatcher.due(0);
  dispatcher.settle(0, 0, 12);
  dispatcher.due(2000);
  dispatcher.settle(0, 1, undefined);
  const [draft] = dispatcher.due(4000);
  assert.equal(draft?.first, 12);
});

test("a run that was stopped publishes nothing more, not even what the queue refused", () => {
  const dispatcher = createDispatcher(open);
  const [refused] = dispatcher.due(0);
  assert.ok(refused);
  dispatcher.notStored(refused);
  const before = dispatcher.outstanding().length;
  dispatcher.stop();
  assert.deepEqual(dispatcher.due(10_000), []);
  assert.equal(dispatcher.isExhausted(0), true);
  assert.equal(dispatcher.outstanding().length, before, "what is out is still awaited");
});

test("a result of a slice that is not out settles nothing", () => {
  const dispatcher = createDispatcher(open);
  assert.equal(dispatcher.settle(0, 0, 1), false);
  assert.equal(dispatcher.bySequence(1), undefined);
  const [draft] = dispatcher.due(0);
  assert.ok(draft);
  dispatcher.stored(draft, 77);
  dispatcher.settle(draft.lane, draft.window, 1);
  assert.equal(dispatcher.bySequence(77), undefined);
});

test("an open slice that is in the queue and has yet to begin can be published anew; any other cannot", () => {
  const plan = planOf(config({ workload: { model: "open", target_qps: 20, duration: 20 } }), 1);
  const dispatcher = createDispatcher(plan);
  const [draft] = dispatcher.due(0);
  assert.ok(draft?.kind === "open");
  const { lane, window } = draft;
  assert.equal(dispatcher.takeBack(lane, window, -500), undefined, "its place in the queue is not known");
  dispatcher.stored(draft, 7);
  assert.equal(dispatcher.takeBack(lane, window, draft.startMs), undefined, "it begins");
  assert.deepEqual(dispatcher.takeBack(lane, window, -500), { draft, seq: 7 });
  assert.equal(dispatcher.bySequence(7), undefined, "its old place says nothing more");
  dispatcher.stored(draft, 9);
  assert.deepEqual(dispatcher.bySequence(9), { lane, window });
  dispatcher.settle(lane, window, undefined);
  assert.equal(dispatcher.takeBack(lane, window, -500), undefined, "it is settled");
});

/** The course of a run: which changes of the log hold, and which results are of slices as they are planned now. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { lostCells } from "../../libs/fold/books/lost-cells.ts";
import { createCourse } from "../../libs/fold/course.ts";
import { createRunFold } from "../../libs/fold/run-fold.ts";
import { boundsOf, type OpenPlan, plannedInSlice, plannedPerQuery } from "../../libs/load/plan.ts";
import type { Change } from "../../libs/protocol/change.ts";
import type { Changed } from "../../libs/protocol/result.ts";
import { createDispatcher } from "../../services/coordinator/run/dispatch/dispatcher.ts";
import { config, planFor, queriesOf } from "../support/configs.ts";
import { ranOf } from "../support/results.ts";

const workload = { model: "open", target_qps: 8, duration: 10, lanes: 2 } as const;
const plan = planFor(workload);
const sum = (counts: readonly number[] | undefined) =>
  (counts ?? []).reduce((total, count) => total + count, 0);

const change = (atMs: number, revision = 2, load = 16): Change => ({
  ...{ kind: "change", revision, at_ms: atMs, by: "test", load },
});
const entry = (of: Change, epoch = 1): Changed => ({
  ...{ v: 1, kind: "changed", run: "run", lane: 0, epoch, node: "c", change: of },
});
/** The first window of lane 0 that a change at 4 s is for, and the last that it is not for. */
const [before, behind] = [3, 5].map((window) => ({ lane: 0, window })) as [
  { lane: number; window: number },
  { lane: number; window: number },
];

test("a result of a slice that was planned anew settles nothing, one of the slice as it is now does", () => {
  const course = createCourse(plan);
  assert.equal(course.take(change(4000)), undefined);
  const now = course.plan() as OpenPlan;
  assert.equal(course.judge(ranOf(plan, behind)).kind, "replaced");
  assert.equal(course.judge(ranOf(now, behind, { revision: 2 })).kind, "current");
  assert.equal(
    course.judge(ranOf(plan, before)).kind,
    "current",
    "what was before the change stays as it was",
  );
  assert.equal(
    course.judge(ranOf(now, behind, { revision: 3 })).kind,
    "refused",
    "nobody made that revision",
  );
  assert.equal(
    course.judge(ranOf(plan, before, { revision: 2 })).kind,
    "refused",
    "it is not of that revision",
  );
});

test("a change holds unless something is settled that it would change", () => {
  const course = createCourse(plan);
  course.judge(ranOf(plan, behind));
  const { startMs } = boundsOf(plan, behind.lane, behind.window);
  assert.equal(course.take(change(startMs)), "too late");
  assert.equal(course.take(change(startMs + 1)), undefined);
});

test("the ledger plans what the last revision does, a deposed leader's change does not count, and a snapshot keeps it all", () => {
  const spec = config({ workload });
  const fold = createRunFold("run", spec, 1);
  let seq = 0;
  fold.addEntry({ v: 1, kind: "fence", run: "run", lane: 0, epoch: 5, node: "c" }, ++seq);
  fold.addEntry(entry(change(4000), 4), ++seq);
  assert.equal(fold.ledger.line().planned, sum(plannedPerQuery(plan)), "the leader of epoch 4 was deposed");
  fold.addEntry(entry(change(4000), 5), ++seq);
  assert.equal(fold.ledger.line().planned, sum(plannedPerQuery(fold.plan)));
  assert.ok(fold.ledger.line().planned > sum(plannedPerQuery(plan)));
  fold.addEntry(ranOf(plan, behind), ++seq);
  assert.deepEqual([fold.ledger.slicesSettled(), fold.ledger.line().superseded > 0], [0, true]);

  const again = createRunFold("run", spec, 1, { snapshot: fold.toSnapshot() });
  assert.equal(again.ledger.line().planned, fold.ledger.line().planned);
  const result = ranOf(fold.plan, behind, { revision: 2 });
  assert.equal(again.addEntry(result, ++seq).kind, "settled");
  assert.equal(
    again.ledger.line().ok,
    sum(plannedInSlice(fold.plan as OpenPlan, behind.lane, behind.window)),
  );
});

test("slices that are out and planned anew give way to what they are now; the others stay", () => {
  const course = createCourse(plan);
  const dispatcher = createDispatcher(plan);
  const out = dispatcher.due(2000);
  for (const [index, draft] of out.entries())
    assert.equal(dispatcher.stored(draft, index + 1), undefined, "as it is planned");
  course.take(change(4000));
  const outdated = dispatcher.replan(course.plan(), 4000);
  const expected = out.filter((draft) => draft.kind === "open" && draft.startMs >= 4000);
  assert.ok(expected.length > 0 && expected.length < out.length);
  assert.deepEqual(
    outdated.map(({ lane, window, seq, draft }) => [lane, window, seq, draft?.revision]).sort(),
    expected.map((draft) => [draft.lane, draft.window, out.indexOf(draft) + 1, 2]).sort(),
  );
  assert.equal(dispatcher.outstandingCount(), out.length);
  assert.deepEqual(dispatcher.due(2000), [], "nothing is published twice");
});

test("in a pause nothing takes the place of what was out, and what comes behind it is published when it is due", () => {
  const course = createCourse(plan);
  const dispatcher = createDispatcher(plan);
  const out = dispatcher.due(2000);
  for (const [index, draft] of out.entries()) dispatcher.stored(draft, index + 1);
  const common = { by: "test" };
  course.take({ kind: "pause", revision: 2, at_ms: 4000, ...common });
  const outdated = dispatcher.replan(course.plan(), 4000);
  assert.ok(outdated.length > 0 && outdated.every(({ draft }) => draft === undefined));
  assert.deepEqual(dispatcher.due(3000), []);
  course.take({ kind: "resume", revision: 3, at_ms: 5000, ...common });
  dispatcher.replan(course.plan(), 5000);
  const more = dispatcher.due(3000);
  assert.ok(more.length > 0);
  assert.ok(more.every((draft) => draft.kind === "open" && draft.startMs >= 5000 && draft.revision === 3));
});

test("a slice that is lost loses the queries that it was planned with, before a change of weights as after it", () => {
  const course = createCourse(planFor(workload, { queries: queriesOf(3, 1) }));
  assert.equal(
    course.take({ kind: "change", revision: 2, at_ms: 4000, by: "test", weights: [0, 1] }),
    undefined,
  );
  const now = course.plan() as OpenPlan;
  for (const { lane, window } of [before, behind]) {
    const lost = [0, 0];
    for (const cell of lostCells(now, lane, window)) lost[cell.query] = (lost[cell.query] ?? 0) + cell.lost;
    assert.deepEqual(lost, plannedInSlice(now, lane, window));
  }
});

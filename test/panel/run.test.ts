/** A run as its page shows it: the books, what happened, what can be done, how far it is. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { LedgerLine } from "../../libs/protocol/ledger.ts";
import { PHASES, RunEvent, RunRecord } from "../../libs/protocol/run.ts";
import { MAX_MARKS, marksOf } from "../../services/coordinator/panel/charts/marks.ts";
import { actionsFor } from "../../services/coordinator/panel/run/actions.ts";
import { figuresOfReport, nodesOfReport } from "../../services/coordinator/panel/run/from-report.ts";
import { happeningsIn, happeningsOf } from "../../services/coordinator/panel/run/happenings.ts";
import { progressOf } from "../../services/coordinator/panel/run/progress.ts";
import { STRIP, stripOf } from "../../services/coordinator/panel/run/strip.ts";
import { errorShareOf, standingOf } from "../../services/coordinator/panel/run/view.ts";
import { exampleReport } from "../support/example-report.ts";

const RECORD = RunRecord.parse({
  v: 1,
  id: "r1",
  name: "test",
  model: "open",
  phase: "running",
  epoch: 1,
  revision: 1,
  seed: 1,
  schedule_hash: "x",
  created_ms: 0,
  slots_needed: 4,
  duration_ms: 60_000,
});

const count = fc.integer({ min: 0, max: 1_000_000_000 });

test("the ledger strip adds up, whatever is in the books and however few of a state there are", () => {
  const line = fc.record({
    ...{ ok: count, failed: count, timed_out: count, missed: count, lost: count, cancelled: count },
    ...{ superseded: count, open: count },
  });
  fc.assert(
    fc.property(line, ({ open, ...states }) => {
      const { ok, failed, timed_out: timedOut, missed, lost, cancelled } = states;
      const planned = ok + failed + timedOut + missed + lost + cancelled + open;
      const { shown, parts, holds } = stripOf({ ...states, planned });
      assert.ok(holds);
      assert.equal(
        shown.reduce((sum, part) => sum + part.count, 0),
        planned,
      );
      if (planned === 0) return assert.equal(parts.length, 0);
      const end = (parts.at(-1)?.x ?? 0) + (parts.at(-1)?.width ?? 0);
      assert.ok(Math.abs(end - STRIP.width) < 1e-6);
      for (const part of parts) assert.ok(part.width > STRIP.leastWidth / 2, "what happened is seen");
    }),
  );
});

test("books in which more ended than was planned are called unbalanced", () => {
  const line: LedgerLine = {
    planned: 1,
    ok: 2,
    failed: 0,
    timed_out: 0,
    missed: 0,
    lost: 0,
    cancelled: 0,
    superseded: 0,
  };
  assert.equal(stripOf(line).holds, false);
  assert.equal(errorShareOf({ ...line, ok: 3, failed: 1 }), 0.25);
  assert.equal(errorShareOf({ ...line, ok: 0 }), undefined);
});

const about = { v: 1, run: "r1", epoch: 1 } as const;
const EVENTS = [
  { ...about, type: "accepted", at_ms: 500, name: "test" },
  { ...about, type: "started", at_ms: 1000, t0_ms: 2000, slots_held: 4, nodes: ["w1"] },
  {
    ...about,
    type: "changed",
    at_ms: 5000,
    change: { kind: "change", revision: 2, at_ms: 3500, by: "anna", load: 50 },
  },
  { ...about, type: "node_lost", at_ms: 12_000, node: "w1", slices: [] },
  { ...about, type: "node_joined", at_ms: 12_100, node: "w2" },
].map((event) => RunEvent.parse(event));

test("marks stand where things happened in the run: a change when it holds, a death when it was noticed", () => {
  assert.deepEqual(marksOf(happeningsOf(EVENTS, 2000)), [
    { second: 4, kind: "change", types: ["changed"] },
    { second: 10, kind: "trouble", types: ["node_lost", "node_joined"] },
  ]);
  const many = Array.from({ length: 500 }, (_, at) => ({ ...EVENTS[3], at_ms: at * 1000 }) as RunEvent);
  assert.equal(marksOf(happeningsOf(many, 0)).length, MAX_MARKS);
});

test("before a run has begun its events have no time of the run", () => {
  assert.deepEqual(
    happeningsOf(EVENTS.slice(0, 1), undefined).map(({ runMs }) => runMs),
    [undefined],
  );
});

test("what can be done follows from the phase, the model and the role", () => {
  const verbs = (phase: (typeof PHASES)[number], model: RunRecord["model"] = "open") =>
    actionsFor({ phase, model }, "admin").map(({ verb }) => verb);
  assert.deepEqual(verbs("created"), ["start"]);
  assert.deepEqual(verbs("awaiting_approval"), ["approve", "reject", "stop"]);
  assert.deepEqual(verbs("running"), ["pause", "change", "stop", "kill"]);
  assert.deepEqual(verbs("paused"), ["resume", "change", "stop", "kill"]);
  assert.deepEqual(verbs("running", "count"), ["stop", "kill"]);
  assert.deepEqual(verbs("completed"), []);
  const needs = actionsFor({ phase: "awaiting_approval", model: "open" }, "operator").map(
    (action) => action.needs,
  );
  assert.deepEqual(needs, ["approver", "approver", undefined]);
  for (const { verb, isGrave, asks } of PHASES.flatMap((phase) =>
    actionsFor({ phase, model: "open" }, "admin"),
  ))
    assert.ok(!isGrave || asks !== "none", `${verb} cannot be taken back, so it asks`);
});

test("the countdown goes on between two figures, never beyond the end, and a pause moves the end", () => {
  const heard = { live: { elapsed_ms: 10_000, duration_ms: 90_000 }, atMs: 100_000 };
  const later = progressOf(RECORD, heard, 103_000);
  assert.deepEqual(later, { kind: "going", elapsedMs: 13_000, lengthMs: 90_000 });
  const past = progressOf(RECORD, heard, 999_000);
  assert.deepEqual(past, { kind: "going", elapsedMs: 90_000, lengthMs: 90_000 });
  assert.deepEqual(progressOf({ ...RECORD, phase: "mustering", slots_held: 3 }, undefined, 0), {
    kind: "mustering",
    held: 3,
    needed: 4,
  });
});

test("thresholds speak against a run as soon as one does not hold, and for it when all do", () => {
  const all = (...states: ("passed" | "failed" | "unknown")[]) =>
    standingOf(states.map((state) => ({ name: "p95 < 1", state, found: "" })));
  assert.equal(all(), undefined);
  assert.equal(all("passed", "failed"), "failed");
  assert.equal(all("passed", "unknown"), "inconclusive");
  assert.equal(all("passed", "passed"), "passed");
});

test("a finished run shows the figures of its report, to the digit", () => {
  const report = exampleReport;
  const { headline, ledger, queries, errors, thresholds } = figuresOfReport(report);
  assert.equal(headline.sentPerS, report.totals.completed_per_s);
  assert.equal(headline.okPerS, report.totals.ok_per_s);
  assert.deepEqual(ledger, report.ledger);
  assert.deepEqual(
    queries.map(({ name, ledger: line }) => [name, line]),
    report.queries.map(({ name, ledger: line }) => [name, line]),
  );
  assert.equal(errors.length, report.errors.length);
  assert.equal(thresholds.length, report.thresholds.length);
  assert.equal(nodesOfReport(report).length, report.nodes.length);
  assert.deepEqual(
    happeningsIn(report).map(({ text }) => text),
    report.events.map(({ text }) => text),
  );
});

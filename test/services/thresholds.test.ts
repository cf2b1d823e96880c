/** Thresholds held against a run's log: the same as by a reckoning of the whole log, in any order, and only on what is settled. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { lostCells } from "../../libs/fold/books/lost-cells.ts";
import { createRunFold, type RunFold } from "../../libs/fold/run-fold.ts";
import { figureOf, holds } from "../../libs/fold/verdict/judge.ts";
import { type Plan, planOf } from "../../libs/load/plan.ts";
import { type Condition, parseCondition } from "../../libs/protocol/config/condition.ts";
import { addStates, emptyCounts, type StateCounts } from "../../libs/protocol/ledger.ts";
import type { Result } from "../../libs/protocol/result.ts";
import { Histogram } from "../../libs/stats/histogram.ts";
import { config, type ThresholdDocument, type WorkloadDocument } from "../support/configs.ts";
import { anyLoggedRun, foldPart, type LoggedRun, newFold } from "../support/logs.ts";
import {
  cellOf,
  distributionOf,
  measuredCell,
  ranOf,
  type SliceRef,
  verdictFor,
} from "../support/results.ts";

interface Piece {
  readonly query: number;
  readonly second: number;
  readonly counts: Readonly<StateCounts>;
  readonly response: string | undefined;
}

/** What the settled slices of a log measured, found by folding it with an ear to what becomes of each entry. */
function piecesOf(run: LoggedRun): Piece[] {
  const fold = newFold(run);
  return run.entries.flatMap((entry, index) => {
    if (fold.addEntry(entry, index + 1).kind !== "settled") return [];
    return piecesOfResult(run.plan, entry as Result);
  });
}

function piecesOfResult(plan: Plan, result: Result): Piece[] {
  if (result.kind === "verdict") {
    if (result.state !== "lost") return [];
    return lostCells(plan, result.lane, result.window).map((cell) => {
      return { query: cell.query, second: cell.second, counts: cell, response: undefined };
    });
  }
  return result.cells.map((cell) => {
    const { query, second, response = cell.service } = cell;
    return { query, second, counts: cell, response };
  });
}

function valueIn(pieces: readonly Piece[], { measure }: Condition, fromS: number, toS: number) {
  const sum = { counts: emptyCounts(), response: new Histogram() };
  for (const { second, counts, response } of pieces) {
    if (second < fromS || second >= toS) continue;
    addStates(sum.counts, counts);
    sum.response.addEncoded(response);
  }
  return figureOf(measure, sum);
}

function conditionOf(text: string): Condition {
  const parsed = parseCondition(text);
  assert.ok(parsed.ok);
  return parsed.condition;
}

test("every threshold comes out as a reckoning of the whole log says", () => {
  let windowsFailed = 0;
  fc.assert(
    fc.property(anyLoggedRun, (run) => {
      const fold = newFold(run);
      foldPart(run, fold, [0, run.entries.length], [0, run.events.length]);
      const all = piecesOf(run);
      const lengthS = run.plan.model === "count" ? 0 : Math.floor(run.plan.profile.durationMs / 1000);
      fold.thresholds.toReport().forEach((report, index) => {
        const threshold = run.config.spec.thresholds[index];
        assert.ok(threshold);
        const condition = conditionOf(threshold.metric);
        const of = run.config.spec.queries.findIndex(({ name }) => name === threshold.query);
        const pieces = all.filter(({ query }) => of < 0 || query === of);
        if (!report.windows) {
          const value = valueIn(pieces, condition, 0, Number.POSITIVE_INFINITY);
          assert.equal(report.value, value === undefined ? null : Number(value.toFixed(6)));
          assert.equal(report.state === "passed", value !== undefined && holds(condition, value));
          return;
        }
        const windowS = report.windows.length_s;
        const values = Array.from({ length: lengthS - windowS + 1 }, (_, fromS) =>
          valueIn(pieces, condition, fromS, fromS + windowS),
        ).filter((value) => value !== undefined);
        const failed = values.filter((value) => !holds(condition, value)).length;
        assert.deepEqual(
          [report.windows.judged, report.windows.failed],
          [values.length, failed],
          threshold.metric,
        );
        windowsFailed += failed;
      });
    }),
    { numRuns: 100 },
  );
  assert.ok(windowsFailed > 100, `${windowsFailed} windows failed`);
});

const OPEN = { model: "open", target_qps: 20, duration: 10, lanes: 2 } as const;

function foldOf(thresholds: ThresholdDocument[], workload: WorkloadDocument = OPEN) {
  const of = config({ workload, thresholds });
  return { fold: createRunFold("run", of, 1), plan: planOf(of, 1) };
}

/** A result of a slice whose queries all took so long, or ended in some other way. */
function tookMs(plan: Plan, slice: SliceRef, ms: number, failed = 0) {
  const { planned } = ranOf(plan, slice);
  const ok = (planned[0] ?? 0) - failed;
  const response = plan.model === "open" ? distributionOf(ok, ms) : undefined;
  return ranOf(plan, slice, {
    cells: [measuredCell(plan, slice, { ok, failed, response, service: distributionOf(ok, ms) })],
  });
}

/** Settles the windows [from, to) of all lanes, one window after the other. @returns the next place in the log */
function settle(
  fold: RunFold,
  from: number,
  to: number,
  seq: number,
  resultOf: (slice: SliceRef) => Result,
): number {
  let next = seq;
  for (let window = from; window < to; window++)
    for (let lane = 0; lane < fold.plan.lanes; lane++)
      assert.equal(fold.addEntry(resultOf({ lane, window }), next++).kind, "settled");
  return next;
}

test("a window is judged when every slice that reaches into it is settled, and not before", () => {
  const { fold, plan } = foldOf([{ metric: "p(99) < 100ms", window: 2 }]);
  const judged = () => fold.thresholds.toReport()[0]?.windows?.judged;
  let seq = 1;
  // All of one lane, slow as it is: the other one may still hold anything.
  for (let window = 0; window < 10; window++) fold.addEntry(tookMs(plan, { lane: 0, window }, 500), seq++);
  assert.equal(judged(), 0);
  for (let window = 0; window < 2; window++) fold.addEntry(tookMs(plan, { lane: 1, window }, 50), seq++);
  assert.equal(judged(), 1, "two seconds of both lanes");
  fold.addEntry(tookMs(plan, { lane: 1, window: 5 }, 50), seq++);
  assert.equal(judged(), 1, "what lies ahead of a gap closes nothing");
  for (const window of [4, 3, 2]) fold.addEntry(tookMs(plan, { lane: 1, window }, 50), seq++);
  assert.equal(judged(), 5);
  const [report] = fold.thresholds.toReport();
  assert.equal(report?.windows?.failed, 5);
  assert.equal(report?.state, "failed");
});

test("one bad window fails a windowed threshold and is named, though the run as a whole is fine", () => {
  const { fold, plan } = foldOf([{ metric: "p(99) < 100ms", window: 1 }, "p(50) < 100ms"]);
  settle(fold, 0, 10, 1, (slice) => tookMs(plan, slice, slice.window === 6 ? 900 : 50));
  const [windowed, overall] = fold.thresholds.toReport();
  assert.equal(windowed?.state, "failed");
  assert.equal(windowed?.latency_from, "intended start");
  assert.ok((windowed?.windows?.worst?.value ?? 0) > 899);
  assert.ok((windowed?.windows?.worst?.from_s ?? 0) >= 5);
  assert.equal(overall?.state, "passed");
  assert.ok(Math.abs((overall?.value ?? 0) - 50) < 1);
});

test("a repeated, forged or late result changes nothing", () => {
  const { fold, plan } = foldOf([
    { metric: "p(99) < 100ms", window: 1, abort_on_fail: true },
    "error_rate < 1%",
  ]);
  let seq = settle(fold, 0, 10, 1, (slice) => tookMs(plan, slice, 50));
  const before = fold.thresholds.toReport();
  const again = tookMs(plan, { lane: 0, window: 3 }, 5000, 5);
  assert.equal(fold.addEntry({ ...again, attempt: 2, node: "zombie" }, seq++).kind, "superseded");
  const forged = { ...again, window: 4, cells: [cellOf({ ok: 10, service: "AAAA" })] };
  assert.equal(fold.addEntry(forged, seq++).kind, "refused");
  assert.deepEqual(fold.thresholds.toReport(), before);
  assert.equal(fold.thresholds.crossing(), undefined);
});

test("a threshold that may end the run says so once its grace time is over, and names what it saw", () => {
  const { fold, plan } = foldOf([
    { metric: "p(99) < 10ms", window: 2 },
    { metric: "p(99) < 100ms", window: 2, abort_on_fail: true, grace: 4 },
  ]);
  const seq = settle(fold, 0, 5, 1, (slice) => tookMs(plan, slice, 500));
  assert.equal(fold.thresholds.crossing(), undefined, "what begins in the grace time does not end the run");
  settle(fold, 5, 8, seq, (slice) => tookMs(plan, slice, 500));
  const crossing = fold.thresholds.crossing();
  assert.equal(crossing?.threshold, 1);
  assert.match(
    crossing?.words ?? "",
    /^p\(99\) < 100ms of all queries in each 2 s: 500(\.\d+)? ms from \d s/,
  );
});

test("a threshold over the whole run ends it on what is known so far, in every model", () => {
  const workloads: WorkloadDocument[] = [
    OPEN,
    { total_concurrent_users: 2, duration: 10, lanes: 2 },
    { model: "count", total_queries: 200, total_concurrent_users: 2, lanes: 2 },
  ];
  for (const workload of workloads) {
    const { fold, plan } = foldOf([{ metric: "error_rate < 10%", abort_on_fail: true, grace: 3 }], workload);
    settle(fold, 0, 4, 1, (slice) => {
      const planned = plan.model === "closed" ? { planned: [10] } : {};
      const count = planned.planned?.[0] ?? ranOf(plan, slice).planned[0] ?? 0;
      const cells = [measuredCell(plan, slice, { ok: count - 2, failed: 2 })];
      return ranOf(plan, slice, { ...planned, cells, ended_ms: slice.window * 2000 });
    });
    assert.match(fold.thresholds.crossing()?.words ?? "", /^error_rate < 10% of all queries: 2\d(\.\d+)? %$/);
  }
});

test("a threshold that ended the run has failed, also where what was still out makes it hold in the end", () => {
  const { fold, plan } = foldOf([{ metric: "error_rate < 10%", abort_on_fail: true }]);
  settle(fold, 0, 2, 1, (slice) => {
    const count = ranOf(plan, slice).planned[0] ?? 0;
    return ranOf(plan, slice, { cells: [measuredCell(plan, slice, { ok: count - 1, failed: 1 })] });
  });
  assert.match(fold.thresholds.crossing()?.words ?? "", /^error_rate < 10% of all queries: [12]\d/);
  settle(fold, 2, 10, 5, (slice) => tookMs(plan, slice, 50));
  const stands = (abortedBy?: number) =>
    fold.thresholds
      .toReport(abortedBy)
      .map(({ state, aborted, value }) => [state, aborted, (value ?? 1) < 0.1]);
  assert.deepEqual(stands(), [["passed", false, true]]);
  assert.deepEqual(stands(0), [["failed", true, true]]);
});

test("queries that died with their slice were offered, in the second in which they were due", () => {
  const { fold, plan } = foldOf([{ metric: "achieved/offered > 99%", window: 1 }, "achieved/offered > 99%"]);
  settle(fold, 0, 10, 1, (slice) =>
    slice.window === 4 && slice.lane === 0 ? verdictFor(slice) : tookMs(plan, slice, 50),
  );
  const [windowed, overall] = fold.thresholds.toReport();
  assert.ok(Math.abs((overall?.value ?? 0) - 0.95) < 0.01, "one of twenty slices");
  assert.equal(windowed?.state, "failed");
  assert.ok((windowed?.windows?.failed ?? 0) <= 2, "only where it was due");
});

test("what was called off counts for nothing: a share is of what was asked", () => {
  const { fold, plan } = foldOf(["achieved/offered > 99%", "missed_rate < 0.1%"]);
  settle(fold, 0, 5, 1, (slice) => tookMs(plan, slice, 50));
  settle(fold, 5, 10, 11, (slice) => verdictFor(slice, "cancelled", "stopped"));
  assert.deepEqual(
    fold.thresholds.toReport().map(({ state, value }) => [state, value]),
    [
      ["passed", 1],
      ["passed", 0],
    ],
  );
});

test("where nothing was measured a threshold is neither held nor crossed", () => {
  const { fold, plan } = foldOf(["p(99) < 1s", { metric: "avg < 1s", window: 1, abort_on_fail: true }]);
  settle(fold, 0, 10, 1, (slice) => tookMs(plan, slice, 50, ranOf(plan, slice).planned[0]));
  assert.deepEqual(
    fold.thresholds.toReport().map(({ state, value }) => [state, value]),
    [
      ["unknown", null],
      ["unknown", null],
    ],
  );
  assert.equal(fold.thresholds.crossing(), undefined);
});

test("users that wait are judged by the time from the send, also while a lane has nobody at work", () => {
  const workload = {
    stages: [
      { duration: 4, target: 4 },
      { duration: 4, target: 0 },
    ],
    lanes: 4,
  };
  const { fold, plan } = foldOf([{ metric: "p(99) < 100ms", window: 1 }], workload);
  let seq = 1;
  for (let window = 0; window < 5; window++)
    for (let lane = 0; lane < plan.lanes; lane++) {
      const slice = { lane, window };
      const cells = [measuredCell(plan, slice, { ok: 3 })];
      fold.addEntry(ranOf(plan, slice, { planned: [3], cells }), seq++);
    }
  const [report] = fold.thresholds.toReport();
  assert.equal(report?.latency_from, "send");
  assert.ok((report?.windows?.judged ?? 0) >= 4, JSON.stringify(report));
});

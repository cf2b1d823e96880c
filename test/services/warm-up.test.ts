/** The warm-up: its queries are in the books and on the timeline, and in no figure, no threshold and no rate. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type ReportContext, reportOf } from "../../libs/fold/report.ts";
import type { BenchmarkConfig } from "../../libs/protocol/config/schema.ts";
import { isBalanced } from "../../libs/protocol/ledger.ts";
import type { Report } from "../../libs/protocol/report.ts";
import type { Result } from "../../libs/protocol/result.ts";
import { anyLoggedRun, foldPart, type LoggedRun, newFold } from "../support/logs.ts";

const CONTEXT: ReportContext = { shownConfig: {}, warnings: [], versions: {} };

function warmedUp(config: BenchmarkConfig, warmUpMs: number): BenchmarkConfig {
  const { spec } = config;
  return { ...config, spec: { ...spec, workload: { ...spec.workload, warm_up: warmUpMs } } };
}

function reportFor(run: LoggedRun): Report {
  const fold = newFold(run);
  foldPart(run, fold, [0, run.entries.length], [0, run.events.length]);
  return reportOf(fold, CONTEXT);
}

/** Answers from a second of the run on, among those that settled. */
function answersFrom(run: LoggedRun, firstS: number) {
  const fold = newFold(run);
  const sums = { ok: 0, bytes: 0, bad: 0 };
  run.entries.forEach((entry, index) => {
    if (fold.addEntry(entry, index + 1).kind !== "settled" || (entry as Result).kind !== "ran") return;
    if (entry.kind !== "ran") return;
    for (const cell of entry.cells) {
      if (cell.second < firstS) continue;
      sums.ok += cell.ok;
      sums.bytes += cell.bytes;
      sums.bad += cell.failed + cell.timed_out;
    }
  });
  return sums;
}

test("a warm-up changes no book and no point of the timeline, and no figure knows of it", () => {
  let warm = 0;
  fc.assert(
    fc.property(anyLoggedRun, fc.integer({ min: 1, max: 4 }), (run, firstS) => {
      const whole = reportFor(run);
      const report = reportFor({ ...run, config: warmedUp(run.config, firstS * 1000) });
      assert.deepEqual(report.ledger, whole.ledger);
      assert.deepEqual(report.timeline, whole.timeline);
      assert.deepEqual(report.reasons, whole.reasons);
      for (const { ledger } of [...report.queries, ...report.categories, ...report.nodes])
        assert.ok(isBalanced(ledger));

      const counted = answersFrom(run, firstS);
      const { totals } = report;
      assert.equal(totals.response_ms.count, counted.ok);
      assert.equal(totals.service_ms.count, counted.ok);
      assert.equal(totals.bytes, counted.bytes);
      assert.equal(totals.failed_service_ms.count, counted.bad);
      const ended = counted.ok + counted.bad;
      assert.ok(Math.abs(totals.error_rate - (ended === 0 ? 0 : counted.bad / ended)) < 1e-6);
      const measuredS = Math.max(0.001, report.duration_ms / 1000 - firstS);
      assert.ok(Math.abs(totals.completed_per_s - ended / measuredS) < 0.01);
      const byNode = report.nodes.reduce((sum, node) => sum + node.service_ms.count, 0);
      assert.equal(byNode, counted.ok, "the nodes' figures leave out the same");

      assert.ok(report.warm_up);
      assert.equal(report.warm_up.ok + counted.ok, report.ledger.ok);
      warm += report.warm_up.ok;
    }),
    { numRuns: 100 },
  );
  assert.ok(warm > 1000, `${warm} queries were of the warm-up`);
});

test("no window of a threshold begins in the warm-up", () => {
  fc.assert(
    fc.property(anyLoggedRun, (run) => {
      const windowsOf = (of: LoggedRun) =>
        reportFor(of).thresholds.map(({ windows }) => windows?.judged ?? 0);
      const all = windowsOf(run);
      const without = windowsOf({ ...run, config: warmedUp(run.config, 2000) });
      all.forEach((judged, index) => {
        const fewer = judged - (without[index] ?? 0);
        assert.ok(fewer >= 0 && fewer <= 2, `${judged} and ${without[index]}`);
      });
    }),
    { numRuns: 50 },
  );
});

test("without a warm-up the report says that there was none", () => {
  fc.assert(
    fc.property(anyLoggedRun, (run) => {
      assert.equal(reportFor(run).warm_up, null);
    }),
    { numRuns: 5 },
  );
});

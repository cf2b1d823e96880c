/** What a step of a search is held to be: the target's end, or the generator's. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Report } from "../../libs/protocol/report.ts";
import { stepOf } from "../../services/coordinator/series/step.ts";
import { exampleReport } from "../support/example-report.ts";

const CURRENT = { run_id: "run", created_ms: 0, tail: 0, stage: "raise", load: 400 } as const;

/** A run whose workers had no free place for many of its queries. */
function choked(change: Partial<Report> = {}): Report {
  const [reason] = exampleReport.reasons;
  assert.ok(reason);
  return {
    ...exampleReport,
    verdict: "inconclusive",
    generator_faults: ["40.0 % of the planned queries were missed or lost (limit 1.0 %)"],
    ledger: { ...exampleReport.ledger, missed: 1600, lost: 0 },
    reasons: [{ ...reason, state: "missed", reason: "no_free_place", count: 1600 }],
    thresholds: [
      {
        expression: "p(95) < 150ms",
        query: null,
        category: null,
        unit: "ms",
        limit: 150,
        state: "failed",
        value: 4000,
        latency_from: "intended start",
        windows: null,
        abort_on_fail: false,
        aborted: false,
      },
    ],
    ...change,
  };
}

const verdictOf = (report: Report) => stepOf(CURRENT, report).verdict;

test("where answers took so long that no place was free, the target failed, and not the generator", () => {
  assert.equal(verdictOf(choked()), "failed");
});

test("where the thresholds hold, or something else speaks against the generator, the step stays without a judgement", () => {
  const [threshold] = choked().thresholds;
  assert.ok(threshold);
  const faults = [...choked().generator_faults, "workers were short of CPU"];
  const late = choked().reasons.map((reason) => ({ ...reason, reason: "came_too_late" as const }));
  assert.equal(verdictOf(choked({ thresholds: [{ ...threshold, state: "passed" }] })), "inconclusive");
  assert.equal(verdictOf(choked({ generator_faults: faults })), "inconclusive");
  assert.equal(verdictOf(choked({ reasons: late })), "inconclusive");
  assert.equal(verdictOf(choked({ ledger: { ...choked().ledger, lost: 9 } })), "inconclusive");
});

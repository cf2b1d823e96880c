/** What a step of a search is held to be: the target's end, or the generator's. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { verdictOf } from "../../libs/fold/verdict/verdict.ts";
import type { Report } from "../../libs/protocol/report.ts";
import { stepOf } from "../../services/coordinator/series/step.ts";
import { exampleReport } from "../support/example-report.ts";

const CURRENT = { run_id: "run", created_ms: 0, tail: 0, stage: "raise", load: 400 } as const;

const LEDGER = { ...exampleReport.ledger, missed: 1600, lost: 0 };

/** What is said against the generator where its places were all taken, and queries late. */
const FAULTS = verdictOf({
  ledger: LEDGER,
  balanced: true,
  userSeconds: null,
  scheduleLagP99Ms: 999,
  shareSlow: 0,
  clockErrorMs: 0,
  onlyWarmedUp: false,
  thresholds: [],
}).generatorFaults.map(({ code }) => code);

/** A run whose workers had no free place for many of its queries. */
function choked(change: Partial<Report> = {}): Report {
  const [reason] = exampleReport.reasons;
  assert.ok(reason);
  return {
    ...exampleReport,
    verdict: "inconclusive",
    generator_fault_codes: FAULTS,
    ledger: LEDGER,
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

const stepVerdict = (report: Report) => stepOf(CURRENT, report).verdict;

test("where answers took so long that no place was free, the target failed, and not the generator", () => {
  assert.deepEqual(FAULTS, ["unsent", "late"]);
  assert.equal(stepVerdict(choked()), "failed");
});

test("where the thresholds hold, or something else speaks against the generator, the step stays without a judgement", () => {
  const [threshold] = choked().thresholds;
  assert.ok(threshold);
  const faults = [...FAULTS, "short_of_cpu" as const];
  const late = choked().reasons.map((reason) => ({ ...reason, reason: "came_too_late" as const }));
  assert.equal(stepVerdict(choked({ thresholds: [{ ...threshold, state: "passed" }] })), "inconclusive");
  assert.equal(stepVerdict(choked({ generator_fault_codes: faults })), "inconclusive");
  assert.equal(stepVerdict(choked({ reasons: late })), "inconclusive");
  assert.equal(stepVerdict(choked({ ledger: { ...choked().ledger, lost: 9 } })), "inconclusive");
});

test("a step has its server's queue beside it: of a cluster, the part that p99 waited for", () => {
  const { server } = exampleReport;
  const step = stepOf(CURRENT, exampleReport).server;
  assert.deepEqual(step, {
    executing_max: 8,
    places: 8,
    full_share: 0.1304,
    waited_share: 0.1268,
    cpu_cores: 0.9602,
    cpu_ms_per_query: 10.8025,
    is_queueing: true,
  });
  assert.equal(stepOf(CURRENT, { ...exampleReport, server: null }).server, null);
  const [, silent] = server?.servers ?? [];
  assert.ok(silent);
  const untold = { ...exampleReport, server: { servers: [silent], queueing: null } };
  assert.equal(stepOf(CURRENT, untold).server, null);
});

/** How the example report is judged; of its thresholds: one that held, one that failed in some windows, one that nothing could be held against. */

import type { ThresholdReport } from "../../libs/protocol/threshold.ts";

const COMMON = { query: null, category: null, windows: null, abort_on_fail: false, aborted: false };

export const exampleThresholds: ThresholdReport[] = [
  {
    ...COMMON,
    expression: "error_rate < 5%",
    ...{ unit: "share", limit: 0.05, state: "passed", value: 0.012_345, latency_from: null },
  },
  {
    ...COMMON,
    expression: "p(99) < 200ms",
    query: "errors by level",
    ...{ unit: "ms", limit: 200, state: "failed", value: 412.5, latency_from: "intended start" },
    windows: { length_s: 10, judged: 36, failed: 3, worst: { from_s: 20, to_s: 30, value: 412.5 } },
    abort_on_fail: true,
  },
  {
    ...COMMON,
    expression: "avg < 1s",
    category: 'a "b" & <c>|d',
    ...{ unit: "ms", limit: 1000, state: "unknown", value: null, latency_from: "intended start" },
  },
];

const SENT_LATE = "queries were sent late: p99 131.967 ms after their time (limit 100 ms)";

export const exampleJudgement = {
  verdict: "inconclusive" as const,
  verdict_reasons: [SENT_LATE],
  generator_faults: [SENT_LATE],
  generator_fault_codes: ["late" as const],
  thresholds: exampleThresholds,
  warm_up: null,
};

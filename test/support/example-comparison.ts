/** One fixed comparison of two sides: the second one is slower. */

import type { Comparison } from "../../libs/protocol/comparison.ts";

const figures = { baseline: 20, contender: 25, difference: 0.25, low: 0.2, high: 0.3, noise: 0.05 };
const side = (name: string) => ({
  name,
  runs: [{ run_id: "run", started_at: "2026-03-01T10:00:00.000Z", verdict: "passed" as const }],
});
export const exampleComparison: Comparison = {
  schema_version: 1,
  verdict: "worse",
  verdict_reasons: ["the contender is slower"],
  ...{ baseline: side("old"), contender: side("new") },
  unlike: [{ kind: "target", what: "url", baseline: "http://old", contender: "http://new" }],
  ...{ confidence: 0.95, min_effect: 0.02, min_error_effect: 0.001 },
  rows: [{ query: "errors by level", metric: "p50", ...figures, verdict: "worse" }],
};

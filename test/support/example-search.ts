/** One fixed search: doubled until it failed, narrowed, confirmed at both ends. */

import type { SeriesRecord, SeriesStep } from "../../libs/protocol/series.ts";

const STEPS: readonly (readonly [stage: SeriesStep["stage"], load: number, p99Ms: number])[] = [
  ["raise", 10, 80],
  ["raise", 20, 95],
  ["raise", 40, 170],
  ["raise", 80, 2400],
  ["narrow", 50, 640],
  ["confirm_low", 40, 182],
  ["confirm_high", 50, 710],
];

const LIMIT_MS = 200;

export const exampleSearch: SeriesRecord = {
  ...{ v: 1, id: "checkout-search", name: "checkout", kind: "search", phase: "completed" },
  ...{ created_ms: 0, seed: 42 },
  current: { run_id: "run-7", created_ms: 0, tail: 0, stage: "confirm_high", load: 50 },
  steps: STEPS.map(([stage, load, p99Ms], at) => ({
    run_id: `run-${at + 1}`,
    ...{ stage, load, generator_faults: [], completed_per_s: load, error_rate: 0, server: null },
    verdict: p99Ms < LIMIT_MS ? "passed" : "failed",
    reason: p99Ms < LIMIT_MS ? "" : `p(99) < ${LIMIT_MS}ms of all queries: ${p99Ms} ms`,
    ...{ p50_ms: p99Ms / 4, p99_ms: p99Ms },
  })),
  result: { ended_by: "knee", load: 40, low: 40, high: 50, confidence: 0.94 },
};

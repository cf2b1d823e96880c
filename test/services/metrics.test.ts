/** What the services expose to Prometheus: values of this very moment, and none of what is over. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Registry } from "prom-client";
import type { Live } from "../../libs/protocol/live.ts";
import { createAggregatorMetrics } from "../../services/aggregator/metrics.ts";
import { createCoordinatorMetrics } from "../../services/coordinator/metrics.ts";

function liveRun(run: string, perSecond: number, errorRate: number): Live {
  const window = { from_s: 0, to_s: 10, slices_expected: 1, slices_settled: 1, complete: true };
  const service_ms = { p50: 5, p95: 20, p99: perSecond, max: 100 };
  const figures = { completed_per_s: perSecond, error_rate: errorRate, service_ms };
  return {
    ...{ v: 1, run, at_ms: 0, phase: "running", elapsed_ms: 2500, load: 50, offered_per_s: 50 },
    windows: [10, 60, 300].map((length_s) => ({ length_s, ...window, ...figures })),
    ledger: { planned: 9, ok: 7, failed: 1, timed_out: 0, missed: 1, lost: 0, cancelled: 0, superseded: 0 },
    ...{ in_flight: 3, workers: 2, slices_settled: 1, slices_redelivered: 0, results_refused: 0 },
    ...{ thresholds: [], servers: [], queries: [], errors: [] },
  };
}

test("the windows add up the live runs, weigh their errors, show the worst latency, and read 0 without a run", async () => {
  const registry = new Registry();
  const metrics = createAggregatorMetrics(registry);
  metrics.showLive([liveRun("a", 30, 0.1), liveRun("b", 90, 0.5)]);
  const page = await registry.metrics();
  assert.match(page, /^logburst_window_completed_per_second\{window="10s"\} 120$/m);
  assert.match(page, /^logburst_window_error_ratio\{window="60s"\} 0.4$/m);
  assert.match(page, /^logburst_window_duration_seconds\{window="300s",percentile="p99"\} 0.09$/m);
  metrics.showLive([]);
  const after = await registry.metrics();
  for (const window of ["10s", "60s", "300s"]) {
    assert.match(after, new RegExp(`^logburst_window_completed_per_second\\{window="${window}"\\} 0$`, "m"));
    assert.match(after, new RegExp(`^logburst_window_error_ratio\\{window="${window}"\\} 0$`, "m"));
  }
});

test("a live run has figures of its own, which are gone with it; of very many runs some have", async () => {
  const registry = new Registry();
  const metrics = createAggregatorMetrics(registry);
  metrics.showLive([liveRun("a", 30, 0.1)]);
  const page = await registry.metrics();
  assert.match(page, /^logburst_run_elapsed_seconds\{run="a"\} 2.5$/m);
  assert.match(page, /^logburst_run_queries\{run="a",state="missed"\} 1$/m);
  assert.match(page, /^logburst_run_service_seconds\{run="a",percentile="p95"\} 0.02$/m);
  metrics.showLive(Array.from({ length: 500 }, (_, index) => liveRun(`run-${index}`, 1, 0)));
  const crowded = await registry.metrics();
  assert.doesNotMatch(crowded, /run="a"/);
  assert.equal([...crowded.matchAll(/^logburst_run_load\{/gm)].length, 20);
});

test("runs and workers are counted as they are when Prometheus asks, and not as they were before", async () => {
  const registry = new Registry();
  let phases = ["running", "mustering", "running"];
  createCoordinatorMetrics(registry, () => 0, {
    activeNodes: () => 2,
    nodeStatuses: () => ["active", "busy"],
    isLeader: () => true,
    phases: () => phases,
  });
  assert.match(await registry.metrics(), /^logburst_runs\{phase="running"\} 2$/m);
  phases = ["draining"];
  const page = await registry.metrics();
  assert.match(page, /^logburst_runs\{phase="draining"\} 1$/m);
  assert.doesNotMatch(page, /phase="running"/);
  assert.match(page, /^logburst_nodes\{status="busy"\} 1$/m);
});

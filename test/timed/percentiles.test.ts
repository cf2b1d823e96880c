/** Merged percentiles against those of all raw samples together, logged by the workers themselves. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { temporaryFolder } from "../support/folders.ts";
import { startFleet } from "../support/nodes.ts";
import { startTarget } from "../support/servers.ts";
import { benchmark } from "../support/system.ts";

/** The nearest-rank percentile of sorted samples: the definition that HdrHistogram keeps too. */
function percentileOf(sorted: readonly number[], percent: number): number {
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? Number.NaN;
}

test("percentiles over three workers are those of the pooled samples, within 0.2 %", async () => {
  using folder = temporaryFolder();
  const file = join(folder.path, "samples");
  await using target = await startTarget(20_000);
  await using system = await startFleet({ workers: 3, workerEnvironment: { LOGBURST_SAMPLE_LOG: file } });
  const queries = [
    { name: "cheap", template: "* | stats count() lines", weight: 4 },
    { name: "dear", template: "* | stats count_uniq(trace_id) traces", weight: 1 },
  ];
  const workload = { model: "count", total_queries: 3000, total_concurrent_users: 9 };
  const { report } = await system.run(benchmark(target.url, { workload, queries }));
  assert.equal(report.ledger.ok, 3000);
  assert.equal(report.nodes.length, 3);

  // Workers write their samples as they come and flush them when they leave.
  await system.stack.close();
  const samples = readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .map((line) => line.split(" "))
    .filter(([run]) => run === report.run_id);
  assert.equal(samples.length, 3000);
  report.queries.forEach((query, index) => {
    const sorted = samples
      .filter(([, of]) => Number(of) === index)
      .map(([, , microseconds]) => Number(microseconds))
      .sort((a, b) => a - b);
    const { service_ms: service } = query;
    assert.equal(service.count, sorted.length);
    for (const [percent, value] of [
      [50, service.p50],
      [90, service.p90],
      [95, service.p95],
      [99, service.p99],
      [99.9, service.p99_9],
    ] as const) {
      const expected = percentileOf(sorted, percent) / 1000;
      assert.ok(
        value !== null && Math.abs(value - expected) <= expected * 0.002,
        `${query.name} p${percent}: ${value}, pooled ${expected}`,
      );
    }
    assert.equal(service.max, (sorted.at(-1) ?? 0) / 1000);
  });
});

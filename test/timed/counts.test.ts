/** The report's numbers against what the target really got, counted by a proxy before a real VictoriaLogs. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Report } from "../../libs/protocol/report.ts";
import { type CountingProxy, startCountingProxy } from "../support/counting-proxy.ts";
import { startFleet } from "../support/nodes.ts";
import { startTarget, type TargetServer } from "../support/servers.ts";
import { benchmark, type System } from "../support/system.ts";

const QUERIES = [
  {
    name: "count",
    template: "* | stats count() lines",
    time_range: { last: "1h" },
    weight: 5,
    category: "stats",
  },
  {
    name: "errors",
    template: "level:=error",
    time_range: { last: "10m" },
    limit: 20,
    weight: 3,
    category: "filter",
  },
  {
    name: "volume",
    api: "hits",
    template: "*",
    params: { step: "10m" },
    time_range: { last: "1h" },
    weight: 2,
    category: "stats",
  },
  {
    name: "names",
    api: "field_names",
    template: "level:*",
    time_range: { last: "10m" },
    weight: 1,
    category: "names",
  },
];
const WEIGHTS = QUERIES.reduce((sum, { weight }) => sum + weight, 0);

let target: TargetServer;
let system: System;

before(async () => {
  target = await startTarget(20_000);
  system = await startFleet({ workers: 3 });
});
after(async () => {
  await system[Symbol.asyncDispose]();
  await target[Symbol.asyncDispose]();
});

/** What the report says was sent is what arrived, for each query by name. */
function assertCounted(report: Report, proxy: CountingProxy): void {
  const counts = proxy.counts();
  for (const query of report.queries) {
    const sent = query.ledger.ok + query.ledger.failed + query.ledger.timed_out;
    assert.equal(counts.get(query.template), sent, `queries named ${query.name}`);
  }
  assert.equal(proxy.seen.length, report.ledger.ok + report.ledger.failed + report.ledger.timed_out);
  assert.equal(report.ledger_balanced, true);
  for (const query of report.queries) {
    const off = Math.abs(query.ledger.ok / report.ledger.ok - query.weight / WEIGHTS);
    assert.ok(off < 0.01, `the share of ${query.name} is off by ${off}`);
  }
}

test("an open run sends the planned number of queries at the planned rate, and the report says what arrived", async () => {
  await using proxy = await startCountingProxy(target.url);
  const workload = { model: "open", target_qps: 200, duration: 20 };
  const { record, report } = await system.run(benchmark(proxy.url, { workload, queries: QUERIES, seed: 7 }));
  assert.equal(report.ledger.planned, 4000);
  assert.equal(report.ledger.ok, 4000);
  assertCounted(report, proxy);
  assert.ok(Report.safeParse(report).success);
  // Within 1 % of the plan over the whole; a single second may lose a few to its neighbour on a busy machine.
  const startedMs = record.t0_ms ?? 0;
  const arrived = proxy.seen.filter(({ atMs }) => atMs >= startedMs - 5 && atMs < startedMs + 20_000).length;
  assert.ok(Math.abs(arrived - 4000) <= 40, `${arrived} arrived within the 20 s`);
  assert.equal(report.nodes.length, 3);
  assert.ok(report.totals.schedule_lag_ms.count === 4000);
  assert.deepEqual(
    report.timeline.map(({ second, planned }) => [second, planned]),
    Array.from({ length: 20 }, (_, second) => [second, 200]),
  );
});

test("a Poisson load has the same rate on average and the same books", async () => {
  await using proxy = await startCountingProxy(target.url);
  const workload = { model: "open", target_qps: 150, duration: 6, arrival: "poisson" };
  const { report } = await system.run(benchmark(proxy.url, { workload, queries: QUERIES, seed: 7 }));
  // 900 expected, standard deviation 30: five of them either way.
  assert.ok(Math.abs(report.ledger.planned - 900) < 150);
  assertCounted(report, proxy);
});

test("a closed run has exactly its users in flight at its peak, half of them at half of the ramp", async () => {
  const users = 40;
  await using proxy = await startCountingProxy(target.url, 50);
  const workload = { total_concurrent_users: users, duration: 12, ramp_up_time: 6 };
  const { record, report } = await system.run(benchmark(proxy.url, { workload, queries: QUERIES, seed: 7 }));
  const t0Ms = record.t0_ms ?? 0;
  assert.equal(proxy.peakInFlight(), users);
  const halfWay = proxy.peakBetween(t0Ms + 2900, t0Ms + 3100);
  assert.ok(Math.abs(halfWay - users / 2) <= users * 0.05, `${halfWay} users at half of the ramp`);
  assertCounted(report, proxy);
  const time = report.user_seconds;
  assert.ok(time);
  // 40 users for 12 s, less the triangle of the ramp: 480 − 120.
  assert.equal(time.planned, 360);
  assert.ok(Math.abs(time.planned - time.driven - time.idle) < 0.001);
  assert.ok(time.driven / time.planned > 0.9, `driven ${time.driven} of ${time.planned} user-seconds`);
});

test("a count run sends exactly its number of queries, with no more than its users in flight", async () => {
  await using proxy = await startCountingProxy(target.url, 10);
  const workload = { model: "count", total_queries: 1100, total_concurrent_users: 12 };
  const { report } = await system.run(benchmark(proxy.url, { workload, queries: QUERIES, seed: 7 }));
  assert.equal(report.ledger.planned, 1100);
  assert.equal(proxy.peakInFlight(), 12);
  assertCounted(report, proxy);
});

test("categories and nodes add up to the whole", async () => {
  const workload = { model: "count", total_queries: 330, total_concurrent_users: 6 };
  const { report } = await system.run(benchmark(target.url, { workload, queries: QUERIES, seed: 7 }));
  const sum = (parts: readonly { ledger: { ok: number } }[]) =>
    parts.reduce((total, { ledger }) => total + ledger.ok, 0);
  assert.equal(sum(report.categories), 330);
  assert.equal(sum(report.nodes), 330);
  assert.equal(sum(report.queries), 330);
  assert.deepEqual(report.categories.map(({ category }) => category).sort(), ["filter", "names", "stats"]);
});

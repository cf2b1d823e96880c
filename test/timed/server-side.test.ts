/** A real VictoriaLogs with few places under more users than that: the report has its queue and says that p99 is waiting there. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Live } from "../../libs/protocol/live.ts";
import { renderHtml } from "../../libs/report/html/page.ts";
import { renderText } from "../../libs/report/terminal/summary.ts";
import { PIPE } from "../../libs/report/terminal/terminal.ts";
import { startCountingProxy } from "../support/counting-proxy.ts";
import { startTarget } from "../support/servers.ts";
import { benchmark, startSystem } from "../support/system.ts";

const PLACES = 2;
const USERS = 24;
/** Each takes some milliseconds of CPU, and about the same. */
const QUERIES = [{ name: "traces", template: "* | stats count_uniq(trace_id) n" }];

test("the server's queue is in the report of a run, in its live figures, and named where p99 waits in it", async (t) => {
  await using target = await startTarget(5000, `-search.maxConcurrentRequests=${PLACES}`);
  await using proxy = await startCountingProxy(target.url);
  await using system = await startSystem({ workers: 1 });
  const run = async (users: number, duration: number, metrics: object) => {
    const workload = { total_concurrent_users: users, duration };
    const target = { url: proxy.url, metrics };
    const live: Live[] = [];
    const config = JSON.stringify(benchmark(proxy.url, { workload, queries: QUERIES, target }));
    const { id } = await system.client.submit(config);
    const seen = { record: () => undefined, live: (figures: Live) => live.push(figures) };
    await Promise.race([system.client.follow(id, seen), system.stack.failure]);
    const report = await system.client.report(id);
    assert.ok(report);
    return { report, live };
  };

  const crowded = await run(USERS, 8, { interval: "1s" });
  const { server, totals, ledger } = crowded.report;
  const [found] = server?.servers ?? [];
  assert.ok(server && found);
  assert.ok(found.samples >= 4, `${found.samples} samples`);
  assert.match(found.version ?? "", /victoria-logs|^v1/);
  assert.equal(found.flags["search.maxConcurrentRequests"], String(PLACES));
  assert.equal(found.places, PLACES);
  assert.ok((found.waited_share ?? 0) > 0.5, `${found.waited_share} waited`);
  assert.ok((found.full_share ?? 0) > 0.5, `full in ${found.full_share}`);
  assert.ok((found.cpu_ms_per_query ?? 0) > 0 && (found.rss_mb_max ?? 0) > 5);
  assert.ok(found.timeline.length >= 3);
  assert.ok(found.timeline.every(({ from_s: from, to_s: to }) => from > -2 && to > from && to < 12));
  assert.ok(
    server.queueing,
    JSON.stringify({ found: { ...found, timeline: [] }, service: totals.service_ms }),
  );
  const { words, wait_ms: waitMs, execution_ms: executionMs } = server.queueing;
  assert.ok(waitMs > executionMs);
  t.diagnostic(words);
  const text = renderText(crowded.report, PIPE);
  t.diagnostic(text.split("\n").find((line) => line.startsWith("server")) ?? "");
  assert.ok(text.includes(words));
  assert.ok(renderHtml(crowded.report).includes("Server: queue"));
  assert.ok(crowded.live.some(({ servers: [one] }) => (one?.waits_per_s ?? 0) > 0 && one?.places === PLACES));

  // A scrape is no query: what was planned is what came.
  assert.equal(proxy.seen.length, ledger.ok);
  assert.ok(proxy.seen.every(({ path }) => !path.includes("metrics")));

  const page = `${target.url}/metrics`;
  const calm = await run(1, 4, { interval: "1s", urls: [page, `${target.url}/no/such/page`] });
  const [told, untold] = calm.report.server?.servers ?? [];
  assert.equal(calm.report.server?.queueing, null);
  assert.ok(told && told.samples > 1 && told.waits === 0, `${told?.waits} waits`);
  assert.equal(untold?.samples, 0);
  assert.equal(untold?.failed, 1, "it was asked once");
  assert.match(renderText(calm.report, PIPE), /no\/such\/page told nothing: status 4\d\d/);
  assert.equal(calm.report.verdict, "passed");

  const unasked = await run(1, 1, { enabled: false });
  assert.equal(unasked.report.server, null);
});

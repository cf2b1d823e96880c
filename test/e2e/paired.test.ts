/** One run on two targets: either is asked just what the other is, each side has its books, and a slower one is found out. */

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { EXIT_CODES } from "../../libs/protocol/exit-codes.ts";
import { Report } from "../../libs/protocol/report.ts";
import { renderReport } from "../../libs/report/formats.ts";
import { logburst } from "../support/cli.ts";
import { type CountingProxy, startCountingProxy } from "../support/counting-proxy.ts";
import { temporaryFolder } from "../support/folders.ts";
import { startTarget } from "../support/servers.ts";
import { benchmark, startSystem } from "../support/system.ts";

/** Far more than what varies on a busy machine. */
const SLOWER_MS = 40;
/** How the second target is asked for some rows. */
const OTHER = "* | limit 4";

const QUERIES = [
  {
    name: "word",
    template: "{{ word }} level:={{ level }}",
    weight: 2,
    limit: 5,
    variables: {
      word: { list: ["refused", "handled", "batch"], pick: "cycle" },
      level: { list: ["info", "error"] },
    },
    time_range: { from: "2026-01-01T00:00:00Z", to: "2026-01-02T00:00:00Z", random: "1h" },
  },
  { name: "some", template: "* | limit 3" },
];

/** Everything that a target was asked, as often as it was. */
function asked(proxy: CountingProxy): string[] {
  return proxy.seen.map(({ path, args }) => `${path} ${JSON.stringify(args)}`).sort();
}

function configOf(a: string, b: object, workload: object): object {
  const { spec, ...rest } = benchmark("", { workload, queries: QUERIES, seed: 3 }) as { spec: object };
  return { ...rest, spec: { ...spec, target: undefined, targets: { a: { url: a }, b } } };
}

/** Queries of a side that the books know. */
function plannedOf({ queries }: Report, side: string): number {
  const ofSide = queries.filter(({ name }) => name.endsWith(`@${side}`));
  return ofSide.reduce((sum, { ledger }) => sum + ledger.planned, 0);
}

test("two targets are asked the same in every model, the books hold each side apart, and the slower one is found out", async () => {
  await using target = await startTarget(1000);
  await using system = await startSystem({ workers: 2 });
  for (const { workload, planned } of [
    { workload: { model: "count", total_queries: 91, total_concurrent_users: 4 }, planned: 182 },
    {
      workload: { model: "closed", total_concurrent_users: 4, duration: 2, think_time: "50ms" },
      planned: undefined,
    },
  ]) {
    await using a = await startCountingProxy(target.url);
    await using b = await startCountingProxy(target.url);
    const { report } = await system.run(configOf(a.url, { url: b.url }, workload));
    const { ledger } = report;
    assert.ok(report.comparison && report.ledger_balanced);
    assert.deepEqual([a.seen.length + b.seen.length, ledger.ok], [ledger.planned, ledger.planned]);
    if (planned !== undefined) assert.equal(ledger.planned, planned);
    assert.deepEqual([plannedOf(report, "a"), plannedOf(report, "b")], [a.seen.length, b.seen.length]);
    if (workload.model === "closed") assert.ok(Math.abs(a.seen.length - b.seen.length) <= 4);
    else assert.deepEqual(asked(a), asked(b));
    assert.ok(new Set(asked(a)).size > 20, "the questions differ from one another");
  }
  await findsTheSlowerOne(target.url, system.stack.natsUrl);
});

/** In the report, on its faces, by the exit code, and again by a replay. */
async function findsTheSlowerOne(targetUrl: string, natsUrl: string): Promise<void> {
  await using a = await startCountingProxy(targetUrl);
  await using b = await startCountingProxy(targetUrl, SLOWER_MS);
  using folder = temporaryFolder();
  const file = join(folder.path, "paired.yaml");
  const side = { url: b.url, queries: { some: { template: OTHER } } };
  const workload = { model: "open", target_qps: 20, duration: 10, arrival: "poisson", warm_up: 1 };
  writeFileSync(file, JSON.stringify(configOf(a.url, side, workload)));
  const ran = await logburst("run", file, "--nats", natsUrl, "--json");
  const report = Report.parse(JSON.parse(ran.out));
  assert.equal(report.verdict, "passed", report.verdict_reasons.join());
  assert.equal(ran.code, EXIT_CODES.regressed, ran.err);
  const { verdict, rows = [], unlike = [] } = report.comparison ?? {};
  assert.equal(verdict, "worse");
  assert.deepEqual(
    rows.filter((row) => row.verdict === "better"),
    [],
  );
  assert.deepEqual(
    unlike.map(({ what }) => what),
    ["url", "template of some"],
  );
  const words = (proxy: CountingProxy) => asked(proxy).filter((text) => text.includes("level:="));
  assert.ok(words(a).length > 50);
  assert.deepEqual(words(a), words(b));
  const others = (proxy: CountingProxy) => proxy.seen.filter(({ args }) => args.query === OTHER).length;
  assert.deepEqual(
    [others(a), others(b)],
    [0, report.queries.find(({ name }) => name === "some@b")?.ledger.ok],
  );

  assert.match(renderReport(report, "markdown"), /## 🔴 worse: b http.* against a http/);
  assert.match(renderReport(report, "html"), /<h2 id="comparison-title">Comparison<.*badge failed">worse/s);
  assert.match(
    renderReport(report, "junit"),
    /is no worse than the other target.*<failure message="worse: /s,
  );
  const shown = await logburst("report", report.run_id, "--nats", natsUrl, "--check");
  assert.equal(shown.code, EXIT_CODES.regressed);
  assert.match(shown.out, /comparison\nb http.* against a http.*\nverdict {4}WORSE/);
  const again = await logburst("replay", report.run_id, "--nats", natsUrl, "--json");
  assert.ok(isDeepStrictEqual(Report.parse(JSON.parse(again.out)), report), "a replay gives the same report");
}

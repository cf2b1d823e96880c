/** A real Prometheus scrapes a run on all services: every panel has something to show, and what was counted is what was done. */

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { stringify } from "yaml";
import { DASHBOARDS } from "../../deploy/grafana/source/made.ts";
import { PACKAGE_ROOT } from "../../libs/runtime/version.ts";
import { startServer } from "../../services/cli/local/child.ts";
import { freePort } from "../../services/cli/local/free-port.ts";
import { eventually } from "../support/eventually.ts";
import { temporaryFolder } from "../support/folders.ts";
import { startTarget } from "../support/servers.ts";
import { benchmark, startSystem } from "../support/system.ts";
import { askTool, toolPath } from "../support/tools.ts";

interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

/** @param jobs addresses by the name of their job */
async function startPrometheus(jobs: Readonly<Record<string, readonly string[]>>) {
  const folder = temporaryFolder();
  const url = `http://127.0.0.1:${await freePort()}`;
  const scrapes = Object.entries(jobs).map(([job_name, urls]) => {
    return { job_name, static_configs: [{ targets: urls.map((each) => new URL(each).host) }] };
  });
  const config = {
    global: { scrape_interval: "500ms", evaluation_interval: "500ms" },
    rule_files: [join(PACKAGE_ROOT, "deploy", "prometheus", "rules.yaml")],
    scrape_configs: scrapes,
  };
  const file = join(folder.path, "prometheus.yaml");
  writeFileSync(file, stringify(config));
  const args = [
    `--config.file=${file}`,
    `--storage.tsdb.path=${join(folder.path, "data")}`,
    `--web.listen-address=${new URL(url).host}`,
  ];
  const child = startServer("prometheus", toolPath("prometheus"), args, join(folder.path, "log"));
  async function get(path: string) {
    const answer = (await (await fetch(`${url}/api/v1/${path}`)).json()) as { status: string; data: unknown };
    assert.equal(answer.status, "success", JSON.stringify(answer));
    return answer.data;
  }
  return {
    async query(expr: string): Promise<Sample[]> {
      const data = await get(`query?query=${encodeURIComponent(expr)}`);
      return (data as { result: Sample[] }).result;
    },
    async rules() {
      const data = (await get("rules")) as {
        groups: { rules: { name: string; health: string; lastError?: string }[] }[];
      };
      return data.groups.flatMap(({ rules }) => rules);
    },
    async [Symbol.asyncDispose]() {
      await child.stop();
      folder[Symbol.dispose]();
    },
  };
}

/** Every question of every panel, as it is asked of a run. */
function questionsOf(run: string): Map<string, string> {
  const all = DASHBOARDS.flatMap(({ title, rows }) =>
    rows.flatMap(({ panels }) =>
      panels.flatMap(({ title: panel, targets }) =>
        targets.map(({ expr, legend }) => [`${title} / ${panel} / ${legend}`, expr] as const),
      ),
    ),
  );
  return new Map(
    all.map(([name, expr]) => [name, expr.replaceAll("$__rate_interval", "5s").replaceAll("$run", run)]),
  );
}

/** The names of the seed, with their labels. */
const SEED = {
  coordinator: [
    /^coordinator_active_nodes_total \d/m,
    /^coordinator_total_qps \d/m,
    /^coordinator_task_duration_seconds_bucket\{le="60"\} 1$/m,
  ],
  aggregator: [],
  worker: [
    /^worker_query_duration_seconds_bucket\{node_id="worker-1",query_type="\w+",le="60"\} \d/m,
    /^worker_query_errors_total\{node_id="worker-1",error_type="expect"\} \d/m,
    /^worker_active_connections\{node_id="worker-1"\} \d/m,
  ],
} as const;

test("a run under Prometheus: each panel has data, each rule is evaluated, and the counters are the report's", async (t) => {
  await using target = await startTarget(1000);
  await using system = await startSystem({ workers: 2 });
  const { urls } = system.stack;
  const pages = { coordinator: urls.coordinator, aggregator: urls.aggregator, worker: urls["worker-1"] };
  await using prometheus = await startPrometheus({
    coordinator: [urls.coordinator as string],
    aggregator: [urls.aggregator as string],
    worker: [urls["worker-1"] as string, urls["worker-2"] as string],
  });
  const queries = [
    { name: "errors", template: "level:=error", limit: 1, category: "lists", weight: 4 },
    // No line has it, so every answer is a wrong one.
    { name: "wrong", template: "no_such_word", expect: { min_rows: 1 }, category: "mistakes" },
  ];
  const workload = { model: "open", target_qps: 60, duration: 7 };
  let open: Map<string, string> | undefined;
  let asked: Promise<unknown> | undefined;
  const { record, report } = await system.run(
    benchmark(target.url, { workload, queries }),
    ({ id, phase }) => {
      if (phase !== "running" || asked) return;
      const left = questionsOf(id);
      open = left;
      assert.ok(left.size > 50);
      asked = eventually(`data for every panel`, async () => {
        for (const [name, expr] of left) if ((await prometheus.query(expr)).length > 0) left.delete(name);
        return left.size === 0;
      }).catch(() => undefined);
    },
  );
  await asked;
  assert.deepEqual(
    [...(open ?? new Map([["the run was seen running", ""]])).keys()],
    [],
    "no panel without data",
  );

  const numberOf = async (expr: string) => Number((await prometheus.query(expr))[0]?.value[1]);
  await eventually(
    "all queries are counted",
    async () => (await numberOf("sum(logburst_queries_total)")) === report.ledger.planned,
  );
  assert.equal(await numberOf('sum(logburst_queries_total{state="ok"})'), report.ledger.ok);
  assert.equal(await numberOf("sum(logburst_query_duration_seconds_count)"), report.ledger.ok);
  assert.equal(
    await numberOf("sum(logburst_schedule_lag_seconds_count)"),
    report.totals.schedule_lag_ms.count,
  );
  assert.ok(report.ledger.failed > 0);
  await eventually(
    "the workers' own counts are scraped too",
    async () => (await numberOf("sum(worker_query_errors_total)")) === report.ledger.failed,
  );
  assert.equal(await numberOf("sum(logburst_response_bytes_total)"), report.totals.bytes);
  await eventually(
    "the run's own figures are gone with it",
    async () => (await prometheus.query(`logburst_run_load{run="${record.id}"}`)).length === 0,
  );
  assert.equal(
    await numberOf('logburst_window_completed_per_second{window="10s"}'),
    0,
    "and the windows read 0",
  );
  for (const { name, health, lastError } of await prometheus.rules())
    assert.equal(health, "ok", `${name}: ${lastError}`);

  for (const [service, url] of Object.entries(pages)) {
    const page = await (await fetch(`${url}/metrics`)).text();
    for (const name of SEED[service as keyof typeof SEED]) assert.match(page, name);
    const { output } = askTool("promtool", ["check", "metrics"], page);
    const words = output.split("\n").filter((line) => line !== "" && !isOfTheSeed(line));
    assert.deepEqual(words, [], service);
  }
  t.diagnostic(`${report.ledger.planned} queries, ${report.ledger.failed} of them failed`);
});

/** The seed calls a gauge `_total`, and so does Node's own. */
function isOfTheSeed(line: string): boolean {
  return /^(coordinator_active_nodes_total|nodejs_active_\w+_total) non-counter metrics should not have "_total" suffix$/.test(
    line,
  );
}

/** Engines on a whole system: ready workloads on a real VictoriaLogs, an engine from outside, and transactions of which a worker dies. */

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import type { Report } from "../../libs/protocol/report.ts";
import { PACKAGE_ROOT } from "../../libs/runtime/version.ts";
import { readConfigFile } from "../../services/cli/config-file.ts";
import { logburstIn } from "../support/cli.ts";
import { eventually } from "../support/eventually.ts";
import { startEtcdServer, startTarget } from "../support/servers.ts";
import { benchmark, type System, startSystem } from "../support/system.ts";
import { startWebSocketServer } from "../support/websocket-server.ts";

const EXAMPLE = join(PACKAGE_ROOT, "test", "fixtures", "engine-example", "index.mjs");
const MODULES = { LOGBURST_ENGINE_MODULES: `logburst-engine-example=${EXAMPLE}` };

/** A ready workload, for a second. */
function shortened(file: string, url: string): object {
  const isTail = file.includes("tail");
  const sets = {
    "target.url": url,
    "workload.duration": "1s",
    "workload.ramp_up_time": "0s",
    "workload.think_time": file.includes("explore") ? "100ms" : undefined,
    "workload.warm_up": "0s",
    ...(isTail && { "queries.0.tail_for": "300ms", "queries.1.tail_for": "300ms" }),
  };
  const overrides = Object.entries(sets).flatMap(([path, value]) =>
    value === undefined ? [] : [{ path, value }],
  );
  return readConfigFile(join(PACKAGE_ROOT, "config", file), overrides).document;
}

async function runReady(system: System, url: string): Promise<void> {
  const ready = readdirSync(join(PACKAGE_ROOT, "config", "victorialogs")).map(
    (file) => `victorialogs/${file}`,
  );
  const files = [...ready, "logs/victorialogs.yaml"];
  assert.equal(files.length, 10);
  await Promise.all(
    files.map(async (file) => {
      const { report } = await system.run(shortened(file, url));
      const { ledger, errors } = report;
      assert.ok(report.ledger_balanced, file);
      assert.deepEqual([ledger.failed, errors], [0, []], file);
      assert.ok(ledger.ok > 0, `${file} asked something`);
      if (file.startsWith("logs/"))
        assert.ok(report.queries.every(({ rows, name }) => rows > 0 || name === "trace_needle"));
    }),
  );
}

/** A server that speaks enough of memcached's text protocol: every even key is there. */
async function startCache(): Promise<AsyncDisposable & { url: string; commands: string[] }> {
  const commands: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("data", (data) => {
      const [line = ""] = data.toString("latin1").split("\r\n");
      commands.push(line);
      const key = /^get (k\d+)$/.exec(line)?.[1];
      if (key === undefined) socket.write("ERROR\r\n");
      else if (Number(key.slice(1)) % 2 === 0) socket.write(`VALUE ${key} 0 2\r\nhi\r\nEND\r\n`);
      else socket.write("END\r\n");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    url: `tcp://127.0.0.1:${typeof address === "object" && address ? address.port : 0}`,
    commands,
    async [Symbol.asyncDispose]() {
      // Workers keep the target open for a while.
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** As the README says: the services may load the module, and the config names it. */
async function runOutside(system: System): Promise<void> {
  await using cache = await startCache();
  const config = benchmark(cache.url, {
    engine: { name: "memcached", module: "logburst-engine-example" },
    workload: { model: "count", total_queries: 100, total_concurrent_users: 4 },
    variables: { n: { int: { min: 0, max: 1 } } },
    queries: [
      { name: "get", template: "get k{{ n | raw }}", weight: 4 },
      { name: "odd", template: "flush everything", weight: 1 },
    ],
  });
  const { report } = await system.run(config);
  assert.deepEqual([report.ledger.ok, report.ledger.failed, report.ledger_balanced], [80, 20, true]);
  assert.deepEqual(
    report.errors.map(({ class: kind, detail, count }) => [kind, detail, count]),
    [["expect", "ERROR", 20]],
  );
  const gets = cache.commands.filter((command) => command.startsWith("get "));
  assert.equal(gets.length, 80);
  assert.equal(report.totals.rows, gets.filter((command) => command === "get k0").length);
}

/** What a tail is sent is counted, line by line, and how long each took. */
async function runTails(system: System): Promise<void> {
  await using loki = await startWebSocketServer(() => (socket) => {
    socket.text({
      streams: [{ stream: { app: "a" }, values: ["x", "y"].map((line) => [`${Date.now()}000000`, line]) }],
    });
  });
  const config = benchmark(loki.url, {
    engine: { name: "loki" },
    workload: { model: "count", total_queries: 4, total_concurrent_users: 2 },
    queries: [{ name: "tail", api: "tail", template: '{app="a"}', tail_for: "2s" }],
  });
  const { ledger, totals, ledger_balanced: isBalanced } = (await system.run(config)).report;
  assert.deepEqual([ledger.ok, isBalanced, loki.upgrades.length], [4, true, 4]);
  assert.deepEqual([totals.rows, totals.delivery_ms?.count], [8, 8]);
}

/** A run that is meant for another version of its target gets no workers, and says why. */
async function refuseVersion(system: System, url: string): Promise<void> {
  const config = benchmark(url, {
    engine: { name: "etcd", version: "2.3" },
    workload: { model: "count", total_queries: 10, total_concurrent_users: 1 },
    muster: { timeout: 3, on_timeout: "fail" },
    queries: [{ name: "get", template: "a", api: "get" }],
  });
  const { id } = await system.client.submit(JSON.stringify(config));
  const see = { record: () => undefined, live: () => undefined };
  const { phase, failure } = await system.client.follow(id, see);
  assert.equal(phase, "failed");
  assert.match(failure ?? "", /the target is etcd 3\.\d.*, and the run is meant for 2\.3/);
}

const TXNS = 3000;

/** A worker dies with transactions under way; its slices are run again by another. */
async function runTxnsWithDeath(system: System, url: string): Promise<Report> {
  const { document } = readConfigFile(join(PACKAGE_ROOT, "config", "metastore", "txn.yaml"), [
    { path: "target.url", value: url },
    { path: "workload.total_queries", value: String(TXNS) },
  ]);
  const worker = system.stack.workers().at(-1);
  assert.ok(worker);
  const submitted = await system.client.submit(JSON.stringify(document));
  let killed = false;
  const record = await system.client.follow(submitted.id, {
    record: () => undefined,
    live: ({ phase, elapsed_ms: elapsedMs }) => {
      if (killed || phase !== "running" || elapsedMs < 300) return;
      killed = true;
      worker.signal("SIGKILL");
    },
  });
  assert.ok(killed, "it was killed in the middle");
  await eventually("it to be dead", () => !worker.isAlive());
  const report = await system.client.report(record.id);
  assert.ok(report);
  return report;
}

test("ready workloads, an engine from outside, and counters that hold each transaction once though a worker dies", async () => {
  await using target = await startTarget(20_000);
  await using etcd = await startEtcdServer();
  await using system = await startSystem({ workers: 2, serviceEnvironment: MODULES, servicesMayDie: true });
  await Promise.all([
    ...[runReady(system, target.url), runOutside(system), runTails(system)],
    refuseVersion(system, etcd.url),
  ]);
  const { ledger, aftercare, ...report } = await runTxnsWithDeath(system, etcd.url);
  assert.deepEqual([ledger.planned, ledger.ok, report.ledger_balanced], [TXNS, TXNS, true]);
  assert.ok(report.slices.redelivered > 0, "what the dead one had was delivered again");
  assert.deepEqual(
    aftercare?.checks.map(({ counted, holds }) => [counted, holds]),
    [[TXNS, true]],
  );
  assert.equal(aftercare?.cleaned?.left, 0);
  assert.ok((aftercare?.cleaned?.removed ?? 0) > TXNS, "markers and counters");
});

test("the engines that a config may choose are listed, those from outside too", async () => {
  const { code, out } = await logburstIn(MODULES, "engines", "--json");
  assert.equal(code, 0);
  const { engines } = JSON.parse(out) as { engines: { name: string; module?: string; apis: string[] }[] };
  assert.deepEqual(
    engines.map(({ name }) => name),
    ["victorialogs", "loki", "elasticsearch", "opensearch", "etcd", "http", "memcached"],
  );
  assert.ok(engines.find(({ name }) => name === "etcd")?.apis.includes("watch"));
  assert.equal(engines.at(-1)?.module, "logburst-engine-example");
  const refused = await logburstIn(
    { LOGBURST_ENGINE_MODULES: `nothing=${join(PACKAGE_ROOT, "package.json")}` },
    "engines",
  );
  assert.equal(refused.code, 104);
  assert.match(refused.err, /LOGBURST_ENGINE_MODULES: nothing: /);
});

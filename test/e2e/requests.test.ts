/** Ways to ask for a run: a bare TCP socket, a queue that outlives the coordinator, NATS requests, REST. */

import assert from "node:assert/strict";
import { connect } from "node:net";
import { after, before, test } from "node:test";
import { request } from "undici";
import { namesFor } from "../../libs/protocol/names.ts";
import { Report } from "../../libs/protocol/report.ts";
import type { RunRecord } from "../../libs/protocol/run.ts";
import { type ApiClient, type Asked, createApiClient, type Method } from "../support/api-client.ts";
import { eventually } from "../support/eventually.ts";
import { type NatsServer, startNats, startTarget, type TargetServer } from "../support/servers.ts";
import { benchmark, type System, startSystem } from "../support/system.ts";

const { subjects } = namesFor();
const QUERIES = [{ name: "count", template: "* | stats count() lines" }];

let nats: NatsServer;
let target: TargetServer;
let system: System;
let client: ApiClient;

before(async () => {
  nats = await startNats();
  target = await startTarget(1000);
  system = await startSystem({ workers: 1, natsUrl: nats.url });
  client = await createApiClient(system.stack.apiUrl);
});
after(async () => {
  await system[Symbol.asyncDispose]();
  await target[Symbol.asyncDispose]();
  await nats[Symbol.asyncDispose]();
});

const small = (name: string, more: object = {}) => ({
  ...benchmark(target.url, { workload: { model: "count", total_queries: 20 }, queries: QUERIES, ...more }),
  metadata: { name },
});

function api(path: string, { method = "GET", ...asked }: Asked & { method?: Method } = {}) {
  return client.ask(method, path, asked);
}

function runNamed(name: string, phase = "completed"): Promise<RunRecord> {
  return eventually(`a ${phase} run named ${name}`, async () => {
    const { json } = await api("/api/v1/runs");
    return (json.runs as RunRecord[]).find((run) => run.name === name && run.phase === phase);
  });
}

/** Speaks NATS' text protocol by hand. */
function publishByHand(port: number, subject: string, payload: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.end(
        `CONNECT {"verbose":false}\r\nPUB ${subject} ${Buffer.byteLength(payload)}\r\n${payload}\r\nPING\r\n`,
      );
    });
    socket.resume();
    socket.on("close", () => resolve());
    socket.on("error", reject);
  });
}

test("a config that is published over a bare TCP socket starts a run", async () => {
  const yaml = `
apiVersion: benchmark.victorialogs.io/v1
kind: BenchmarkConfig
metadata: { name: by-hand }
spec:
  target: { url: "${target.url}" }
  workload: { model: count, total_queries: 12 }
  queries: [{ name: count, template: "* | stats count() lines" }]
`;
  await publishByHand(nats.port, subjects.requestRun, yaml);
  const record = await runNamed("by-hand");
  assert.equal(record.phase, "completed");
  assert.equal(record.planned, 12);
});

test("a request that was published while no coordinator ran is taken up when one starts", async () => {
  await using alone = await startNats();
  {
    // Makes the streams, then leaves.
    await using _first = await startSystem({ workers: 0, natsUrl: alone.url });
  }
  await publishByHand(alone.port, subjects.requestRun, JSON.stringify(small("left-in-the-queue")));
  await using second = await startSystem({ workers: 1, natsUrl: alone.url });
  await eventually("the run", async () => {
    const { body } = await request(`${second.stack.apiUrl}/api/v1/runs`);
    const { runs } = (await body.json()) as { runs: RunRecord[] };
    return runs.some(({ name, phase }) => name === "left-in-the-queue" && phase === "completed");
  });
});

test("a request over NATS answers with the run's id, or with the list of the config's problems", async () => {
  const accepted = await system.client.submit(JSON.stringify(small("by-request")));
  assert.match(accepted.id, /^by-request-/);
  const refusal = await system.client.submit('{"kind": "BenchmarkConfig"}').then(
    () => undefined,
    (error: { problems: { path: string }[] }) => error.problems,
  );
  assert.deepEqual(refusal?.map(({ path }) => path).sort(), ["apiVersion", "metadata", "spec"]);
  await runNamed("by-request");
});

test("REST creates a run, shows it, lists it, and gives its report in every format", async () => {
  const created = await api("/api/v1/runs", { method: "POST", body: JSON.stringify(small("by-rest")) });
  assert.equal(created.status, 201);
  assert.equal(created.headers.location, `/api/v1/runs/${created.json.id}`);
  await runNamed("by-rest");
  const shown = await api(`/api/v1/runs/${created.json.id}`);
  assert.equal(shown.json.phase, "completed");
  const path = `/api/v1/runs/${created.json.id}/report`;
  const report = Report.parse((await api(path)).json);
  assert.equal(report.ledger.ok, 20);
  assert.match((await api(`${path}?format=csv`)).text, /\(total\),,20,20,0,0,0,0,0/);
  assert.match((await api(`${path}?format=html`)).text, /<!doctype html>/i);
  assert.match((await api(`${path}?format=prometheus`)).text, /logburst_report_passed\{.*\} 1/);
});

test("REST says what is wrong as a problem document: bad config, unknown run, too large a body, unknown path", async () => {
  const bad = await api("/api/v1/runs", { method: "POST", body: "spec: {}" });
  assert.equal(bad.status, 400);
  assert.match(String(bad.headers["content-type"]), /^application\/problem\+json/);
  assert.equal(bad.json.code, "bad_config");
  assert.ok(bad.json.errors.length > 0);
  const unknown = await api("/api/v1/runs/none");
  assert.deepEqual([unknown.status, unknown.json.code], [404, "not_found"]);
  const large = await api("/api/v1/runs", { method: "POST", body: "x".repeat(2_000_000) });
  assert.deepEqual([large.status, large.json.code], [413, "too_large"]);
  assert.equal((await api("/nothing")).status, 404);
  const foreign = await api("/api/v1/runs", {
    method: "POST",
    headers: { origin: "https://elsewhere.example" },
  });
  assert.deepEqual([foreign.status, foreign.json.code], [403, "forbidden"]);
  const over = await api(`/api/v1/runs/${(await runNamed("by-rest")).id}/stop`, { method: "POST" });
  assert.deepEqual([over.status, over.json.code], [409, "conflict"]);
});

test("a run that is stopped over REST sends nothing more within two seconds and still balances", async () => {
  const workload = { model: "open", target_qps: 50, duration: 60 };
  const config = { ...benchmark(target.url, { workload, queries: QUERIES }), metadata: { name: "stopped" } };
  const { json: created } = await api("/api/v1/runs", { method: "POST", body: JSON.stringify(config) });
  await runNamed("stopped", "running");
  const stop = await api(`/api/v1/runs/${created.id}/stop`, { method: "POST" });
  assert.equal(stop.status, 202);
  const askedMs = performance.now();
  const record = await runNamed("stopped", "stopped");
  assert.ok(performance.now() - askedMs < 5000);
  const report = Report.parse((await api(`/api/v1/runs/${record.id}/report`)).json);
  assert.equal(report.phase, "stopped");
  assert.equal(report.ledger.planned, 3000);
  assert.equal(report.ledger.planned, report.ledger.ok + report.ledger.cancelled);
  assert.ok(report.ledger.cancelled > 2500);
  assert.equal(report.ledger_balanced, true);
});

test("health and metrics are served by all three services, under the names of the original design", async () => {
  const names = {
    coordinator: [
      "coordinator_active_nodes_total 1",
      "coordinator_total_qps",
      "coordinator_task_duration_seconds_bucket",
    ],
    "worker-1": [
      "worker_query_duration_seconds_bucket",
      "worker_query_errors_total",
      "worker_active_connections",
    ],
    aggregator: [
      "logburst_queries_total",
      "logburst_window_completed_per_second",
      "logburst_query_duration_seconds_bucket",
    ],
  };
  for (const [name, metrics] of Object.entries(names)) {
    const url = system.stack.urls[name];
    const health = (await (await request(`${url}/health`)).body.json()) as Record<string, unknown>;
    assert.deepEqual(Object.keys(health).sort(), [
      "active_nodes",
      "running_tasks",
      "status",
      "timestamp",
      "version",
    ]);
    assert.equal(health.status, "healthy");
    const text = await (await request(`${url}/metrics`)).body.text();
    for (const metric of metrics) assert.ok(text.includes(metric), `${name} shows ${metric}`);
  }
});

test("nodes are listed with their state, load and capabilities", async () => {
  const { json } = await api("/api/v1/nodes");
  assert.equal(json.nodes.length, 1);
  const [node] = json.nodes;
  assert.equal(node.node_id, "worker-1");
  assert.equal(node.status, "active");
  assert.ok(node.capabilities.resources.cpu_cores > 0);
});

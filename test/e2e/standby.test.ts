/** Two coordinators: whichever is asked answers, and when the one that leads goes, its runs go on. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { request } from "undici";
import { Report } from "../../libs/protocol/report.ts";
import { isFinal, type RunRecord } from "../../libs/protocol/run.ts";
import { eventually } from "../support/eventually.ts";
import { startTarget } from "../support/servers.ts";
import { benchmark, startSystem } from "../support/system.ts";

const SETTLE_LIMIT_MS = 60_000;

async function ask(url: string, method: "GET" | "POST" = "GET", body?: string) {
  const answer = await request(url, { method, ...(body !== undefined && { body }) });
  return { status: answer.statusCode, json: JSON.parse(await answer.body.text()) };
}

test("a coordinator that stands by takes a run, shows it, stops it, and says what is wrong, like the one that leads", async () => {
  await using target = await startTarget(1000);
  await using system = await startSystem({ workers: 1 });
  const standby = await system.stack.start("coordinator", "standby").ready;
  const workload = { model: "open", target_qps: 20, duration: 60 };
  const config = benchmark(target.url, { workload, queries: [{ name: "q", template: "* | limit 1" }] });

  const refused = await ask(`${standby}/api/v1/runs`, "POST", "spec: {}");
  assert.deepEqual([refused.status, refused.json.code], [400, "bad_config"]);
  assert.ok(refused.json.errors.length > 0);

  const created = await ask(`${standby}/api/v1/runs`, "POST", JSON.stringify(config));
  assert.equal(created.status, 201);
  const run = `/api/v1/runs/${created.json.id}`;
  const phaseOf = async (url: string) => ((await ask(url + run)).json as RunRecord).phase;
  await eventually("the run to begin", async () => (await phaseOf(standby)) === "running" || undefined);
  assert.equal(await phaseOf(system.stack.apiUrl), "running");
  const nodes = await ask(`${standby}/api/v1/nodes`);
  assert.deepEqual(
    nodes.json.nodes.map((node: { node_id: string }) => node.node_id),
    ["worker-1"],
  );

  assert.equal((await ask(`${standby}${run}/stop`, "POST")).status, 202);
  await eventually("the run to stop", async () => (await phaseOf(standby)) === "stopped" || undefined);
  const report = Report.parse((await ask(`${standby}${run}/report`)).json);
  assert.equal(report.ledger_balanced, true);
});

test("a stop that was asked for is not forgotten when the leader dies at once", async () => {
  await using target = await startTarget(1000);
  await using system = await startSystem({ workers: 1, servicesMayDie: true });
  const standby = await system.stack.start("coordinator", "standby").ready;
  const workload = { model: "closed", total_concurrent_users: 4, duration: 120 };
  const config = benchmark(target.url, { workload, queries: [{ name: "q", template: "* | limit 1" }] });
  const { id } = await system.client.submit(JSON.stringify(config));
  const recordOf = async () => (await ask(`${standby}/api/v1/runs/${id}`)).json as RunRecord;
  await eventually("the run to begin", async () => (await recordOf()).phase === "running" || undefined);

  await system.client.stop(id);
  system.stack.children.find(({ name }) => name === "coordinator")?.signal("SIGKILL");
  const record = await eventually(
    "the run to end",
    async () => {
      const current = await recordOf();
      return isFinal(current.phase) ? current : undefined;
    },
    SETTLE_LIMIT_MS,
  );
  assert.equal(record.phase, "stopped");
  const report = Report.parse((await ask(`${standby}/api/v1/runs/${id}/report`)).json);
  assert.equal(report.ledger_balanced, true);
});

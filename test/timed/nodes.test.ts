/** Workers as the API shows them: there soon after their start, gone soon after their death, with what keeps them from work. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { eventually } from "../support/eventually.ts";
import { nodeOf, nodesOf } from "../support/nodes.ts";
import { startTarget } from "../support/servers.ts";
import { benchmark, startSystem } from "../support/system.ts";

test("a worker is listed within two seconds of its start, and as gone within three of its death", async (t) => {
  await using system = await startSystem({ workers: 1 });
  await eventually("the first one", async () => (await nodeOf(system, "worker-1"))?.status === "active");

  const worker = await system.stack.addWorker();
  const readyMs = performance.now();
  await eventually("the second one", async () => (await nodeOf(system, worker.name))?.status === "active");
  const listedMs = performance.now() - readyMs;

  worker.signal("SIGKILL");
  const killedMs = performance.now();
  await eventually("its end", async () => (await nodeOf(system, worker.name))?.status === "offline");
  const goneMs = performance.now() - killedMs;
  t.diagnostic(
    `listed ${Math.round(listedMs)} ms after it was ready, gone ${Math.round(goneMs)} ms after its death`,
  );
  assert.ok(listedMs < 2000);
  assert.ok(goneMs < 3500, "three seconds, and something for the asking");

  system.stack.workers()[0]?.signal("SIGTERM");
  await eventually("an orderly end", async () => (await nodeOf(system, "worker-1"))?.status === "offline");
  assert.equal((await nodesOf(system)).length, 2);
});

test("a run that finds no worker waits in mustering, and starts when one has come", async () => {
  await using target = await startTarget(100);
  await using system = await startSystem({ workers: 0 });
  const queries = [{ name: "errors", template: "level:=error", limit: 1 }];
  const workload = { model: "open", target_qps: 20, duration: 3 };
  const seen: string[] = [];
  let isAdded = false;
  const { record, report } = await system.run(benchmark(target.url, { workload, queries }), (state) => {
    if (seen.at(-1) !== state.phase) seen.push(state.phase);
    if (isAdded || state.phase !== "mustering") return;
    isAdded = true;
    assert.ok(state.slots_needed > 0, "it says what it waits for");
    void system.stack.addWorker();
  });
  assert.ok(seen.includes("mustering"), seen.join());
  assert.equal(record.phase, "completed");
  assert.equal(report.ledger.ok, 60);
});

test("a run that finds no worker in its time ends as its muster setting says, and says why", async () => {
  await using system = await startSystem({ workers: 0 });
  const queries = [{ name: "all", template: "*" }];
  const workload = { model: "open", target_qps: 20, duration: 3 };
  const muster = { timeout: 2, on_timeout: "start" };
  const config = benchmark("http://127.0.0.1:1", { workload, queries, muster });
  const submitted = await system.client.submit(JSON.stringify(config));
  const record = await system.client.follow(submitted.id, { record: () => undefined, live: () => undefined });
  assert.equal(record.phase, "failed");
  assert.match(record.failure ?? "", /slots|worker/);
});

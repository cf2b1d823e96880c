/** A whole system over TLS, everybody by key: a run goes as it does in the open, and nothing that anybody does is refused. */

import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { reportName } from "../../libs/bus/bus.ts";
import { connectBus } from "../../libs/bus/connect.ts";
import { busOptionsOf } from "../../libs/runtime/config.ts";
import { secureIn } from "../../services/cli/local/secured.ts";
import { eventually } from "../support/eventually.ts";
import { temporaryFolder } from "../support/folders.ts";
import { startTarget, type TargetServer } from "../support/servers.ts";
import { benchmark, type System, startSystem } from "../support/system.ts";

const folder = temporaryFolder();
let target: TargetServer;
let system: System;

before(async () => {
  target = await startTarget(0);
  const storeKeys = join(folder.path, "store-keys");
  writeFileSync(storeKeys, `k1 ${STORE_KEY}\n`);
  system = await startSystem({
    workers: 2,
    secured: await secureIn(folder.path),
    servicesMayDie: true,
    serviceEnvironment: { LOGBURST_STORE_KEYS_FILE: storeKeys, LOGBURST_RESULTS_DIR: folder.path },
  });
});
after(async () => {
  await system[Symbol.asyncDispose]();
  await target[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

const STORE_KEY = "planted-key-of-what-is-stored";
const queries = [{ name: "all", template: "* | limit 5" }];

test("over TLS and with permissions a run ends well, also where its leader and a worker are replaced", async () => {
  const { stack } = system;
  assert.match(stack.natsUrl, /^tls:/);
  assert.match(stack.apiUrl, /^https:/);
  stack.start("coordinator", "coordinator-2");
  let isStruck = false;
  const workload = { model: "open", target_qps: 40, duration: "4s" };
  const reporting = {
    formats: ["csv"],
    storage: { type: "persistent_volume", path: join(folder.path, "kept") },
  };
  const config = benchmark(target.url, { workload, queries, reporting, thresholds: ["error_rate < 1%"] });
  const { record, report } = await system.run(config, ({ phase }) => {
    if (phase !== "running" || isStruck) return;
    isStruck = true;
    stack.children.find(({ name }) => name === "coordinator")?.signal("SIGTERM");
    stack.workers()[0]?.signal("SIGTERM");
  });
  assert.ok(isStruck);
  assert.equal(record.phase, "completed");
  assert.ok(report.ledger_balanced);
  assert.ok(report.ledger.ok > 120, JSON.stringify(report.ledger));
  // The report came from a coordinator: what is stored, nobody without its keys can read.
  const options = busOptionsOf(stack.clientEnvironment, "client", "test", stack.natsUrl);
  await using bus = await connectBus(options);
  assert.match((await (await bus.reportObjects()).get(reportName(record.id))) ?? "", /^\{"sealed_by":"k1",/);
  const kept = join(folder.path, "kept", record.id);
  for (const name of ["report.csv.sealed", "report.json.sealed"])
    assert.match(readFileSync(join(kept, name), "utf8"), /^\{"sealed_by":"k1",/);
  assert.equal(readdirSync(kept).length, 2);
});

test("a client asks, reads, stops and deletes as ever", async () => {
  const { client } = system;
  const workload = { model: "closed", total_concurrent_users: 2, duration: "30s" };
  const { id } = await client.submit(JSON.stringify(benchmark(target.url, { workload, queries })));
  await eventually("the run", async () => {
    const { phase } = await client.ask("run.get", { id });
    return phase === "running" ? phase : undefined;
  });
  await client.ask("run.change", { id, users: 3 });
  await client.stop(id);
  await eventually("its report", () => client.report(id).catch(() => undefined));
  assert.ok((await client.ask("run.events", { id, limit: 50 })).events.length > 3);
  await client.turnKillSwitch(true, "a test", "test");
  await client.turnKillSwitch(false, "", "test");
  await eventually("an end", async () => {
    const { phase } = await client.ask("run.get", { id });
    return phase === "stopped" ? phase : undefined;
  });
  await client.ask("run.delete", { id });
});

test("nobody was refused anything, and no key stands in any log", () => {
  const { logFolder, children } = system.stack;
  const logs = children.map(({ name }) => readFileSync(join(logFolder, `${name}.log`), "utf8"));
  assert.ok(logs.some((text) => text.includes("this coordinator leads")));
  const all = logs.join("\n");
  assert.deepEqual([...all.matchAll(/.*violation.*/gi)].map(String), []);
  assert.ok(!all.includes(STORE_KEY));
  for (const role of ["coordinator", "aggregator", "worker", "client", "admin"])
    assert.ok(!all.includes(readFileSync(join(folder.path, "keys", `${role}.nk`), "utf8").trim()));
});

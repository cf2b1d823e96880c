/** A whole system that sees to the BenchmarkConfigs of a cluster: what is applied there runs here, and its Pods can be looked at. */

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { request } from "undici";
import { BenchmarkObject } from "../../libs/protocol/benchmark-object.ts";
import { eventually } from "../support/eventually.ts";
import { API_TOKEN, type Kubernetes, NAMESPACE, startKubernetes } from "../support/kubernetes/api.ts";
import type { Sent } from "../support/kubernetes/store.ts";
import { startTarget, type TargetServer } from "../support/servers.ts";
import { benchmark, type System, startSystem } from "../support/system.ts";

/** It stands in the config itself, which is not how it should be done. */
const SECRET = "planted-inline-token";

let kubernetes: Kubernetes;
let target: TargetServer;
let system: System;

before(async () => {
  [kubernetes, target] = await Promise.all([startKubernetes(), startTarget(0)]);
  const serviceEnvironment = { KUBECONFIG: kubernetes.kubeconfig, LOGBURST_KUBERNETES: "on" };
  system = await startSystem({ workers: 1, serviceEnvironment });
});
after(async () => {
  await system[Symbol.asyncDispose]();
  await target[Symbol.asyncDispose]();
  await kubernetes[Symbol.asyncDispose]();
});

function apply(name: string, workload: object): void {
  const queries = [{ name: "all", template: "* | limit 5" }];
  const auth = { type: "bearer", token: SECRET };
  kubernetes.store.apply(NAMESPACE, {
    ...benchmark(target.url, { workload, queries, target: { url: target.url, auth } }),
    metadata: { name },
  } as Sent);
}

function untilPhase(name: string, phase: string): Promise<BenchmarkObject> {
  return eventually(`${name} is ${phase}`, () => {
    const object = BenchmarkObject.parse(kubernetes.store.get(name));
    return object.status?.phase === phase && object;
  });
}

test("a config that is applied to the cluster is run, and its verdict stands in its status and in its report", async () => {
  apply("applied", { model: "count", total_queries: 60, total_concurrent_users: 2 });
  const { status } = await untilPhase("applied", "Completed");
  assert.equal(status?.verdict, "passed");
  assert.equal(status?.conditions?.find(({ type }) => type === "Passed")?.status, "True");
  const report = await system.client.report(status?.runId ?? "");
  assert.equal(report?.ledger.ok, 60);
  const answer = await request(`${system.stack.apiUrl}${status?.report?.path}`);
  assert.equal(((await answer.body.json()) as { run_id: string }).run_id, status?.runId);
  const record = await system.client.ask("run.get", { id: status?.runId ?? "" });
  assert.equal(record.created_by, `kubernetes:${NAMESPACE}`);
});

test("an object that is deleted while it runs is stopped, and gone when its run is over", async () => {
  apply("endless", { model: "closed", total_concurrent_users: 2, duration: "10m" });
  const { status } = await untilPhase("endless", "Running");
  kubernetes.store.delete("endless");
  await eventually("its end", () =>
    kubernetes.store.list().every(({ metadata }) => metadata.name !== "endless"),
  );
  const record = await system.client.ask("run.get", { id: status?.runId ?? "" });
  assert.equal(record.phase, "stopped");
});

test("what is secret in a config or for the cluster's API stands in no status, no log and no record", async () => {
  const { logFolder } = system.stack;
  const logs = readdirSync(logFolder).map((name) => readFileSync(join(logFolder, name), "utf8"));
  assert.match(logs.join(), /BenchmarkConfigs of this namespace/);
  const { runId: id = "" } = BenchmarkObject.parse(kubernetes.store.get("applied")).status ?? {};
  const record = await system.client.ask("run.get", { id });
  assert.match(record.warnings.join(), /token stands in the config/);
  const told = [logs, kubernetes.store.get("applied").status, record, await system.client.report(id)];
  for (const secret of [SECRET, API_TOKEN]) assert.ok(!JSON.stringify(told).includes(secret), secret);
});

test("the API shows the cluster's Pods, and the coordinator did nothing that its Role forbids", async () => {
  kubernetes.pods.push({ metadata: { name: "worker-1" }, spec: {}, status: { phase: "Pending" } });
  const { body } = await request(`${system.stack.apiUrl}/api/v1/pods`);
  assert.deepEqual(await body.json(), {
    namespace: NAMESPACE,
    pods: [{ name: "worker-1", phase: "Pending", ready: false, restarts: 0 }],
  });
  assert.deepEqual(
    kubernetes.refused.filter((text) => !text.includes(": 409 ")),
    [],
  );
});

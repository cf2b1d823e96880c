/** The operator against a Kubernetes API over HTTPS: what is applied runs once, its status tells, and its deletion stops it. */

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { connectCluster } from "../../libs/cluster/client.ts";
import type { Cluster } from "../../libs/cluster/cluster.ts";
import { BenchmarkObject, FINALIZER } from "../../libs/protocol/benchmark-object.ts";
import { LogburstError } from "../../libs/protocol/errors.ts";
import type { RunRecord } from "../../libs/protocol/run.ts";
import { systemClock } from "../../libs/runtime/clock.ts";
import { createLog } from "../../libs/runtime/log.ts";
import { readSubmitted } from "../../services/coordinator/api/intake.ts";
import {
  type Operator,
  type OperatorParts,
  startOperator,
} from "../../services/coordinator/operator/operator.ts";
import { eventually } from "../support/eventually.ts";
import { type Kubernetes, NAMESPACE, startKubernetes } from "../support/kubernetes/api.ts";

const SECRET = "planted-inline-token";

function manifest(name: string, more: object = {}): Record<string, unknown> {
  return {
    apiVersion: "benchmark.victorialogs.io/v1",
    kind: "BenchmarkConfig",
    metadata: { name, labels: { team: "search" } },
    spec: {
      target: { url: "http://127.0.0.1:9", auth: { type: "bearer", token: SECRET } },
      workload: { model: "open", target_qps: 5, duration: "10s" },
      queries: [{ name: "all", template: "*" }],
      ...more,
    },
  };
}

/** Coordinators' verbs, as far as the operator asks for them: they keep runs, and make each key one run. */
function createRuns() {
  const runs = new Map<string, RunRecord>();
  const keys = new Map<string, string>();
  const calls: string[] = [];
  const known = (id: string): RunRecord => {
    const run = runs.get(id);
    if (!run) throw new LogburstError("not_found", `there is no run ${id}`);
    return run;
  };
  const change = (id: string, fields: Partial<RunRecord>): RunRecord => {
    const run = { ...known(id), ...fields };
    runs.set(id, run);
    return run;
  };
  const verbs: OperatorParts["verbs"] = {
    async "run.create"({ config, idempotency_key: key = "" }, { name, via }) {
      const { config: read } = readSubmitted(config);
      if (made.isFull) throw new LogburstError("caps_reached", "live runs leave no room");
      const id = keys.get(key) ?? `${read.metadata.name}-${runs.size + 1}`;
      if (keys.has(key)) return known(id);
      keys.set(key, id);
      calls.push(`create ${id} by ${name} over ${via}`);
      runs.set(id, { ...RECORD, id, name: read.metadata.name, labels: read.metadata.labels ?? {} });
      return known(id);
    },
    "run.get": async ({ id }) => known(id),
    async "run.apply"({ id, config }) {
      const { target_qps: rate } = readSubmitted(config).config.spec.workload;
      calls.push(`apply ${id} ${rate}`);
      return known(id);
    },
    async "run.stop"({ id }) {
      calls.push(`stop ${id}`);
      return change(id, { phase: "draining" });
    },
    "series.get": async ({ id }) => Promise.reject(new LogburstError("not_found", id)),
    "series.stop": async ({ id }) => Promise.reject(new LogburstError("not_found", id)),
  };
  const made = { runs, calls, change, verbs, isFull: false };
  return made;
}

const RECORD: RunRecord = {
  ...{
    v: 1,
    id: "",
    name: "",
    model: "open",
    phase: "requested",
    epoch: 1,
    revision: 1,
    changes: [],
    seed: 1,
  },
  ...{
    schedule_hash: "",
    created_ms: 1,
    slots_needed: 1,
    duration_ms: 10_000,
    verdict_reasons: [],
    labels: {},
  },
  warnings: [],
};

let kubernetes: Kubernetes;
let cluster: Cluster;
let runs: ReturnType<typeof createRuns>;
let leads: boolean;
const operators: Operator[] = [];

before(async () => {
  kubernetes = await startKubernetes();
  process.env.KUBECONFIG = kubernetes.kubeconfig;
  cluster = await connectCluster();
});
after(() => kubernetes[Symbol.asyncDispose]());
beforeEach(() => {
  runs = createRuns();
  leads = true;
});
afterEach(() => {
  for (const operator of operators.splice(0)) operator.close();
  kubernetes.dropWatches();
});

function operate(): void {
  const log = createLog("coordinator", "test", "silent");
  const parts = { cluster, verbs: runs.verbs, reports: "lb_reports", clock: systemClock, log };
  operators.push(startOperator({ ...parts, holds: () => leads }));
}

/** An object as it is, once its status says what is waited for. */
function untilStatus(name: string, is: (status: NonNullable<BenchmarkObject["status"]>) => boolean) {
  return eventually(`the status of ${name}`, () => {
    const object = BenchmarkObject.parse(kubernetes.store.get(name));
    return object.status && is(object.status) ? object : undefined;
  });
}

const conditionOf = (object: BenchmarkObject, type: string) =>
  object.status?.conditions?.find((condition) => condition.type === type);

test("an object that is applied runs once, and its status tells the run's course to its verdict", async () => {
  operate();
  kubernetes.store.apply(NAMESPACE, manifest("course"));
  const begun = await untilStatus("course", ({ runId }) => runId === "course-1");
  assert.deepEqual(begun.metadata.finalizers, [FINALIZER]);
  assert.equal(begun.status?.phase, "Requested");
  assert.equal(begun.status?.observedGeneration, 1);
  assert.deepEqual(runs.calls, [`create course-1 by kubernetes:${NAMESPACE} over Kubernetes`]);
  assert.deepEqual(runs.runs.get("course-1")?.labels, { team: "search" });

  runs.change("course-1", { phase: "running", t0_ms: systemClock.nowMs() - 5200 });
  const half = await untilStatus("course", ({ phase }) => phase === "Running");
  assert.match(half.status?.progress ?? "", /^(50|55|60)%$/);
  assert.equal(conditionOf(half, "Complete")?.status, "False");
  assert.equal(conditionOf(half, "Passed")?.status, "Unknown");

  const verdict = { verdict: "failed" as const, verdict_reasons: ["p99 is 2 s"] };
  runs.change("course-1", { phase: "completed", ended_ms: 1_800_000_000_000, ...verdict });
  const { status, ...object } = await untilStatus("course", ({ phase }) => phase === "Completed");
  assert.equal(status?.progress, "100%");
  assert.equal(status?.verdict, "failed");
  assert.equal(status?.completionTime, "2027-01-15T08:00:00.000Z");
  assert.deepEqual(status?.report, {
    store: "lb_reports",
    name: "course-1/report.json",
    path: "/api/v1/runs/course-1/report",
  });
  assert.equal(conditionOf({ ...object, status }, "Complete")?.status, "True");
  assert.equal(conditionOf({ ...object, status }, "Passed")?.message, "p99 is 2 s");

  // A spec that is changed when all is over is another run.
  kubernetes.store.apply(NAMESPACE, manifest("course", { seed: 7 }));
  const second = await untilStatus("course", ({ runId }) => runId === "course-2");
  assert.equal(second.status?.observedGeneration, 2);
  assert.equal(second.status?.verdict, undefined);
});

test("a bad config says what is wrong with it and not what is secret, and runs when it is mended", async () => {
  operate();
  kubernetes.store.apply(NAMESPACE, manifest("bad", { workload: { model: "open", duration: "10s" } }));
  const refused = await untilStatus("bad", ({ phase }) => phase === "Invalid");
  assert.equal(conditionOf(refused, "Accepted")?.reason, "BadConfig");
  assert.match(refused.status?.message ?? "", /spec\.workload.*target_qps/);
  assert.doesNotMatch(JSON.stringify(refused.status), new RegExp(SECRET));
  kubernetes.store.apply(NAMESPACE, manifest("bad"));
  const mended = await untilStatus("bad", ({ runId }) => runId !== undefined);
  assert.equal(conditionOf(mended, "Accepted")?.status, "True");
});

test("what passes by itself is waited for", async () => {
  runs.isFull = true;
  operate();
  kubernetes.store.apply(NAMESPACE, manifest("patient"));
  const waits = await untilStatus("patient", ({ phase }) => phase === "Waiting");
  assert.equal(waits.status?.observedGeneration, undefined);
  runs.isFull = false;
  await untilStatus("patient", ({ runId }) => runId !== undefined);
});

test("a spec that is changed while it runs becomes a change of the run", async () => {
  operate();
  kubernetes.store.apply(NAMESPACE, manifest("changing"));
  await untilStatus("changing", ({ runId }) => runId !== undefined);
  kubernetes.store.apply(
    NAMESPACE,
    manifest("changing", { workload: { model: "open", target_qps: 9, duration: "10s" } }),
  );
  const changed = await untilStatus("changing", ({ observedGeneration }) => observedGeneration === 2);
  assert.equal(conditionOf(changed, "Accepted")?.reason, "Changed");
  assert.deepEqual(runs.calls.slice(1), ["apply changing-1 9"]);
});

test("an object that is deleted is gone when its run is over, and not before", async () => {
  operate();
  kubernetes.store.apply(NAMESPACE, manifest("deleted"));
  await untilStatus("deleted", ({ runId }) => runId !== undefined);
  runs.change("deleted-1", { phase: "running" });
  kubernetes.store.delete("deleted");
  await eventually("its stop", () => runs.calls.includes("stop deleted-1") || undefined);
  assert.ok(kubernetes.store.get("deleted").metadata.deletionTimestamp);
  runs.change("deleted-1", { phase: "stopped" });
  await eventually("its end", () =>
    kubernetes.store.list().every(({ metadata }) => metadata.name !== "deleted") ? true : undefined,
  );
});

test("whoever writes the object at the same time loses nothing, and there is one run", async () => {
  operate();
  await eventually("a watch", () => kubernetes.watches() > 0 || undefined);
  const label = () => kubernetes.store.patch("contended", { metadata: { labels: { touched: "yes" } } });
  kubernetes.beforeNextWrite(label);
  const before = kubernetes.refused.length;
  kubernetes.store.apply(NAMESPACE, manifest("contended"));
  await untilStatus("contended", ({ runId }) => runId !== undefined);
  assert.match(kubernetes.refused.slice(before).join(), /409/);
  runs.change("contended-1", { phase: "running" });
  kubernetes.beforeNextWrite(() =>
    kubernetes.store.patch("contended", { metadata: { labels: { touched: "twice" } } }),
  );
  const object = await untilStatus("contended", ({ phase }) => phase === "Running");
  assert.deepEqual(object.metadata.labels, { touched: "twice" });
  assert.equal(runs.calls.length, 1);
});

test("what is applied while nobody watches is found, also where the API has forgotten what came since", async () => {
  operate();
  await eventually("a watch", () => kubernetes.watches() > 0 || undefined);
  kubernetes.dropWatches();
  kubernetes.store.apply(NAMESPACE, manifest("missed"));
  kubernetes.store.compact();
  await untilStatus("missed", ({ runId }) => runId !== undefined);
  kubernetes.dropWatches();
  kubernetes.store.apply(NAMESPACE, manifest("dropped"));
  await untilStatus("dropped", ({ runId }) => runId !== undefined);
});

test("a new leader goes on with what the one before began, and a deposed one writes nothing", async () => {
  operate();
  kubernetes.store.apply(NAMESPACE, manifest("inherited"));
  await untilStatus("inherited", ({ runId }) => runId !== undefined);
  for (const operator of operators.splice(0)) operator.close();
  // As if its leader had died right behind making the run.
  const { resourceVersion } = kubernetes.store.get("inherited").metadata;
  kubernetes.store.putStatus("inherited", { metadata: { resourceVersion }, status: undefined });
  operate();
  const again = await untilStatus("inherited", ({ runId }) => runId !== undefined);
  assert.equal(again.status?.runId, "inherited-1");
  assert.equal(runs.calls.filter((call) => call.startsWith("create inherited")).length, 1);

  leads = false;
  runs.change("inherited-1", { phase: "completed" });
  kubernetes.store.apply(NAMESPACE, manifest("unseen"));
  const versionBefore = kubernetes.store.version();
  // A look of the operator comes each second: one that leads would have written by then.
  await new Promise((resolve) => setTimeout(resolve, 1500));
  assert.equal(kubernetes.store.version(), versionBefore);
  assert.equal(kubernetes.store.get("unseen").metadata.finalizers, undefined);
});

test("it asks for nothing that its Role does not allow", () => {
  assert.deepEqual(
    kubernetes.refused.filter((text) => /: 40[013] /.test(text)),
    [],
  );
  for (const verb of ["list", "watch", "patch"])
    assert.ok(kubernetes.asked.has(`benchmark.victorialogs.io/benchmarkconfigs ${verb}`), verb);
  assert.ok(kubernetes.asked.has("benchmark.victorialogs.io/benchmarkconfigs/status update"));
});

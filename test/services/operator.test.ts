/** The operator against a Kubernetes API over HTTPS: what is applied runs once, its status tells, and its deletion stops it. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { FINALIZER } from "../../libs/protocol/benchmark-object.ts";
import { systemClock } from "../../libs/runtime/clock.ts";
import { eventually } from "../support/eventually.ts";
import { NAMESPACE } from "../support/kubernetes/api.ts";
import { conditionOf, manifest, operatorStage, SECRET } from "../support/operator-stage.ts";

const stage = operatorStage();

test("an object that is applied runs once, and its status tells the run's course to its verdict", async () => {
  stage.operate();
  stage.kubernetes.store.apply(NAMESPACE, manifest("course"));
  const begun = await stage.untilStatus("course", ({ runId }) => runId === "course-1");
  assert.deepEqual(begun.metadata.finalizers, [FINALIZER]);
  assert.equal(begun.status?.phase, "Requested");
  assert.equal(begun.status?.observedGeneration, 1);
  assert.deepEqual(stage.runs.calls, [`create course-1 by kubernetes:${NAMESPACE} over Kubernetes`]);
  assert.deepEqual(stage.runs.runs.get("course-1")?.labels, { team: "search" });

  stage.runs.change("course-1", { phase: "running", t0_ms: systemClock.nowMs() - 5200 });
  const half = await stage.untilStatus("course", ({ phase }) => phase === "Running");
  assert.match(half.status?.progress ?? "", /^(50|55|60)%$/);
  assert.equal(conditionOf(half, "Complete")?.status, "False");
  assert.equal(conditionOf(half, "Passed")?.status, "Unknown");

  const verdict = { verdict: "failed" as const, verdict_reasons: ["p99 is 2 s"] };
  stage.runs.change("course-1", { phase: "completed", ended_ms: 1_800_000_000_000, ...verdict });
  const { status, ...object } = await stage.untilStatus("course", ({ phase }) => phase === "Completed");
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
  stage.kubernetes.store.apply(NAMESPACE, manifest("course", { seed: 7 }));
  const second = await stage.untilStatus("course", ({ runId }) => runId === "course-2");
  assert.equal(second.status?.observedGeneration, 2);
  assert.equal(second.status?.verdict, undefined);
});

test("a bad config says what is wrong with it and not what is secret, and runs when it is mended", async () => {
  stage.operate();
  stage.kubernetes.store.apply(NAMESPACE, manifest("bad", { workload: { model: "open", duration: "10s" } }));
  const refused = await stage.untilStatus("bad", ({ phase }) => phase === "Invalid");
  assert.equal(conditionOf(refused, "Accepted")?.reason, "BadConfig");
  assert.match(refused.status?.message ?? "", /spec\.workload.*target_qps/);
  assert.doesNotMatch(JSON.stringify(refused.status), new RegExp(SECRET));
  stage.kubernetes.store.apply(NAMESPACE, manifest("bad"));
  const mended = await stage.untilStatus("bad", ({ runId }) => runId !== undefined);
  assert.equal(conditionOf(mended, "Accepted")?.status, "True");
});

test("what passes by itself is waited for", async () => {
  stage.runs.isFull = true;
  stage.operate();
  stage.kubernetes.store.apply(NAMESPACE, manifest("patient"));
  const waits = await stage.untilStatus("patient", ({ phase }) => phase === "Waiting");
  assert.equal(waits.status?.observedGeneration, undefined);
  stage.runs.isFull = false;
  await stage.untilStatus("patient", ({ runId }) => runId !== undefined);
});

test("an object that is deleted is gone when its run is over, and not before", async () => {
  stage.operate();
  stage.kubernetes.store.apply(NAMESPACE, manifest("deleted"));
  await stage.untilStatus("deleted", ({ runId }) => runId !== undefined);
  stage.runs.change("deleted-1", { phase: "running" });
  stage.kubernetes.store.delete("deleted");
  await eventually("its stop", () => stage.runs.calls.includes("stop deleted-1") || undefined);
  assert.ok(stage.kubernetes.store.get("deleted").metadata.deletionTimestamp);
  stage.runs.change("deleted-1", { phase: "stopped" });
  await eventually("its end", () =>
    stage.kubernetes.store.list().every(({ metadata }) => metadata.name !== "deleted") ? true : undefined,
  );
});

test("whoever writes the object at the same time loses nothing, and there is one run", async () => {
  stage.operate();
  await eventually("a watch", () => stage.kubernetes.watches() > 0 || undefined);
  const label = () => stage.kubernetes.store.patch("contended", { metadata: { labels: { touched: "yes" } } });
  stage.kubernetes.beforeNextWrite(label);
  const before = stage.kubernetes.refused.length;
  stage.kubernetes.store.apply(NAMESPACE, manifest("contended"));
  await stage.untilStatus("contended", ({ runId }) => runId !== undefined);
  assert.match(stage.kubernetes.refused.slice(before).join(), /409/);
  stage.runs.change("contended-1", { phase: "running" });
  stage.kubernetes.beforeNextWrite(() =>
    stage.kubernetes.store.patch("contended", { metadata: { labels: { touched: "twice" } } }),
  );
  const object = await stage.untilStatus("contended", ({ phase }) => phase === "Running");
  assert.deepEqual(object.metadata.labels, { touched: "twice" });
  assert.equal(stage.runs.calls.length, 1);
});

test("what is applied while nobody watches is found, also where the API has forgotten what came since", async () => {
  stage.operate();
  await eventually("a watch", () => stage.kubernetes.watches() > 0 || undefined);
  stage.kubernetes.dropWatches();
  stage.kubernetes.store.apply(NAMESPACE, manifest("missed"));
  stage.kubernetes.store.compact();
  await stage.untilStatus("missed", ({ runId }) => runId !== undefined);
  stage.kubernetes.dropWatches();
  stage.kubernetes.store.apply(NAMESPACE, manifest("dropped"));
  await stage.untilStatus("dropped", ({ runId }) => runId !== undefined);
});

test("a new leader goes on with what the one before began, and a deposed one writes nothing", async () => {
  stage.operate();
  stage.kubernetes.store.apply(NAMESPACE, manifest("inherited"));
  await stage.untilStatus("inherited", ({ runId }) => runId !== undefined);
  for (const operator of stage.operators.splice(0)) operator.close();
  // As if its leader had died right behind making the run.
  const { resourceVersion } = stage.kubernetes.store.get("inherited").metadata;
  stage.kubernetes.store.putStatus("inherited", { metadata: { resourceVersion }, status: undefined });
  stage.operate();
  const again = await stage.untilStatus("inherited", ({ runId }) => runId !== undefined);
  assert.equal(again.status?.runId, "inherited-1");
  assert.equal(stage.runs.calls.filter((call) => call.startsWith("create inherited")).length, 1);

  stage.leads = false;
  stage.runs.change("inherited-1", { phase: "completed" });
  stage.kubernetes.store.apply(NAMESPACE, manifest("unseen"));
  const versionBefore = stage.kubernetes.store.version();
  // A look of the operator comes each second: one that leads would have written by then.
  await new Promise((resolve) => setTimeout(resolve, 1500));
  assert.equal(stage.kubernetes.store.version(), versionBefore);
  assert.equal(stage.kubernetes.store.get("unseen").metadata.finalizers, undefined);
});

test("it asks for nothing that its Role does not allow", () => {
  assert.deepEqual(
    stage.kubernetes.refused.filter((text) => /: 40[013] /.test(text)),
    [],
  );
  for (const verb of ["list", "watch", "patch"])
    assert.ok(stage.kubernetes.asked.has(`benchmark.victorialogs.io/benchmarkconfigs ${verb}`), verb);
  assert.ok(stage.kubernetes.asked.has("benchmark.victorialogs.io/benchmarkconfigs/status update"));
});

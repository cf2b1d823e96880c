/** An object whose spec is edited while it runs: a change of the run where it can be one, and else the next one, behind it. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { BenchmarkObject } from "../../libs/protocol/benchmark-object.ts";
import { NAMESPACE } from "../support/kubernetes/api.ts";
import { conditionOf, manifest, operatorStage, seriesOf } from "../support/operator-stage.ts";

const stage = operatorStage();

test("a spec that is changed while it runs becomes a change of the run", async () => {
  stage.operate();
  stage.kubernetes.store.apply(NAMESPACE, manifest("changing"));
  await stage.untilStatus("changing", ({ runId }) => runId !== undefined);
  stage.kubernetes.store.apply(
    NAMESPACE,
    manifest("changing", { workload: { model: "open", target_qps: 9, duration: "10s" } }),
  );
  const changed = await stage.untilStatus("changing", ({ observedGeneration }) => observedGeneration === 2);
  assert.equal(conditionOf(changed, "Accepted")?.reason, "Changed");
  assert.deepEqual(stage.runs.calls.slice(1), ["apply changing-1 9"]);
});

test("a spec that is no change of the live run begins when that is over, whose end is told before", async () => {
  stage.operate();
  stage.kubernetes.store.apply(NAMESPACE, manifest("patched"));
  await stage.untilStatus("patched", ({ runId }) => runId !== undefined);
  stage.runs.change("patched-1", { phase: "running" });
  stage.kubernetes.store.apply(NAMESPACE, manifest("patched", { seed: 7 }));
  const waiting = await stage.untilStatus("patched", ({ message }) => message !== undefined);
  assert.match(
    waiting.status?.message ?? "",
    /^generation 2 begins when .* is over: spec\.seed: cannot be changed/,
  );
  const { status, reason, observedGeneration } = conditionOf(waiting, "Accepted") ?? {};
  assert.deepEqual([status, reason, observedGeneration], ["False", "WaitsForEnd", 2]);
  assert.equal(waiting.status?.observedGeneration, 1, "that of the run");

  // Looked at again, it is not tried again.
  stage.runs.change("patched-1", { phase: "draining" });
  await stage.untilStatus("patched", ({ phase }) => phase === "Draining");
  const { store } = stage.kubernetes;
  const version = store.version();
  const verdict = { verdict: "passed" as const, verdict_reasons: [] };
  stage.runs.change("patched-1", { phase: "completed", ended_ms: 1_800_000_000_000, ...verdict });
  const next = await stage.untilStatus("patched", ({ runId }) => runId === "patched-2");
  const verdicts = store.since(version).map(({ object }) => BenchmarkObject.parse(object).status?.verdict);
  assert.ok(verdicts.includes("passed"), "whoever watches hears of the end of the first one");
  assert.deepEqual(stage.runs.calls.slice(1), [
    "apply patched-1 5",
    `create patched-2 by kubernetes:${NAMESPACE} over Kubernetes`,
  ]);
  assert.deepEqual([next.status?.observedGeneration, next.status?.verdict], [2, undefined]);
  assert.equal(conditionOf(next, "Accepted")?.reason, "Started");
});

test("a spec that is changed while its series runs begins behind the series, and is checked at once", async () => {
  stage.operate();
  stage.kubernetes.store.apply(NAMESPACE, manifest("series", { repeat: 3 }));
  await stage.untilStatus("series", ({ runId }) => runId !== undefined);
  stage.runs.series.set("s-1", seriesOf("s-1", "series-1"));
  stage.runs.change("series-1", { phase: "completed", series: "s-1" });
  await stage.untilStatus("series", ({ seriesId }) => seriesId === "s-1");

  const bad = { repeat: 3, workload: { model: "open", duration: "10s" } };
  stage.kubernetes.store.apply(NAMESPACE, manifest("series", bad));
  const refused = await stage.untilStatus("series", ({ observedGeneration }) => observedGeneration === 2);
  assert.equal(conditionOf(refused, "Accepted")?.reason, "BadConfig");

  stage.kubernetes.store.apply(NAMESPACE, manifest("series", { repeat: 5 }));
  const waiting = await stage.untilStatus(
    "series",
    ({ message }) => message?.startsWith("generation 3") === true,
  );
  assert.match(waiting.status?.message ?? "", /a series cannot be changed while it runs/);
  assert.deepEqual([waiting.status?.runId, waiting.status?.completionTime], ["series-1", undefined]);
  assert.equal(stage.runs.calls.length, 1);

  stage.runs.series.set("s-1", { ...seriesOf("s-1", "series-1"), phase: "completed" });
  const next = await stage.untilStatus("series", ({ runId }) => runId === "series-2");
  assert.deepEqual([next.status?.observedGeneration, next.status?.seriesId], [3, undefined]);
});

/** Plans and schedules in a whole system whose leader dies: between two stages, and at a time at which something starts. */

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Execution } from "../../libs/protocol/library/execution.ts";
import { eventually } from "../support/eventually.ts";
import { temporaryFolder } from "../support/folders.ts";
import { startTarget } from "../support/servers.ts";
import { benchmark, startSystem } from "../support/system.ts";

const head = { apiVersion: "benchmark.victorialogs.io/v1" };
const END_LIMIT_MS = 120_000;

test("a plan and a schedule of a folder go on with the next leader: no stage and no start comes twice, and none is left out", async () => {
  await using target = await startTarget(100);
  using folder = temporaryFolder();
  const queries = [{ name: "q", template: "* | limit 1" }];
  const workload = { model: "count", total_queries: 10, total_concurrent_users: 2 };
  const config = benchmark(target.url, { workload, queries });
  const bad = ["error_rate > 50%"];
  const documents: Record<string, object> = {
    good: { ...config, metadata: { name: "good" } },
    bad: { ...benchmark(target.url, { workload, queries, thresholds: bad }), metadata: { name: "bad" } },
    both: { kind: "Suite", spec: { scenarios: [{ scenario: "good" }, { scenario: "bad" }] } },
    release: {
      kind: "Plan",
      spec: {
        stages: [
          { name: "smoke", scenario: "good" },
          { name: "load", suite: "both", if: { smoke: "passed" }, on_failure: "go_on" },
          { name: "never", scenario: "good", if: { load: "passed" } },
        ],
      },
    },
    often: {
      kind: "Schedule",
      spec: { cron: "*/4 * * * * *", scenario: "good", overlap: "allow", grace: "30s", set: { seed: 5 } },
    },
  };
  for (const [name, document] of Object.entries(documents))
    writeFileSync(
      join(folder.path, `${name}.yaml`),
      JSON.stringify({ ...head, metadata: { name }, ...document }),
    );
  await using system = await startSystem({
    workers: 1,
    servicesMayDie: true,
    serviceEnvironment: { LOGBURST_LIBRARY: folder.path },
  });
  const { client, stack } = system;
  await stack.start("coordinator", "standby").ready;

  const { id } = await client.ask("execution.create", { kind: "plan", name: "release" });
  const executionOf = (of: string) => client.ask("execution.get", { id: of }).catch(() => undefined);
  await eventually(
    "the end of the first stage",
    async () => (await executionOf(id))?.stages[0]?.state === "passed",
    END_LIMIT_MS,
  );
  stack.children.find(({ name }) => name === "coordinator")?.signal("SIGKILL");

  const over = async (of: string) => {
    const execution = await executionOf(of);
    return execution?.phase === "running" ? undefined : execution;
  };
  const plan: Execution = await eventually("the plan's end", () => over(id), END_LIMIT_MS);
  assert.deepEqual([plan.phase, plan.verdict, plan.failure], ["completed", "failed", undefined]);
  assert.deepEqual(
    plan.stages.map(({ state }) => state),
    ["passed", "failed", "skipped"],
  );
  const made = plan.outcomes.map(({ run_id: run }) => run);
  assert.deepEqual(
    plan.outcomes.map(({ stage, run }) => [stage, run]),
    [
      [0, 0],
      [1, 0],
      [1, 1],
    ],
  );
  const runsOf = async (of: string) => {
    const { runs } = await client.ask("run.list", { limit: 200 });
    return runs.filter(({ execution }) => execution === of).map(({ id: run }) => run);
  };
  assert.deepEqual((await runsOf(id)).sort(), made.toSorted(), "no run beside those that it knows");
  assert.deepEqual(
    plan.events.filter(({ type }) => type === "run_started").map(({ run_id: run }) => run),
    made,
  );

  await eventually("a start by the new leader", async () => {
    const { fires } = await client.ask("schedule.get", { name: "often" });
    return fires.filter(({ outcome }) => outcome === "started").length >= 3;
  });
  const { paused } = await client.ask("schedule.pause", { name: "often" });
  assert.equal(paused, true);
  const { fires } = await client.ask("schedule.get", { name: "often" });
  const times = fires.map(({ fire_ms: atMs }) => atMs);
  const every = times.map((_time, at) => (times[0] ?? 0) + at * 4000);
  assert.deepEqual(times, every, "each start is decided once, and none is left out");
  assert.ok(fires.every(({ outcome }) => outcome === "started" || outcome === "missed"));
  for (const { execution, outcome } of fires) {
    if (outcome !== "started" || execution === undefined) continue;
    const ended = await eventually("its end", () => over(execution), END_LIMIT_MS);
    assert.deepEqual(
      [ended.phase, ended.verdict, ended.outcomes.length],
      ["completed", "passed", 1],
      JSON.stringify(ended),
    );
    assert.equal((await runsOf(execution)).length, 1);
  }
});

/** Series of runs: repeats of one schedule go on behind one another, whoever leads, and are compared as one. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { EXIT_CODES } from "../../libs/protocol/exit-codes.ts";
import { SERIES_LABEL } from "../../libs/protocol/series.ts";
import { logburst } from "../support/cli.ts";
import { eventually } from "../support/eventually.ts";
import { rowsOf, sectionOf } from "../support/html.ts";
import { startQueueingServer } from "../support/queueing-server.ts";
import { startTarget } from "../support/servers.ts";
import { benchmark, startSystem } from "../support/system.ts";

const REPEATS = 2;
const SEARCH_LIMIT_MS = 300_000;

test("repeats of a run follow each other with the same schedule, also where the leader dies, and are compared as one side", async () => {
  await using target = await startTarget(1000);
  await using system = await startSystem({ workers: 1, servicesMayDie: true });
  const { client, stack } = system;
  await stack.start("coordinator", "standby").ready;
  const workload = { model: "open", target_qps: 40, duration: 3 };
  const queries = [{ name: "q", template: "* | limit 1" }];
  const config = benchmark(target.url, { workload, queries, repeat: REPEATS });

  const first = await client.submit(JSON.stringify(config));
  assert.ok(first.series, "the first run names its series");
  const id = first.series as string;
  const see = { record: () => undefined, live: () => undefined };
  await client.follow(first.id, see);
  stack.children.find(({ name }) => name === "coordinator")?.signal("SIGKILL");
  let series = await client.afterRun(id, first.id);
  while (series.phase === "running") {
    const { run_id: run } = series.current;
    await client.follow(run, see);
    series = await client.afterRun(id, run);
  }
  assert.deepEqual([series.phase, series.failure], ["completed", undefined]);
  assert.equal(series.steps.length, REPEATS);
  const runs = series.steps.map(({ run_id: run }) => run);
  assert.equal(new Set(runs).size, REPEATS);

  const reports = await Promise.all(runs.map((run) => client.report(run)));
  assert.equal(new Set(reports.map((report) => report?.schedule_hash)).size, 1);
  for (const report of reports) {
    assert.equal(report?.ledger.planned, 120);
    assert.equal(report?.ledger_balanced, true);
    const spec = report?.spec as { metadata: { labels: Record<string, string> } };
    assert.equal(spec.metadata.labels[SERIES_LABEL], id);
  }

  const compared = await logburst("compare", id, id, "--nats", stack.natsUrl, "--format", "json");
  const { baseline, verdict } = JSON.parse(compared.out);
  // Runs of three seconds may be too short to say even that.
  assert.ok(verdict === "same" || verdict === "inconclusive", verdict);
  assert.equal(compared.code, EXIT_CODES[verdict === "same" ? "passed" : "inconclusive"], compared.err);
  assert.equal(baseline.runs.length, REPEATS);
});

test("a series goes on where its leader dies in the middle of a run, is shown and listed by its id, and ends when it is stopped", async () => {
  await using target = await startTarget(1000);
  await using system = await startSystem({ workers: 1, servicesMayDie: true });
  const { client, stack } = system;
  await stack.start("coordinator", "standby").ready;
  const workload = { model: "open", target_qps: 20, duration: 2 };
  const queries = [{ name: "q", template: "* | limit 1" }];
  const first = await client.submit(JSON.stringify(benchmark(target.url, { workload, queries, repeat: 40 })));
  const id = first.series as string;
  const running = (run: string) =>
    eventually(`run ${run} to begin`, async () => {
      const { phase } = await client.ask("run.get", { id: run });
      return phase === "running" || undefined;
    });
  await running(first.id);
  stack.children.find(({ name }) => name === "coordinator")?.signal("SIGKILL");
  const { steps, current } = await client.afterRun(id, first.id);
  assert.deepEqual(
    steps.map(({ run_id: run, verdict }) => [run, verdict]),
    [[first.id, steps[0]?.verdict]],
  );

  const listed = await client.ask("series.list", { kind: "repeat", phase: "running", name: "TEST" });
  assert.deepEqual(
    listed.series.map((series) => series.id),
    [id],
  );
  assert.deepEqual((await client.ask("series.list", { kind: "search" })).series, []);
  await running(current.run_id);
  const nats = ["--nats", stack.natsUrl];
  const stopped = await logburst("series", "stop", id, "--reason", "enough", ...nats);
  assert.equal(stopped.code, 0, stopped.err);
  const over = await eventually("the series to end", async () => {
    const series = await client.ask("series.get", { id });
    return series.phase === "running" ? undefined : series;
  });
  assert.deepEqual(
    [over.phase, over.current.run_id, over.stop?.reason],
    ["stopped", current.run_id, "enough"],
  );
  assert.equal((await client.ask("run.get", { id: current.run_id })).phase, "stopped");
  assert.match(
    (await logburst("series", "show", id, ...nats)).out,
    /repeat {2}stopped\nstopped {4}enough, by /,
  );
  assert.match((await logburst("series", "list", ...nats)).out, new RegExp(`${id} +repeat +stopped +1 `));
  const again = await logburst("series", "stop", id, ...nats);
  assert.deepEqual([again.code, /is not under way: it is stopped/.test(again.err)], [1, true]);
  assert.match((await logburst("series", "show", "none", ...nats)).err, /there is no series none/);
});

test("a search finds the rate that a target with four places of 40 ms each can bear, and each of its steps has a report", async () => {
  await using target = await startQueueingServer(4, 40);
  await using system = await startSystem({ workers: 1 });
  const { client } = system;
  const search = { from: 60, to: 1000, settle: 1, step: 3, precision: 0.2, confirm: 0 };
  const config = benchmark(target.url, {
    workload: { model: "search", search },
    queries: [{ name: "q", template: "*" }],
    thresholds: ["p(95) < 150ms", "error_rate < 1%"],
  });
  const first = await client.submit(JSON.stringify(config));
  const id = first.series as string;
  const series = await eventually(
    "the search to end",
    async () => {
      const known = await client.series(id);
      return known?.phase === "running" ? undefined : known;
    },
    SEARCH_LIMIT_MS,
  );
  assert.deepEqual([series.phase, series.result?.ended_by], ["completed", "knee"], JSON.stringify(series));
  const { low, high } = series.result ?? {};
  // Roughly: a short step tells a slightly overloaded queue from one that holds only roughly.
  assert.ok((low ?? 0) <= target.capacity * 1.2 && (high ?? 0) >= target.capacity * 0.8, `${low} to ${high}`);
  for (const { run_id: run, load } of series.steps) {
    const report = await client.report(run);
    assert.equal(report?.ledger_balanced, true);
    assert.deepEqual([report?.model, report?.planned_duration_ms], ["open", 4000]);
    assert.equal(report?.timeline.at(-1)?.load, load);
  }
  const [step] = series.steps;
  const { text } = await client.ask("run.report", { id: step?.run_id ?? "", format: "html" });
  assert.equal(
    rowsOf(sectionOf(text, "capacity")).length,
    series.steps.length + 1,
    "the curve is in its page",
  );
});

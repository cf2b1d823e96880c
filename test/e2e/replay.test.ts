/** `logburst replay` on real servers: the stored log gives the stored report again, or says why it cannot. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { connect } from "nats";
import { reportName } from "../../libs/bus/bus.ts";
import { connectBus } from "../../libs/bus/connect.ts";
import { Report } from "../../libs/protocol/report.ts";
import { RunRecord, runKey } from "../../libs/protocol/run.ts";
import { logburst } from "../support/cli.ts";
import { temporaryFolder } from "../support/folders.ts";
import { startTarget } from "../support/servers.ts";
import { benchmark, startSystem } from "../support/system.ts";

test("replay gives the very report that is stored, or another timeline of it, or says what is missing", async () => {
  await using target = await startTarget(1000);
  await using system = await startSystem({ workers: 2 });
  const { natsUrl } = system.stack;
  const workload = { model: "open", target_qps: 60, duration: 5 };
  const queries = [
    { name: "count", template: "* | stats count() lines" },
    { name: "broken", template: "| |" },
  ];
  const { report } = await system.run(benchmark(target.url, { workload, queries }));
  const id = report.run_id;
  await using bus = await connectBus({ url: natsUrl, prefix: "lb", name: "test", waitForServer: false });
  const stored = await (await bus.reportObjects()).get(reportName(id));
  const replay = (run: string, ...args: string[]) => logburst("replay", run, "--nats", natsUrl, ...args);

  const same = await replay(id, "--json");
  assert.deepEqual([same.code, same.err], [0, ""]);
  assert.equal(same.out.trimEnd(), stored);
  assert.ok(report.errors.length > 0 && report.ledger.ok > 0);

  using folder = temporaryFolder();
  const coarse = await replay(id, "--step", "2", "--out", folder.path);
  assert.match(coarse.out, /300 planned = .* \(balanced\)/);
  const written = Report.parse(JSON.parse(readFileSync(join(folder.path, "report.json"), "utf8")));
  assert.deepEqual([written.timeline_step_s, written.timeline.length], [2, 3]);
  const { timeline: _, timeline_step_s: __, ...others } = written;
  const { timeline: ___, timeline_step_s: ____, ...before } = report;
  assert.deepEqual(others, before);

  const unknown = await replay("no-such-run");
  assert.deepEqual([unknown.code, unknown.err.split("\n")[0]], [1, "error: there is no run no-such-run"]);

  const runs = await bus.runsBucket();
  const record = RunRecord.parse((await runs.get(runKey(id)))?.value);
  await runs.put(runKey("live"), { ...record, id: "live", phase: "running" });
  assert.match((await replay("live")).err, /run live is not over yet: it is running/);
  await runs.put(runKey("dead"), { ...record, id: "dead", phase: "failed", failure: "no workers" });
  assert.match((await replay("dead")).err, /run dead failed and has no report: no workers/);

  const observer = await connect({ servers: natsUrl.replace("nats://", "") });
  await (await observer.jetstreamManager()).streams.purge("LB_RESULTS");
  await observer.close();
  const aged = await replay(id);
  assert.equal(aged.code, 1);
  assert.match(
    aged.err,
    new RegExp(`the log of run ${id} is no longer whole: 0 of its slices[^]*logburst report ${id}`),
  );
});

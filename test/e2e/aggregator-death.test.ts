/** The aggregator is killed in the middle of a run: a new one goes on, and the report is that of the whole log. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { reportName, snapshotName } from "../../libs/bus/bus.ts";
import { connectBus } from "../../libs/bus/connect.ts";
import { isBalanced } from "../../libs/protocol/ledger.ts";
import { PACKAGE_ROOT } from "../../libs/runtime/version.ts";
import { startProgram } from "../../services/cli/local/child.ts";
import { logburst } from "../support/cli.ts";
import { startCountingProxy } from "../support/counting-proxy.ts";
import { eventually } from "../support/eventually.ts";
import { startTarget } from "../support/servers.ts";
import { benchmark, startSystem } from "../support/system.ts";

test("a killed aggregator's successor finishes the run: every query is in the report, and replay gives the same", async () => {
  await using target = await startTarget(1000);
  await using proxy = await startCountingProxy(target.url);
  await using system = await startSystem({ workers: 2 });
  const { client, stack } = system;
  await using bus = await connectBus({
    url: stack.natsUrl,
    prefix: "lb",
    name: "test",
    waitForServer: false,
  });
  const objects = await bus.reportObjects();
  const workload = { model: "open", target_qps: 80, duration: 14 };
  const queries = [{ name: "count", template: "* | stats count() lines" }];
  const { id } = await client.submit(JSON.stringify(benchmark(proxy.url, { workload, queries })));
  const followed = client.follow(id, { record: () => undefined, live: () => undefined });

  await eventually("a snapshot of the running run", async () => {
    const text = await objects.get(snapshotName(id));
    return text !== undefined && JSON.parse(text).fold.ledger.slices > 0;
  });
  const aggregator = stack.children.find(({ name }) => name === "aggregator");
  aggregator?.signal("SIGKILL");
  assert.equal(await aggregator?.exited, "ended by SIGKILL");
  await using successor = startProgram(
    "aggregator-2",
    join(PACKAGE_ROOT, "dist", "bin", "logburst.js"),
    ["aggregator"],
    { NATS_URL: stack.natsUrl, NODE_ID: "aggregator-2", LOGBURST_HTTP_PORT: "0" },
    join(stack.logFolder, "aggregator-2.log"),
  );

  const gone = successor.exited.then((how): never => assert.fail(`the successor ${how}`));
  assert.equal((await Promise.race([followed, gone])).phase, "completed");
  const report = await client.report(id);
  assert.ok(report);
  assert.equal(report.ledger.planned, 1120);
  assert.ok(isBalanced(report.ledger));
  assert.equal(report.ledger.ok + report.ledger.failed + report.ledger.timed_out, proxy.seen.length);
  assert.equal(
    report.timeline.reduce((sum, { planned }) => sum + planned, 0),
    1120,
  );
  const replayed = await logburst("replay", id, "--nats", stack.natsUrl, "--json");
  assert.equal(replayed.out.trimEnd(), await objects.get(reportName(id)));
  await eventually(
    "the snapshot to be gone",
    async () => (await objects.get(snapshotName(id))) === undefined,
  );
});

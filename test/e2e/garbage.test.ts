/** Garbage on every subject changes nothing but a counter and a log line. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { connect } from "nats";
import { request } from "undici";
import { namesFor } from "../../libs/protocol/names.ts";
import { eventually } from "../support/eventually.ts";
import { startTarget } from "../support/servers.ts";
import { benchmark, type System, startSystem } from "../support/system.ts";

const GARBAGE = [
  "",
  "garbage",
  "{}",
  "[1,2",
  '{"v":1,"kind":"ran"}',
  '{"v":2}',
  "\u0000\u0001\ufffd",
  "null",
  '"text"',
  "x".repeat(20_000),
];

const { subjects } = namesFor();

/** All refused messages that the three services have counted. */
async function refused(system: System): Promise<number> {
  const pages = await Promise.all(
    Object.values(system.stack.urls).map(async (url) => (await request(`${url}/metrics`)).body.text()),
  );
  const values = pages.join("\n").matchAll(/^logburst_messages_refused_total\{.*\} (\d+)$/gm);
  return [...values].reduce((sum, [, value]) => sum + Number(value), 0);
}

test("a run ends with exact books while garbage is published on every subject", async () => {
  await using target = await startTarget(1000);
  await using system = await startSystem({ workers: 2 });
  const stranger = await connect({ servers: system.stack.natsUrl.replace("nats://", "") });
  const workload = { model: "open", target_qps: 100, duration: 6 };
  const config = benchmark(target.url, {
    workload,
    queries: [{ name: "count", template: "* | stats count() lines" }],
  });
  const running = system.run(config);
  const record = await eventually("the run to begin", async () => {
    const { body } = await request(`${system.stack.apiUrl}/api/v1/runs`);
    const { runs } = (await body.json()) as { runs: { id: string; phase: string }[] };
    return runs.find(({ phase }) => phase === "running");
  });
  const targets = [
    subjects.requestRun,
    subjects.slice("default", record.id, 0, 3),
    subjects.slice("default", "no-such-run", 0, 0),
    subjects.slice("default", record.id, "muster", 0),
    subjects.result(record.id, 0),
    subjects.result("no-such-run", 7),
    subjects.event(record.id, "drained"),
    subjects.event(record.id, "reported"),
    subjects.event("no-such-run", "started"),
    subjects.heartbeat("worker-1"),
    subjects.heartbeat("ghost"),
    subjects.control(record.id),
    subjects.live(record.id),
    subjects.api("run.create"),
    subjects.api("run.stop"),
    subjects.time,
  ];
  const before = await refused(system);
  for (const subject of targets) for (const text of GARBAGE) stranger.publish(subject, text);
  await stranger.drain();

  const { report } = await running;
  assert.equal(report.ledger.planned, 600);
  assert.equal(report.ledger.ok, 600);
  assert.equal(report.ledger_balanced, true);
  assert.equal(report.ledger.superseded, 0);
  assert.ok((await refused(system)) > before + 50, "the refused messages were counted");
  const log = readFileSync(join(system.stack.logFolder, "coordinator.log"), "utf8");
  assert.match(log, /a message was refused/);
  assert.ok(system.stack.children.every((child) => child.isAlive()));
});

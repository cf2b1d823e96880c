/** Workers that die: kill -9 in the middle of each model, and the books balance. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { isBalanced } from "../../libs/protocol/ledger.ts";
import type { Report } from "../../libs/protocol/report.ts";
import { startCountingProxy } from "../support/counting-proxy.ts";
import { startFleet } from "../support/nodes.ts";
import { startTarget } from "../support/servers.ts";
import { beginsMs } from "../support/slice-times.ts";
import { benchmark, type System } from "../support/system.ts";

const QUERIES = [
  { name: "count", template: "* | stats count() lines", weight: 3 },
  { name: "errors", template: "level:=error", limit: 10, weight: 1 },
];

/** Runs a config and kills the last worker so long after the run's start. */
async function runAndKill(system: System, config: object, afterMs: number): Promise<Report> {
  let isArmed = false;
  const { report } = await system.run(config, (record) => {
    if (isArmed || record.t0_ms === undefined) return;
    isArmed = true;
    // When in the run it dies is what the test is about.
    void pause(record.t0_ms + afterMs - Date.now()).then(() =>
      system.stack.workers().at(-1)?.signal("SIGKILL"),
    );
  });
  assert.ok(isBalanced(report.ledger));
  for (const query of report.queries) assert.ok(isBalanced(query.ledger), query.name);
  assert.deepEqual(
    report.nodes.filter(({ state }) => state === "lost").map(({ node_id: id }) => id),
    ["worker-3"],
  );
  assert.equal(report.nodes.length, 3);
  return report;
}

const KILLED_AT_MS = 6000;
/** From a death to the moment when its slices are in the queue again: half a second, and more on a busy machine. */
const KNOWN_WITHIN_MS = 2500;

/** What is lost had begun before the worker was known to be gone: without that, 4 s of slices would be. */
function assertBegunOnly(report: Report, killedMs: number): void {
  const names = new Set(report.reasons.flatMap(({ slices }) => slices));
  assert.ok(report.reasons.every(({ slices_more: more }) => more === 0));
  for (const name of names) {
    const afterMs = beginsMs(report, name) - killedMs;
    assert.ok(afterMs < KNOWN_WITHIN_MS, `${name} began ${afterMs} ms after the death`);
  }
}

// Side by side: what each takes is time.
describe("open runs, which leave the machine idle", { concurrency: true }, () => {
  test("open: what a dead worker had not begun is sent by others, what it had begun and not reported is lost", async () => {
    await using target = await startTarget(1000);
    await using proxy = await startCountingProxy(target.url);
    await using system = await startFleet({ workers: 3 });
    const workload = { model: "open", target_qps: 120, duration: 14 };
    const report = await runAndKill(
      system,
      benchmark(proxy.url, { workload, queries: QUERIES }),
      KILLED_AT_MS,
    );
    const { ledger } = report;
    assert.equal(ledger.planned, 1680);
    assert.equal(ledger.missed, 0);
    assertBegunOnly(report, KILLED_AT_MS);
    for (const { state, reason } of report.reasons)
      assert.equal(`${state} ${reason}`, "lost worker_died", "nothing else went wrong");
    // The target got everything that is reported as sent; of the lost ones it may have got some.
    const sent = ledger.ok + ledger.failed + ledger.timed_out;
    assert.ok(proxy.seen.length >= sent && proxy.seen.length <= sent + ledger.lost);
    assert.equal(report.timeline.at(-1)?.ok, 120);
  });

  test("a worker that is told to leave gives back what it has not begun, and nothing is lost", async () => {
    await using target = await startTarget(1000);
    await using proxy = await startCountingProxy(target.url);
    await using system = await startFleet({ workers: 3 });
    const workload = { model: "open", target_qps: 120, duration: 12 };
    let isTold = false;
    const { report } = await system.run(benchmark(proxy.url, { workload, queries: QUERIES }), (record) => {
      if (isTold || record.t0_ms === undefined || Date.now() < record.t0_ms + 5000) return;
      isTold = true;
      system.stack.workers().at(-1)?.signal("SIGTERM");
    });
    assert.equal(report.ledger.ok, 1440);
    assert.equal(proxy.seen.length, 1440);
    assert.ok(report.slices.redelivered > 0, "slices were given back");
    assert.equal(await system.stack.workers().at(-1)?.exited, "exit code 0");
  });
});

test("closed: the dead worker's users are idle until others take over, and the user-seconds say so", async () => {
  await using target = await startTarget(1000);
  await using system = await startFleet({ workers: 3 });
  const workload = { total_concurrent_users: 18, duration: 14 };
  const report = await runAndKill(system, benchmark(target.url, { workload, queries: QUERIES }), 5000);
  assert.ok(report.slices.redelivered > 0);
  const time = report.user_seconds;
  assert.ok(time);
  assert.equal(time.planned, 252);
  assert.ok(Math.abs(time.planned - time.driven - time.idle) < 0.001);
  const reasons = Object.values(time.idle_by_reason).reduce((sum, seconds) => sum + seconds, 0);
  assert.ok(Math.abs(reasons - time.idle) < 0.001);
  // A third of 18 users, for the time until redelivery and what the dead worker's slices had driven: 2 to 7 s.
  assert.ok(
    time.idle_by_reason.worker_died > 6 && time.idle_by_reason.worker_died < 60,
    String(time.idle_by_reason.worker_died),
  );
  assert.ok(report.ledger.ok > 0);
});

test("count: every query is answered for, the dead worker's slices are run again", async () => {
  await using target = await startTarget(1000);
  await using proxy = await startCountingProxy(target.url, 20);
  await using system = await startFleet({ workers: 3 });
  const workload = { model: "count", total_queries: 6000, total_concurrent_users: 18 };
  const report = await runAndKill(system, benchmark(proxy.url, { workload, queries: QUERIES }), 2500);
  assert.ok(report.slices.redelivered > 0);
  assert.equal(report.ledger.planned, 6000);
  assert.equal(report.ledger.ok, 6000);
  assert.ok(proxy.seen.length >= 6000);
});

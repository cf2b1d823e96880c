/** Workers that are frozen for longer than others wait for them, and wake: they send nothing more of what they held. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { isBalanced } from "../../libs/protocol/ledger.ts";
import { startCountingProxy } from "../support/counting-proxy.ts";
import { startTarget } from "../support/servers.ts";
import { beginsMs } from "../support/slice-times.ts";
import { benchmark, type System, startSystem } from "../support/system.ts";

/** Longer than the ack wait, so that everything it held is delivered to others meanwhile. */
const FROZEN_MS = 6000;
const FREEZES_AT_MS = 4500;
/** A signal may come so late. */
const LATE_MS = 500;

/** Runs a config and freezes the last worker so long after the run's start. */
async function runAndFreeze(system: System, config: object, afterMs: number) {
  let isArmed = false;
  let wokenMs = 0;
  const { report } = await system.run(config, (record) => {
    if (isArmed || record.t0_ms === undefined) return;
    isArmed = true;
    void (async () => {
      // When it freezes, and for how long, is what the test is about.
      await pause((record.t0_ms as number) + afterMs - Date.now());
      system.stack.workers().at(-1)?.signal("SIGSTOP");
      await pause(FROZEN_MS);
      wokenMs = Date.now();
      system.stack.workers().at(-1)?.signal("SIGCONT");
    })();
  });
  assert.ok(wokenMs > 0, "it was frozen and woken during the run");
  assert.ok(isBalanced(report.ledger));
  assert.ok(report.slices.redelivered > 0, "others were given its slices");
  return { report, wokenMs };
}

// Side by side: what each takes is time.
describe("a worker of three is frozen", { concurrency: true }, () => {
  test("open: no query is sent twice, by the worker that woke or by those that took over", async () => {
    await using target = await startTarget(1000);
    await using proxy = await startCountingProxy(target.url);
    await using system = await startSystem({ workers: 3 });
    // Each arrival has words of its own, which are the same on every attempt.
    const queries = [{ name: "own", template: "{{ word }}", limit: 1, variables: { word: { hex: 16 } } }];
    const workload = { model: "open", target_qps: 90, duration: 16 };
    const { report } = await runAndFreeze(system, benchmark(proxy.url, { workload, queries }), FREEZES_AT_MS);
    const { ledger } = report;
    assert.equal(ledger.planned, 1440);
    const twice = [...proxy.counts()].filter(([, times]) => times > 1);
    assert.deepEqual(twice, []);
    // Of what it had begun it may say itself what it did not come to send; whatever else it held was sent by others.
    for (const { state, reason, slices, nodes } of report.reasons) {
      if (state !== "missed" || !nodes.includes("worker-3")) continue;
      assert.equal(reason, "came_too_late");
      for (const slice of slices)
        assert.ok(beginsMs(report, slice) < FREEZES_AT_MS + LATE_MS, `${slice} had not begun`);
    }
    assert.ok(proxy.seen.length <= ledger.ok + ledger.failed + ledger.timed_out + ledger.lost);
  });

  test("closed: the users of the worker that woke do not ask beside those that took their place", async () => {
    await using target = await startTarget(1000);
    await using proxy = await startCountingProxy(target.url, 50);
    await using system = await startSystem({ workers: 3 });
    const queries = [{ name: "count", template: "* | stats count() lines" }];
    const workload = { total_concurrent_users: 12, duration: 16 };
    const { report, wokenMs } = await runAndFreeze(
      system,
      benchmark(proxy.url, { workload, queries }),
      FREEZES_AT_MS,
    );
    // The bound that ARCHITECTURE promises: the plan's users, and those of the frozen worker's lanes once more.
    assert.ok(proxy.peakBetween(wokenMs, Date.now()) <= 12 + 4);
    const time = report.user_seconds;
    assert.ok(time && Math.abs(time.planned - time.driven - time.idle) < 0.001);
  });
});

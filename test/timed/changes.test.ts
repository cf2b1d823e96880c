/** A run that is changed while it runs, as a proxy before the target sees it: within two seconds, and in the books to the query. */

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { isBalanced } from "../../libs/protocol/ledger.ts";
import type { RunRecord } from "../../libs/protocol/run.ts";
import { type CountingProxy, startCountingProxy } from "../support/counting-proxy.ts";
import { eventually } from "../support/eventually.ts";
import { startTarget, type TargetServer } from "../support/servers.ts";
import { benchmark, type System, startSystem } from "../support/system.ts";

const QUERIES = [
  { name: "a", template: "level:=error", limit: 1 },
  { name: "b", template: "level:=info", limit: 1 },
];
/** What is asked for holds by then. */
const EFFECT_MS = 2000;
/** Answers are held back so long, so that users are seen waiting. */
const DELAY_MS = 50;

let target: TargetServer;
let system: System;

before(async () => {
  target = await startTarget(1000);
  system = await startSystem({ workers: 2 });
});
after(async () => {
  await system[Symbol.asyncDispose]();
  await target[Symbol.asyncDispose]();
});

/** Starts a run and waits until it has run for a while. */
async function begin(proxy: CountingProxy, workload: object) {
  let record: RunRecord | undefined;
  const over = system.run(benchmark(proxy.url, { workload, queries: QUERIES }), (next) => {
    record = next;
  });
  const id = await eventually("the run's start", () => proxy.seen.length > 20 && record?.id);
  return { over, id };
}

/** Queries per second that come in a stretch of time from now on. */
async function rateFor(proxy: CountingProxy, ms: number): Promise<number> {
  const fromMs = Date.now();
  await pause(ms);
  const seen = proxy.seen.filter(({ atMs }) => atMs >= fromMs && atMs < fromMs + ms);
  return (seen.length * 1000) / ms;
}

// Side by side: what each takes is time.
describe("a run is changed and paused", { concurrency: true }, () => {
  test("open: another rate, a pause, its end and other weights are seen within two seconds, and nothing is lost", async (t) => {
    await using proxy = await startCountingProxy(target.url);
    const workload = { model: "open", target_qps: 40, duration: 10 };
    const { over, id } = await begin(proxy, workload);
    await system.client.ask("run.change", { id, rate: 120, weights: { a: 3 } });
    await pause(EFFECT_MS);
    const faster = await rateFor(proxy, 2000);
    await system.client.ask("run.pause", { id });
    await pause(EFFECT_MS);
    const paused = await rateFor(proxy, 1500);
    const { run, phase } = { run: id, phase: (await system.client.ask("run.get", { id })).phase };
    await system.client.ask("run.resume", { id: run });
    await pause(EFFECT_MS);
    const resumed = await rateFor(proxy, 1000);
    t.diagnostic(`per second: ${faster} after the change, ${paused} in the pause, ${resumed} after it`);
    assert.equal(phase, "paused");
    assert.equal(paused, 0);
    for (const rate of [faster, resumed]) assert.ok(rate > 80 && rate < 160, `${rate} per second`);

    const { record, report } = await over;
    assert.equal(record.phase, "completed");
    assert.deepEqual(
      record.changes.map(({ kind }) => kind),
      ["change", "pause", "resume"],
    );
    const { ok, planned, superseded } = report.ledger;
    assert.ok(isBalanced(report.ledger));
    assert.deepEqual([ok, superseded, proxy.seen.length], [planned, 0, planned]);
    const told = report.events.filter(({ type }) => ["changed", "paused", "resumed"].includes(type));
    assert.equal(told.length, 3);
    assert.match(told[0]?.text ?? "", /120 queries per second, a=3, b=1 from .* by /);
    assert.ok(report.duration_ms > 10_000 + 3000, "the run takes longer by the pause");
  });

  test("closed: other users and a pause are seen within two seconds; their time is in the books", async (t) => {
    await using proxy = await startCountingProxy(target.url, DELAY_MS);
    const workload = { total_concurrent_users: 4, duration: 9 };
    const { over, id } = await begin(proxy, workload);
    assert.ok(proxy.peakInFlight() <= 4);
    await system.client.ask("run.change", { id, users: 12 });
    await pause(EFFECT_MS);
    const fromMs = Date.now();
    await pause(1000);
    const more = proxy.peakBetween(fromMs, Date.now());
    await system.client.ask("run.pause", { id });
    await pause(EFFECT_MS);
    const paused = await rateFor(proxy, 1500);
    await system.client.ask("run.resume", { id });
    await pause(EFFECT_MS);
    const resumed = await rateFor(proxy, 1000);
    t.diagnostic(`${more} users after the change; per second: ${paused} in the pause, ${resumed} after it`);
    assert.equal(more, 12);
    assert.equal(paused, 0);
    assert.ok(resumed > 20);

    const { record, report } = await over;
    assert.equal(record.phase, "completed");
    assert.ok(isBalanced(report.ledger));
    assert.equal(report.ledger.superseded, 0);
    const time = report.user_seconds;
    assert.ok(time && Math.abs(time.planned - time.driven - time.idle) < 0.01);
    assert.ok(time.idle_by_reason.paused > 12 * 3, `${time.idle_by_reason.paused} user-seconds were paused`);
    assert.ok(time.driven > time.planned * 0.3);
  });
});

test("a run that is killed ends at once: what is in flight is cut short, and the books balance", async () => {
  await using proxy = await startCountingProxy(target.url, 5000);
  const queries = [{ ...QUERIES[0], client_timeout: 30 }];
  const workload = { total_concurrent_users: 5, duration: 60 };
  const over = system.run(benchmark(proxy.url, { workload, queries }));
  await eventually("queries in flight", () => proxy.inFlight() === 5);
  const [live] = (await system.client.ask("run.list", { phase: "running", limit: 1 })).runs;
  const askedMs = Date.now();
  await system.client.ask("run.kill", { id: live?.id ?? "" });
  await eventually("nothing in flight", () => proxy.inFlight() === 0);
  assert.ok(Date.now() - askedMs < EFFECT_MS, `${Date.now() - askedMs} ms`);
  const { record, report } = await over;
  assert.equal(record.phase, "stopped");
  assert.ok(isBalanced(report.ledger));
  assert.ok(report.ledger.cancelled >= 1);
});

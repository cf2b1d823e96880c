/** A worker whose CPU is taken away sheds slots, the others do its work, and it has all its slots again when that is over. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { startCountingProxy } from "../support/counting-proxy.ts";
import { eventually } from "../support/eventually.ts";
import { nodeOf, nodesOf, startFleet } from "../support/nodes.ts";
import { startTarget } from "../support/servers.ts";
import { benchmark, type System } from "../support/system.ts";

const QPS = 90;

/** Lets a process run for a fifth of the time, until it is told to stop that. */
function steal(signal: (signal: NodeJS.Signals) => void): () => Promise<void> {
  let isOver = false;
  const stealing = (async () => {
    while (!isOver) {
      signal("SIGSTOP");
      await pause(120);
      signal("SIGCONT");
      await pause(30);
    }
  })();
  return async () => {
    isOver = true;
    await stealing;
  };
}

const slotsOf = async (system: System, id: string) =>
  (await nodeOf(system, id))?.performance_metrics.slots ?? Number.POSITIVE_INFINITY;

/** What a worker holds, as a share of what it would hold if all held the same. */
async function shareOf(system: System, id: string): Promise<number> {
  const nodes = await nodesOf(system);
  const held = nodes.map(({ performance_metrics: { slots_busy: busy = 0 } }) => busy);
  const own = nodes.find(({ node_id: node }) => node === id)?.performance_metrics.slots_busy ?? 0;
  return (own * nodes.length) / held.reduce((sum, busy) => sum + busy, 0);
}

test("a worker whose CPU is stolen sheds slots, its share moves, and the offered load stays", async (t) => {
  await using target = await startTarget(1000);
  await using proxy = await startCountingProxy(target.url);
  await using system = await startFleet({ workers: 3 });
  const queries = [{ name: "errors", template: "level:=error", limit: 1 }];
  const workload = { model: "open", target_qps: QPS, duration: 70, lanes: 24 };
  const { id } = await system.client.submit(JSON.stringify(benchmark(proxy.url, { workload, queries })));
  await eventually("the load", () => proxy.seen.length > QPS * 4);
  /** What each worker holds when all hold the same: eight slices of each lane. */
  const fair = (24 * 8) / 3;
  await eventually("all its slots", async () => (await slotsOf(system, "worker-3")) > fair);
  await eventually("its share", async () => (await shareOf(system, "worker-3")) > 0.6);

  const victim = system.stack.workers().at(-1);
  assert.ok(victim);
  const fromMs = Date.now();
  const giveBack = steal(victim.signal);
  const shedMs = await eventually(
    "slots that were shed",
    async () => (await slotsOf(system, "worker-3")) < fair && Date.now() - fromMs,
    6000,
  );
  const movedMs = await eventually(
    "a share that moved",
    async () => (await shareOf(system, "worker-3")) < 0.5 && Date.now() - fromMs,
    8000,
  );
  await eventually("some seconds of that", () => Date.now() - fromMs > 9000);
  const toMs = Date.now();
  await giveBack();
  const offered = proxy.seen.filter(({ atMs }) => atMs >= fromMs && atMs < toMs).length;
  const planned = (QPS * (toMs - fromMs)) / 1000;
  t.diagnostic(
    `slots shed after ${shedMs} ms, share moved after ${movedMs} ms, ${offered} of ${Math.round(planned)} offered`,
  );
  assert.ok(Math.abs(offered - planned) <= planned * 0.05, `${offered} of ${planned}`);

  const againMs = Date.now();
  await eventually(
    "slots for its share again",
    async () => (await slotsOf(system, "worker-3")) > fair,
    25_000,
  );
  t.diagnostic(`slots for its share again after ${Date.now() - againMs} ms`);
  await eventually("its share again", async () => (await shareOf(system, "worker-3")) > 0.6, 25_000);
  await system.client.stop(id);
});

/** The schedule is in the config and the seed: neither the number of workers nor their pace changes what is asked. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { type CountingProxy, startCountingProxy } from "../support/counting-proxy.ts";
import { startFleet } from "../support/nodes.ts";
import { startTarget, type TargetServer } from "../support/servers.ts";
import { benchmark } from "../support/system.ts";

const QUERIES = [
  {
    name: "word",
    template: "{{ word }} level:={{ level }}",
    weight: 3,
    limit: 5,
    variables: {
      word: { list: ["refused", "handled", "batch"] },
      level: { list: ["info", "error"], pick: "cycle" },
    },
    // Fixed in time, so that two runs at different times ask for the same.
    time_range: { from: "2026-01-01T00:00:00Z", to: "2026-01-02T00:00:00Z", random: "1h" },
  },
  {
    name: "user",
    template: "user_id:=user-{{ number | raw }}",
    weight: 2,
    limit: 5,
    variables: { number: { int: { min: 0, max: 5000 } } },
  },
];

/** Everything that was asked, sorted: a multiset. */
function asked(proxy: CountingProxy): string[] {
  return proxy.seen.map(({ path, args }) => `${path} ${JSON.stringify(args)}`).sort();
}

/** One run of each seed, behind one another. */
async function runsOn(workers: number, target: TargetServer, workload: object, seeds: readonly number[]) {
  await using system = await startFleet({ workers });
  const runs: { hash: string; asked: string[] }[] = [];
  for (const seed of seeds) {
    await using proxy = await startCountingProxy(target.url);
    const { report } = await system.run(benchmark(proxy.url, { workload, queries: QUERIES, seed }));
    // On a busy machine one of four may find nothing left to do.
    assert.ok(report.nodes.length >= Math.min(workers, 2), "the work is shared");
    runs.push({ hash: report.schedule_hash, asked: asked(proxy) });
  }
  return runs;
}

const SEED = 5;
const ANOTHER_SEED = 6;

for (const workload of [
  { model: "open", target_qps: 120, duration: 5, arrival: "poisson" },
  { model: "count", total_queries: 700, total_concurrent_users: 16 },
]) {
  test(`one worker and four ask the same questions in the ${workload.model} model, and another seed asks others`, async () => {
    await using target = await startTarget(1000);
    const [one, other] = await runsOn(1, target, workload, [SEED, ANOTHER_SEED]);
    const [four] = await runsOn(4, target, workload, [SEED]);
    assert.ok(one && four && other);
    assert.equal(one.hash, four.hash);
    assert.deepEqual(one.asked, four.asked);
    assert.ok(new Set(one.asked).size > 100, "the questions differ from one another");
    assert.notEqual(one.hash, other.hash);
    assert.notDeepEqual(one.asked, other.asked);
  });
}

/** Workers that come and go in the middle of a run: the shares are even again, and the offered load has no step. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { connectBus } from "../../libs/bus/connect.ts";
import { parseMessage } from "../../libs/protocol/door.ts";
import { isBalanced } from "../../libs/protocol/ledger.ts";
import { LogEntry, type RanResult } from "../../libs/protocol/result.ts";
import { startCountingProxy } from "../support/counting-proxy.ts";
import { startTarget } from "../support/servers.ts";
import { benchmark, type System, startSystem } from "../support/system.ts";

const QPS = 120;
const LANES = 24;
/** Slices are fetched so long ahead of their start, and so many windows later shares are even. */
const SETTLING_MS = 6000 + 2000;

/** Everything that workers report, as it comes. */
async function followResults(system: System) {
  const options = { url: system.stack.natsUrl, prefix: "lb", name: "observer", waitForServer: false };
  const bus = await connectBus(options);
  const results: RanResult[] = [];
  await bus.follow(bus.names.streams.results, bus.names.subjects.allResults, "beginning", (data) => {
    const parsed = parseMessage(LogEntry, data);
    if (parsed.ok && parsed.value.kind === "ran") results.push(parsed.value);
  });
  return { results, [Symbol.asyncDispose]: bus.close };
}

/** Queries per worker, of the slices whose window lies in a stretch of the run; windows are a second long. */
function sharesOf(results: readonly RanResult[], fromMs: number, toMs: number): Map<string, number> {
  const shares = new Map<string, number>();
  for (const { node, window, planned } of results) {
    if (window * 1000 < fromMs || (window + 1) * 1000 > toMs) continue;
    const queries = planned.reduce((sum, count) => sum + count, 0);
    shares.set(node, (shares.get(node) ?? 0) + queries);
  }
  return shares;
}

/**
 * Within 10 %, and a window's share more or less: the slices of a window come at once, so that a worker whose machine had no time for
 * it just then has none of them, and the others have some more.
 */
function assertEven(shares: Map<string, number>, workers: number): void {
  const words = [...shares].map(([node, queries]) => `${node}: ${queries}`).join(", ");
  assert.equal(shares.size, workers, words);
  const mean = [...shares.values()].reduce((sum, queries) => sum + queries) / workers;
  const most = mean * 0.1 + QPS / workers;
  for (const queries of shares.values()) assert.ok(Math.abs(queries - mean) <= most, words);
}

test("from two workers to six and back: even shares after two windows, no step in the offered load", async (t) => {
  await using target = await startTarget(1000);
  await using proxy = await startCountingProxy(target.url);
  await using system = await startSystem({ workers: 2 });
  await using observer = await followResults(system);
  const queries = [{ name: "errors", template: "level:=error", limit: 1 }];
  const workload = { model: "open", target_qps: QPS, duration: 42, lanes: LANES };
  const at = { t0Ms: 0, sixMs: 0, twoMs: 0 };
  const { report } = await system.run(benchmark(proxy.url, { workload, queries }), (record) => {
    if (at.t0Ms !== 0 || record.t0_ms === undefined) return;
    at.t0Ms = record.t0_ms;
    void (async () => {
      // When they come and go is what the test is about.
      await pause(at.t0Ms + 4000 - Date.now());
      await Promise.all(Array.from({ length: 4 }, system.stack.addWorker));
      at.sixMs = Date.now() - at.t0Ms;
      await pause(at.t0Ms + 26_000 - Date.now());
      for (const worker of system.stack.workers().slice(2)) worker.signal("SIGTERM");
      at.twoMs = Date.now() - at.t0Ms;
    })();
  });
  assert.ok(isBalanced(report.ledger));
  assert.deepEqual([report.ledger.ok, report.ledger.planned], [QPS * 42, QPS * 42]);

  const six = sharesOf(observer.results, at.sixMs + SETTLING_MS, at.twoMs - 1000);
  const two = sharesOf(observer.results, at.twoMs + SETTLING_MS, 42_000);
  t.diagnostic(`six workers after ${at.sixMs} ms: ${[...six.values()].join(", ")}`);
  t.diagnostic(`two workers after ${at.twoMs} ms: ${[...two.values()].join(", ")}`);
  assertEven(six, 6);
  assertEven(two, 2);

  const perSecond = new Array<number>(42).fill(0);
  for (const { atMs } of proxy.seen) {
    const second = Math.floor((atMs - at.t0Ms) / 1000);
    if (second in perSecond) perSecond[second] = (perSecond[second] as number) + 1;
  }
  t.diagnostic(`offered per second: ${perSecond.join(" ")}`);
  // A query that is a few milliseconds late falls into the next second: each second takes what its neighbours lack.
  const strayed = QPS * 0.05;
  for (const [second, offered] of perSecond.slice(1, -1).entries())
    assert.ok(Math.abs(offered - QPS) <= QPS * 0.05 + strayed, `${offered} in second ${second + 1}`);
});

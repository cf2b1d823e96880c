/** The kill switch, counted at a proxy before the target: all load ends, nothing starts, and runs may start when it is cleared. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { connect } from "nats";
import { request } from "undici";
import { namesFor } from "../../libs/protocol/names.ts";
import { logburst } from "../support/cli.ts";
import { startCountingProxy } from "../support/counting-proxy.ts";
import { eventually } from "../support/eventually.ts";
import { startTarget } from "../support/servers.ts";
import { benchmark, startSystem } from "../support/system.ts";

/** From the word to the end of all load. */
const LIMIT_MS = 2000;
/** The proxy holds each query back for so long: many are in flight when the switch is set. */
const HELD_MS = 5000;
const QUERIES = [{ name: "count", template: "* | stats count() lines" }];

test("runs of every model end within two seconds, and nothing starts until the switch is cleared", async () => {
  await using target = await startTarget(0);
  await using proxy = await startCountingProxy(target.url, HELD_MS);
  await using system = await startSystem({ workers: 2 });
  const { client, stack } = system;
  const workloads = [
    { model: "open", target_qps: 50, duration: 60 },
    { model: "closed", total_concurrent_users: 20, duration: 60 },
    { model: "count", total_queries: 10_000, total_concurrent_users: 10 },
  ];
  const runs = await Promise.all(
    workloads.map((workload) =>
      client.submit(JSON.stringify(benchmark(proxy.url, { workload, queries: QUERIES }))),
    ),
  );
  await eventually("load of all three runs", () => proxy.inFlight() >= 100);

  const listener = await connect({ servers: stack.natsUrl.replace("nats://", "") });
  let killedMs = 0;
  listener.subscribe(namesFor().subjects.kill, {
    callback: () => {
      killedMs ||= Date.now();
    },
  });
  await listener.flush();
  const command = await logburst("kill", "--all", "--reason", "the target burns", "--nats", stack.natsUrl);
  assert.equal(command.code, 0, command.err);
  await eventually("no query in flight", () => proxy.inFlight() === 0);
  await listener.close();
  assert.ok(killedMs > 0, "the word was heard");
  const tookMs = (proxy.seen.at(-1)?.atMs ?? 0) - killedMs;
  assert.equal(proxy.peakBetween(killedMs + LIMIT_MS, Date.now()), 0, "in flight later than that");
  assert.ok(tookMs < LIMIT_MS, `the last query came ${tookMs} ms after the word`);
  const seen = proxy.seen.length;

  for (const { id } of runs) {
    const record = await client.follow(id, { record: () => undefined, live: () => undefined });
    assert.equal(record.phase, "stopped");
    const { ledger } = (await client.report(id)) ?? assert.fail("no report");
    const { planned, ok, failed, timed_out, missed, lost, cancelled } = ledger;
    assert.equal(planned, ok + failed + timed_out + missed + lost + cancelled);
  }
  assert.equal(proxy.seen.length, seen, "nothing more was sent while the runs ended");

  const config = JSON.stringify(
    benchmark(target.url, { workload: { model: "count", total_queries: 5 }, queries: QUERIES }),
  );
  await assert.rejects(client.submit(config), /kill switch is set.*the target burns/);
  const refused = await request(`${stack.apiUrl}/api/v1/runs`, { method: "POST", body: config });
  assert.equal(refused.statusCode, 423);

  const shown = await request(`${stack.apiUrl}/api/v1/kill`);
  assert.equal(((await shown.body.json()) as { set: boolean }).set, true);
  assert.equal((await logburst("kill", "--clear", "--nats", stack.natsUrl)).code, 0);
  const { record } = await eventually("a run", () => system.run(JSON.parse(config)), 60_000);
  assert.equal(record.phase, "completed");
});

test("any message on its subject will do, and the API clears it", async () => {
  await using target = await startTarget(0);
  await using proxy = await startCountingProxy(target.url);
  await using system = await startSystem({ workers: 1 });
  const workload = { model: "open", target_qps: 50, duration: 60 };
  const running = system.run(benchmark(proxy.url, { workload, queries: QUERIES }));
  await eventually("load", () => proxy.seen.length > 20);
  const nc = await connect({ servers: system.stack.natsUrl.replace("nats://", "") });
  nc.publish(namesFor().subjects.kill, "enough");
  await nc.drain();
  const { record } = await running;
  assert.equal(record.phase, "stopped");
  const seen = proxy.seen.length;
  assert.ok(seen < 1500, "most of the minute's queries were never sent");
  const cleared = await request(`${system.stack.apiUrl}/api/v1/kill`, { method: "DELETE" });
  assert.equal(((await cleared.body.json()) as { set: boolean }).set, false);
});

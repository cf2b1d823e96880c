/** Leaders that change again and again leave nothing open behind. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { measureSwitches } from "../../bench/failover/measure.ts";
import { startPair } from "../../bench/failover/pair.ts";
import { startNats } from "../support/servers.ts";

test("after thirty changes of leaders as much is open as before: timers, sockets, subscriptions, consumers", async () => {
  await using nats = await startNats();
  await using pair = await startPair(nats.url);
  const measured = await measureSwitches(pair, nats.monitorUrl, { warmUp: 2, switches: 30, sampleEvery: 10 });
  assert.deepEqual(measured.differences, []);
  // What was compared was there: the leader's consumers, the subscriptions of both.
  assert.ok((measured.before["server: consumers"] ?? 0) >= 3, JSON.stringify(measured.before));
  const own = measured.before["server: subscriptions of coordinator-1"] ?? 0;
  const others = measured.before["server: subscriptions of coordinator-2"] ?? 0;
  assert.ok(own > others && others > 0, "the first leads, the second stands by");
});

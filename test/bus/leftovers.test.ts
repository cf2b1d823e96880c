/** What is opened on the bus and closed again leaves nothing behind, neither here nor on the server. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { countOpen, differencesOf } from "../../bench/failover/counts.ts";
import { connectBus } from "../../libs/bus/connect.ts";
import { DEFAULT_PREFIX } from "../../libs/protocol/names.ts";
import { eventually } from "../support/eventually.ts";
import { startNats } from "../support/servers.ts";

const FOLLOWERS = 30;

test("a follower that is closed leaves no consumer, no subscription and no timer behind", async () => {
  await using nats = await startNats();
  await using bus = await connectBus({
    url: nats.url,
    prefix: DEFAULT_PREFIX,
    name: "test",
    waitForServer: false,
  });
  await bus.provision(1);
  const { streams, subjects } = bus.names;
  await bus.append(subjects.result("run", 0), { any: "message" }, { id: "1", tries: 3 });
  const before = await countOpen(nats.monitorUrl);
  for (let index = 0; index < FOLLOWERS; index++) {
    let heard = 0;
    const follower = await bus.follow(streams.results, subjects.allResults, "beginning", () => heard++);
    // Half of them are closed while their first message is still on its way.
    if (index % 2 === 0) await eventually("the message", () => heard === 1);
    if (index === 0) {
      const open = await countOpen(nats.monitorUrl);
      assert.equal(open["server: consumers"], (before["server: consumers"] ?? 0) + 1);
    }
    await follower.close();
  }
  await eventually("nothing left", async () => {
    const differences = differencesOf(before, await countOpen(nats.monitorUrl));
    assert.deepEqual(differences, []);
    return true;
  });
});

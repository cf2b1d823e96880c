/** The kill switch on a real NATS server: heard at once, kept by the bucket, cleared by it alone. */

import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import type { Bus } from "../../libs/bus/bus.ts";
import { connectBus } from "../../libs/bus/connect.ts";
import { KILL_KEY, NOT_KILLED } from "../../libs/protocol/kill.ts";
import { systemClock } from "../../libs/runtime/clock.ts";
import {
  type KillSwitch,
  killStateOf,
  turnKillSwitch,
  watchKillSwitch,
} from "../../libs/runtime/kill-switch.ts";
import { eventually } from "../support/eventually.ts";
import { manualClock } from "../support/manual-clock.ts";
import { type NatsServer, startNats } from "../support/servers.ts";

let nats: NatsServer;
let bus: Bus;

before(async () => {
  nats = await startNats();
  bus = await connectBus({ url: nats.url, prefix: "lb", name: "test", waitForServer: false });
  await bus.provision(1);
});
beforeEach(async () => {
  await (await bus.settingsBucket()).delete(KILL_KEY);
});
after(async () => {
  await bus.close();
  await nats[Symbol.asyncDispose]();
});

function watch(stores: boolean, clock = systemClock) {
  const heard: string[] = [];
  const ears = {
    set: ({ reason }: { reason: string }) => heard.push(`set: ${reason}`),
    cleared: () => heard.push("cleared"),
  };
  const killSwitch: KillSwitch = watchKillSwitch(bus, clock, ears, { stores, alwaysLooks: stores });
  return { ...killSwitch, heard, [Symbol.dispose]: killSwitch.close };
}

const state = (set: boolean, reason: string) => ({
  v: 1 as const,
  set,
  reason,
  by: "sre",
  at_ms: systemClock.nowMs(),
});

test("all who listen hear it once, and runs may start when it is cleared", async () => {
  using worker = watch(false);
  using coordinator = watch(true);
  await turnKillSwitch(bus, state(true, "too hot"));
  for (const { heard } of [worker, coordinator])
    await eventually(
      "the word",
      () => heard.length > 0 && assert.deepEqual(heard, ["set: too hot"]) === undefined,
    );
  assert.equal(worker.killed()?.by, "sre");
  await turnKillSwitch(bus, state(false, ""));
  for (const { heard, killed } of [worker, coordinator]) {
    await eventually("the end of it", () => killed() === undefined);
    assert.deepEqual(heard, ["set: too hot", "cleared"]);
  }
});

test("one that comes while it is set learns so from the bucket", async () => {
  await turnKillSwitch(bus, state(true, "before"));
  using late = watch(false);
  await eventually("the state", () => late.heard.includes("set: before"));
});

test("a word by hand is the reason, is stored by a coordinator, and not cleared by silence", async () => {
  using worker = watch(false);
  using coordinator = watch(true);
  bus.publish(bus.names.subjects.kill, { anything: "at all" });
  await eventually("the word", () => worker.killed() && coordinator.killed());
  const stored = await eventually("the state in the bucket", async () => {
    const found = await killStateOf(bus);
    return found.set && found;
  });
  assert.match(stored.reason, /at all/);
  await worker.look();
  assert.ok(worker.killed());
});

test("where nobody stores a word by hand, a worker lets go of it when nothing is on its way to it any more", async () => {
  const clock = manualClock();
  using worker = watch(false, clock);
  bus.publish(bus.names.subjects.kill, "stop");
  await eventually("the word", () => worker.killed());
  clock.advance(9000);
  await worker.look();
  assert.ok(worker.killed());
  clock.advance(2000);
  await worker.look();
  assert.equal(worker.killed(), undefined);
  assert.deepEqual(await killStateOf(bus), NOT_KILLED);
});

/** A worker that does not know the leader's clock well enough takes up no work, and says so. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { connectBus } from "../../libs/bus/connect.ts";
import { parseMessage } from "../../libs/protocol/door.ts";
import { Heartbeat } from "../../libs/protocol/node.ts";
import { systemClock } from "../../libs/runtime/clock.ts";
import { createLog } from "../../libs/runtime/log.ts";
import { createRegistry } from "../../libs/runtime/metrics.ts";
import { createUsageMeter } from "../../libs/runtime/resources.ts";
import { startWorker } from "../../services/worker/worker.ts";
import { eventually } from "../support/eventually.ts";
import { NO_SECRETS } from "../support/limits.ts";
import { startNats } from "../support/servers.ts";

test("no slice is taken up before the leader's clock is known to some milliseconds", async () => {
  await using nats = await startNats();
  const connectAs = (name: string) => connectBus({ url: nats.url, prefix: "lb", name, waitForServer: false });
  await using leader = await connectAs("leader");
  await using bus = await connectAs("worker");
  await leader.provision(1);
  const { subjects } = leader.names;
  let problem: string | undefined = "not heard";
  leader.subscribe(subjects.allHeartbeats, (data) => {
    const parsed = parseMessage(Heartbeat, data);
    if (parsed.ok) problem = parsed.value.problem;
  });
  // Not a slice at all: who takes it up removes it.
  await leader.append(subjects.slice("default", "run", 0, 0), {}, { id: "it", tries: 1 });
  const isTaken = async () => (await leader.queuedSlices("default", "run")).length === 0;

  const options = {
    node: "worker-1",
    pool: "default",
    slots: 4,
    maxInFlight: 8,
    secrets: NO_SECRETS,
    observe: undefined,
  };
  const worker = startWorker(
    bus,
    systemClock,
    createLog("worker", "worker-1", "silent"),
    createRegistry("worker"),
    options,
    {
      resources: { cpuCores: 1, memoryMb: 1000 },
      meter: createUsageMeter(systemClock),
      engineOf: () => assert.fail("no run is opened"),
    },
  );
  await eventually("its word", () => problem === "the leader's clock is not known yet");
  assert.equal(await isTaken(), false);

  // A way of 150 ms bounds the error to 75.
  let answerMs = 150;
  leader.serve(subjects.time, () => {
    const untilMs = systemClock.nowMs() + answerMs;
    while (systemClock.nowMs() < untilMs);
    return { now_ms: systemClock.nowMs() };
  });
  await eventually("its word", () =>
    /^the leader's clock is known to \d+ ms only; 50 are needed$/.test(problem ?? ""),
  );
  assert.equal(await isTaken(), false);

  answerMs = 0;
  await eventually("the slice to be taken up", isTaken);
  await eventually("no more complaint", () => problem === undefined);
  await worker.drain();
  await worker.close();
});

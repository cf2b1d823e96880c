/** A worker that is told to leave: what it has not begun is with others at once, not after they waited for it. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Capacity } from "../../libs/bus/bus.ts";
import { SLICE_ACK_WAIT_MS } from "../../libs/bus/bus.ts";
import { connectBus } from "../../libs/bus/connect.ts";
import { parseMessage } from "../../libs/protocol/door.ts";
import { Slice } from "../../libs/protocol/slice.ts";
import { eventually } from "../support/eventually.ts";
import { nodeOf } from "../support/nodes.ts";
import { startTarget } from "../support/servers.ts";
import { benchmark, startSystem } from "../support/system.ts";

test("SIGTERM: slices that have not begun are with another worker within a second, and none comes later", async (t) => {
  await using target = await startTarget(100);
  await using system = await startSystem({ workers: 1 });
  const queries = [{ name: "errors", template: "level:=error", limit: 1 }];
  const workload = { model: "open", target_qps: 60, duration: 60, lanes: 12 };
  await system.client.submit(JSON.stringify(benchmark(target.url, { workload, queries })));
  // Twelve lanes, each with slices for six seconds ahead.
  await eventually("a worker that holds slices ahead of their time", async () => {
    const node = await nodeOf(system, "worker-1");
    const isRunning = (node?.assigned_tasks.length ?? 0) > 0;
    return isRunning && (node?.performance_metrics.slots_busy ?? 0) > 60;
  });
  await using bus = await connectBus({
    url: system.stack.natsUrl,
    prefix: "lb",
    name: "another-worker",
    waitForServer: false,
  });
  let signalledMs = Number.POSITIVE_INFINITY;
  const returnedMs: number[] = [];
  const capacity: Capacity = { free: () => 1000, changed: () => new Promise(() => undefined) };
  const puller = bus.pullSlices(
    "default",
    capacity,
    (delivery) => {
      const parsed = parseMessage(Slice, delivery.data);
      const isOfOther = parsed.ok && parsed.value.kind === "open" && delivery.attempt > 1;
      if (isOfOther) returnedMs.push(performance.now() - signalledMs);
      // Done with: the run is not what this test is about.
      void delivery.ack().catch(() => undefined);
    },
    assert.ifError,
  );
  signalledMs = performance.now();
  system.stack.workers()[0]?.signal("SIGTERM");
  await eventually(
    "the time after which a forgotten slice would come",
    () => performance.now() - signalledMs > SLICE_ACK_WAIT_MS + 1000,
  );
  t.diagnostic(
    `${returnedMs.length} slices came back ${Math.round(returnedMs[0] ?? 0)} to ${Math.round(returnedMs.at(-1) ?? 0)} ms after the signal`,
  );
  assert.ok(returnedMs.length >= 40, `${returnedMs.length} came back`);
  assert.ok(Math.max(...returnedMs) < 1000, `the last after ${Math.max(...returnedMs)} ms`);
  assert.equal(await system.stack.workers()[0]?.exited, "exit code 0");
  void puller;
});

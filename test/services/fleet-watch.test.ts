/** How a leader writes down how workers and queue stand: every other second, one word at a time, and only while it leads. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Bus } from "../../libs/bus/bus.ts";
import { namesFor } from "../../libs/protocol/names.ts";
import type { Heartbeat } from "../../libs/protocol/node.ts";
import { LogEntry } from "../../libs/protocol/result.ts";
import type { RunRecord } from "../../libs/protocol/run.ts";
import { createLog } from "../../libs/runtime/log.ts";
import { createFleetWatch } from "../../services/coordinator/run/fleet-watch.ts";
import type { RunLog } from "../../services/coordinator/run/log.ts";
import { manualClock } from "../support/manual-clock.ts";

/** A worker that holds slices of runs, as its heartbeat says. */
const worker = (inFlight: number, held: Heartbeat["held"]) => ({ in_flight: inFlight, held }) as Heartbeat;

function watching(store: () => Promise<void>) {
  const clock = manualClock();
  const startedMs = clock.nowMs() + 1000;
  const stored: LogEntry[] = [];
  const bus = {
    names: namesFor("lb"),
    async append(_subject: string, message: unknown, { tries }: { tries: number }) {
      assert.equal(tries, 1, "nothing waits for it");
      await store();
      stored.push(LogEntry.parse(message));
    },
  };
  const watch = createFleetWatch({
    ...{ bus: bus as unknown as Bus, node: "coordinator", clock, log: createLog("test", "test", "silent") },
    runLog: { record: () => ({ id: "run", epoch: 3 }) as RunRecord } as RunLog,
    nodes: {
      alive: () => [worker(4, { run: ["0.1", "1.1"] }), worker(9, { other: ["0.0"] }), worker(0, {})],
    },
    dispatcher: { outstandingCount: () => 7 },
    mayAct: () => true,
    runMs: () => clock.nowMs() - startedMs,
  });
  return {
    stored,
    async wait(ms: number) {
      for (let passed = 0; passed < ms; passed += 50) {
        clock.advance(50);
        watch.tick();
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
  };
}

test("of the workers those count that hold something of the run, and of the queue what nobody holds is told apart", async () => {
  const { stored, wait } = watching(async () => undefined);
  await wait(5000);
  const points = stored.map((entry) => entry.kind === "fleet" && entry.point);
  const seen = { workers: 1, in_flight: 4, queued: 5, outstanding: 7 };
  assert.deepEqual(
    points,
    [0, 2, 4].map((second) => ({ second, ...seen })),
    "from the start on, and not before",
  );
});

test("a look that is not stored is lost, and the next one is stored", async () => {
  let tries = 0;
  const { stored, wait } = watching(async () => {
    if (++tries === 1) throw new Error("no bus");
  });
  await wait(5000);
  assert.deepEqual([tries, stored.length], [3, 2]);
});

test("while one look is on its way there is no other", async () => {
  let tries = 0;
  const { wait } = watching(() => new Promise(() => tries++));
  await wait(20_000);
  assert.equal(tries, 1);
});

/** The queue's depth is all that an autoscaler needs: no workers before a run, enough of them when it begins, none after it. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { namesFor } from "../../libs/protocol/names.ts";
import type { Phase } from "../../libs/protocol/run.ts";
import { createAutoscaler, lagOf } from "../deploy/autoscaler.ts";
import { eventually } from "../support/eventually.ts";
import { startNats, startTarget } from "../support/servers.ts";
import { benchmark, type System, startSystem } from "../support/system.ts";

const SLOTS = 10;
const USERS = 24;
/** Four fifths of a worker's slots, as in the manifests. */
const LAG_THRESHOLD = 8;
/** In place of KEDA's five seconds and the autoscaler's fifteen, so that minutes are seconds. */
const POLL_MS = 100;
const TIMES = { stabilizationMs: 1000, cooldownMs: 1000 };

interface Look {
  readonly phase: Phase | undefined;
  readonly lag: number;
  readonly replicas: number;
}

/** Starts and ends worker processes as the autoscaler says, until it is closed. */
function keepScaling(system: System, monitorUrl: string, phase: () => Phase | undefined) {
  const { streams, consumers } = namesFor();
  const watched = { account: "$G", stream: streams.slices, consumer: consumers.workers("default") };
  const scaling = { lagThreshold: LAG_THRESHOLD, activationLag: 0, most: 8 };
  const autoscaler = createAutoscaler(scaling, TIMES);
  const looks: Look[] = [];
  const running: { name: string; signal(signal: "SIGTERM"): void; exited: Promise<string> }[] = [];
  const left: Promise<string>[] = [];
  let isClosed = false;
  let started = 0;

  async function scale(): Promise<void> {
    while (!isClosed) {
      const lag = await lagOf(monitorUrl, watched);
      assert.ok(lag !== undefined, "the consumer is there before any worker");
      const wanted = autoscaler.look(lag, running.length, performance.now());
      looks.push({ phase: phase(), lag, replicas: wanted });
      while (running.length < wanted)
        running.push(system.stack.start("worker", `pod-${++started}`, { LOGBURST_SLOTS: `${SLOTS}` }));
      for (const worker of running.splice(wanted)) {
        worker.signal("SIGTERM");
        left.push(worker.exited);
      }
      await pause(POLL_MS);
    }
  }
  const scaled = scale();
  return {
    looks,
    left,
    replicas: () => running.length,
    async [Symbol.asyncDispose]() {
      isClosed = true;
      await scaled;
    },
  };
}

test("the lag that KEDA reads brings workers before the run begins, keeps them while it runs, and lets them go after it", async (t) => {
  await using nats = await startNats();
  await using target = await startTarget(1000);
  const targetUrls = [target.url];
  await using system = await startSystem({ workers: 0, natsUrl: nats.url, targetUrls, servicesMayDie: true });
  let phase: Phase | undefined;
  await using fleet = keepScaling(system, nats.monitorUrl, () => phase);
  await eventually("looks at a system without work", () => fleet.looks.length >= 5);
  assert.ok(fleet.looks.every(({ lag, replicas }) => lag === 0 && replicas === 0));

  const workload = { model: "closed", total_concurrent_users: USERS, duration: 3 };
  const queries = [{ name: "errors", template: "level:=error", limit: 1 }];
  const { record, report } = await system.run(benchmark(target.url, { workload, queries }), (seen) => {
    phase = seen.phase;
  });
  const idle = { LOGBURST_SLOTS: `${SLOTS}`, LOGBURST_EXIT_WHEN_IDLE: "1" };
  const job = system.stack.start("worker", "job", idle);
  await eventually("no worker is left", () => fleet.replicas() === 0);
  for (const how of await Promise.all(fleet.left)) assert.equal(how, "exit code 0", "each left in order");

  assert.equal(await job.exited, "exit code 0", "one that was made for the work goes by itself");

  const during = (wanted: Phase) => fleet.looks.filter((look) => look.phase === wanted);
  t.diagnostic(
    fleet.looks.map((look) => `${look.phase?.slice(0, 2) ?? "-"}${look.lag}:${look.replicas}`).join(" "),
  );
  const enough = Math.ceil(USERS / LAG_THRESHOLD);
  const asked = Math.max(...during("mustering").map(({ lag }) => lag));
  assert.equal(asked, USERS, "a muster slice for each slot, held or not, is demand");
  assert.equal(record.slots_held, USERS, "all slots were there when it began");
  assert.ok(during("running").length > 10);
  assert.ok(
    during("running").every(({ replicas }) => replicas === enough),
    "nobody comes or goes while it runs",
  );
  assert.equal(report.nodes.length, enough, "all of them had work");
  assert.deepEqual(
    [report.ledger_balanced, report.nodes.some(({ state }) => state === "lost")],
    [true, false],
  );
  assert.equal(fleet.looks.at(-1)?.lag, 0);
});

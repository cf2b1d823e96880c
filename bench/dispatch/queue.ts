/** The leader's end of the queue of slices, on a real nats-server: published with acknowledgements, pulled, settled. */

import type { Bus } from "../../libs/bus/bus.ts";
import { connectBus } from "../../libs/bus/connect.ts";
import { resultId } from "../../libs/protocol/ids.ts";
import { type Result, readLogEntry } from "../../libs/protocol/result.ts";
import { RunRecord } from "../../libs/protocol/run.ts";
import { systemClock } from "../../libs/runtime/clock.ts";
import type { CoordinatorMetrics } from "../../services/coordinator/metrics.ts";
import { createDispatcher } from "../../services/coordinator/run/dispatch/dispatcher.ts";
import { createSliceQueue } from "../../services/coordinator/run/dispatch/slice-queue.ts";
import type { RunLog } from "../../services/coordinator/run/log.ts";
import { eventually } from "../../test/support/eventually.ts";
import { startNats } from "../../test/support/servers.ts";
import { firstSlices, longestTurnMs, planFor, publishInTurns } from "../plan/measure.ts";

/** Slices a second of each step, and the longest turn of the event loop while slices were published. */
export interface QueueSpeed {
  readonly published: number;
  readonly stallMs: number;
  readonly pulled: number;
  readonly settled: number;
}

const POOL = "default";
/** Slots of all workers together, and results that are on their way at once. */
const SLOTS = 2048;
const UNDER_WAY = 64;
const TRIES = 20;
const LIMIT_MS = 60_000;

/** One round on a server of its own, with so many slices. */
export async function measureQueue(slices: number): Promise<QueueSpeed> {
  await using nats = await startNats();
  const options = { url: nats.url, prefix: "lb", waitForServer: false } as const;
  await using leader = await connectBus({ ...options, name: "leader" });
  await using worker = await connectBus({ ...options, name: "worker" });
  await leader.provision(1);
  await leader.ensurePool(POOL);
  const { publishedMs, stallMs, subjects } = await publish(leader, slices);
  const perSecond = (tookMs: number) => (slices / tookMs) * 1000;
  return {
    published: perSecond(publishedMs),
    stallMs,
    pulled: perSecond(await pull(worker, slices)),
    settled: perSecond(await settle(worker, leader, subjects)),
  };
}

const RUN = "bench";

async function publish(bus: Bus, slices: number) {
  const plan = planFor(slices);
  const dispatcher = createDispatcher(plan);
  const record = RunRecord.parse({
    ...{ v: 1, id: RUN, name: RUN, model: "open", phase: "running", epoch: 1, revision: 1, seed: 1 },
    ...{ schedule_hash: "", created_ms: 0, slots_needed: slices, t0_ms: 1 },
  });
  let stored = 0;
  const metrics = { published: () => ++stored } as unknown as CoordinatorMetrics;
  const complain = (error: unknown) => process.stderr.write(`${String(error)}\n`);
  const log = { record: () => record, complain } as unknown as RunLog;
  const queue = createSliceQueue(
    { bus, clock: systemClock, metrics, holds: () => true },
    POOL,
    log,
    dispatcher,
  );
  const sinceMs = systemClock.nowMs();
  publishInTurns(queue, firstSlices(dispatcher, plan));
  const stallMs = await longestTurnMs(() => stored === slices);
  return { publishedMs: systemClock.nowMs() - sinceMs, stallMs, subjects: plan.lanes };
}

/** @returns how long it takes until all slices are pulled and acknowledged */
async function pull(bus: Bus, slices: number): Promise<number> {
  let taken = 0;
  let acknowledged = 0;
  let changed: () => void = () => undefined;
  const sinceMs = systemClock.nowMs();
  const capacity = {
    free: () => SLOTS - (taken - acknowledged),
    changed: () =>
      new Promise<void>((resolve) => {
        changed = resolve;
      }),
  };
  const puller = bus.pullSlices(
    POOL,
    capacity,
    (delivery) => {
      taken++;
      void delivery.ack().then(() => {
        acknowledged++;
        changed();
      });
    },
    (error) => process.stderr.write(`${String(error)}\n`),
  );
  await eventually("all slices to be pulled", () => acknowledged === slices, LIMIT_MS);
  const tookMs = systemClock.nowMs() - sinceMs;
  await puller.stop();
  return tookMs;
}

/** @returns how long it takes until a verdict on each slice is stored and heard by who follows the log */
async function settle(worker: Bus, leader: Bus, lanes: number): Promise<number> {
  let heard = 0;
  const { streams, subjects } = leader.names;
  await leader.follow(streams.results, subjects.resultsOfRun(RUN), "beginning", (data, subject) => {
    if (readLogEntry(leader.names, data, subject).kind === "verdict") heard++;
  });
  const sinceMs = systemClock.nowMs();
  let next = 0;
  async function work(): Promise<void> {
    while (next < lanes) {
      const lane = next++;
      const word = { attempt: 0, epoch: 1, node: "bench", state: "lost", reason: "no_result" } as const;
      const result: Result = { v: 1, kind: "verdict", run: RUN, lane, window: 0, ...word };
      await worker.append(subjects.result(RUN, lane), result, {
        id: resultId(RUN, lane, 0, 0),
        tries: TRIES,
      });
    }
  }
  await Promise.all(Array.from({ length: UNDER_WAY }, work));
  await eventually("all results to be heard", () => heard === lanes, LIMIT_MS);
  return systemClock.nowMs() - sinceMs;
}

/** What the process of a real aggregator uses while a fleet's results come in over a real nats-server. */

import { fileURLToPath } from "node:url";
import type { Bus } from "../../libs/bus/bus.ts";
import { connectBus } from "../../libs/bus/connect.ts";
import { parseMessage } from "../../libs/protocol/door.ts";
import { resultId } from "../../libs/protocol/ids.ts";
import { Live } from "../../libs/protocol/live.ts";
import { runKey, specKey } from "../../libs/protocol/run.ts";
import { sleep, systemClock } from "../../libs/runtime/clock.ts";
import { startProgram } from "../../services/cli/local/child.ts";
import { eventually } from "../../test/support/eventually.ts";
import { temporaryFolder } from "../../test/support/folders.ts";
import { startNats } from "../../test/support/servers.ts";
import { type ProcessUse, useOf } from "../support/processes.ts";
import { eventsOf, type FleetRun, resultOf } from "./messages.ts";

export interface LiveUse {
  readonly idleRssMb: number;
  /** CPU milliseconds for each result, and results a second, for each stretch of time. */
  readonly cpuMs: readonly number[];
  readonly perSecond: readonly number[];
  /** The most that was occupied in each stretch. */
  readonly rssMb: readonly number[];
}

export interface LiveOptions {
  readonly runs: readonly FleetRun[];
  readonly stretches: number;
  readonly stretchS: number;
}

const PROGRAM = fileURLToPath(new URL("../../bin/logburst.js", import.meta.url));
/** Results of a second go out in so many parts, as those of staggered lanes do. */
const PARTS = 20;
const TRIES = 20;
/** On a machine that is busy with other things the aggregator may lie behind at the end. */
const LIMIT_MS = 120_000;

/** Accepts the runs and feeds a result of each lane of each run every second. */
export async function measureLive({ runs, stretches, stretchS }: LiveOptions): Promise<LiveUse> {
  await using nats = await startNats();
  await using bus = await connectBus({ url: nats.url, prefix: "lb", name: "bench", waitForServer: false });
  await bus.provision(1);
  using folder = temporaryFolder();
  const environment = { NATS_URL: nats.url, LOGBURST_HTTP_PORT: "0", LOGBURST_RESULTS_DIR: folder.path };
  await using child = startProgram("aggregator", PROGRAM, ["aggregator"], environment, `${folder.path}/log`);
  let isReady = false;
  child.messages(() => {
    isReady = true;
  });
  await eventually("the aggregator", () => isReady);
  const use = (): ProcessUse => {
    const now = useOf(child.pid);
    if (!now) throw new Error("the aggregator is gone");
    return now;
  };
  const idleRssMb = use().rssMb;
  const settled = watchSettled(bus);
  for (const run of runs) await accept(bus, run);
  let isOver = false;
  const feeding = feed(bus, runs, () => isOver);
  const cpuMs: number[] = [];
  const perSecond: number[] = [];
  const rssMb: number[] = [];
  for (let stretch = 0; stretch < stretches; stretch++) {
    const before = { ...use(), settled: settled(), atMs: systemClock.nowMs() };
    let most = 0;
    for (let second = 0; second < stretchS; second++) {
      await sleep(systemClock, 1000);
      most = Math.max(most, use().rssMb);
    }
    const results = settled() - before.settled;
    cpuMs.push(((use().cpuS - before.cpuS) * 1000) / results);
    perSecond.push((results * 1000) / (systemClock.nowMs() - before.atMs));
    rssMb.push(most);
  }
  isOver = true;
  const published = await feeding;
  await eventually("all results to be settled", () => settled() === published, LIMIT_MS);
  return { idleRssMb, cpuMs, perSecond, rssMb };
}

/** How many slices the aggregator says that it has settled, over all runs. */
function watchSettled(bus: Bus): () => number {
  const byRun = new Map<string, number>();
  bus.subscribe(bus.names.subjects.allLive, (data) => {
    const live = parseMessage(Live, data);
    if (live.ok) byRun.set(live.value.run, live.value.slices_settled);
  });
  return () => [...byRun.values()].reduce((sum, count) => sum + count, 0);
}

async function accept(bus: Bus, run: FleetRun): Promise<void> {
  const bucket = await bus.runsBucket();
  await bucket.put(specKey(run.id, run.record.revision), run.document);
  await bucket.put(runKey(run.id), run.record);
  for (const event of eventsOf(run, systemClock.nowMs())) {
    const options = { id: `${run.id}.${event.type}`, tries: TRIES };
    await bus.append(bus.names.subjects.event(run.id, event.type), event, options);
  }
}

/** @returns how many results were stored */
async function feed(bus: Bus, runs: readonly FleetRun[], isOver: () => boolean): Promise<number> {
  const lanes = runs.flatMap((run) => Array.from({ length: run.plan.lanes }, (_, lane) => ({ run, lane })));
  const perPart = Math.ceil(lanes.length / PARTS);
  const sinceMs = systemClock.nowMs();
  let stored = 0;
  for (let part = 0; !isOver(); part++) {
    const window = Math.floor(part / PARTS);
    const from = (part % PARTS) * perPart;
    const appends = lanes.slice(from, from + perPart).map(({ run, lane }) => {
      const options = { id: resultId(run.id, lane, window, 1), tries: TRIES };
      return bus.append(bus.names.subjects.result(run.id, lane), resultOf(run, lane, window), options);
    });
    stored += (await Promise.all(appends)).length;
    await sleep(systemClock, sinceMs + ((part + 1) * 1000) / PARTS - systemClock.nowMs());
  }
  return stored;
}

/** One long run on real processes with kills on the way: what came out, and what it cost. */

import type { Report } from "../../libs/protocol/report.ts";
import type { RunRecord } from "../../libs/protocol/run.ts";
import { sleep, systemClock } from "../../libs/runtime/clock.ts";
import type { Stack } from "../../services/cli/local/stack.ts";
import { benchmark, startSystem } from "../../test/support/system.ts";
import { childrenOf } from "../support/processes.ts";
import { startCheapTarget } from "../support/target.ts";
import { KILLS, type Kill, startStandby } from "./kills.ts";
import { type ProcessWatch, type Watched, watchProcesses } from "./watch.ts";

export interface TrialOptions {
  readonly queries: number;
  readonly rate: number;
  readonly workers: number;
  readonly seed: number;
}

export interface TrialOutcome {
  readonly record: RunRecord;
  readonly report: Report;
  /** What the target counted. */
  readonly targetQueries: number;
  readonly kills: readonly { readonly what: string; readonly who: string; readonly atS: number }[];
  readonly processes: readonly Watched[];
}

/** Queries per second of one lane: fewer and larger slices than the plan would choose, as befits two cores. */
const LANE_RATE = 100;
/** Slices of a lane that can be out at once: published ahead, being run, being reported. */
const SLICES_OUT_PER_LANE = 8;
/** The run is watched this often for the time of the next kill. */
const POLL_MS = 100;

/** @param say told of what happens on the way */
export async function runTrial(options: TrialOptions, say: (text: string) => void): Promise<TrialOutcome> {
  const { rate, workers, seed } = options;
  const lanes = Math.ceil(rate / LANE_RATE);
  const slots = Math.ceil((lanes * SLICES_OUT_PER_LANE) / Math.max(1, workers - 1));
  await using target = await startCheapTarget();
  await using system = await startSystem({
    workers,
    workerEnvironment: { LOGBURST_SLOTS: String(slots) },
    servicesMayDie: true,
  });
  const { stack } = system;
  startStandby(stack);
  const watch = watchProcesses(systemClock);
  watch.add("target", target.pid);
  for (const child of stack.children) {
    // A server that is not ours stands behind a guard, which uses nothing itself.
    const [pid = child.pid] = child.name === "nats-server" ? childrenOf(child.pid) : [];
    watch.add(child.name, pid);
  }
  const durationS = options.queries / rate;
  const config = benchmark(target.url, {
    seed,
    workload: { model: "open", target_qps: rate, duration: durationS, lanes },
    queries: [
      { name: "errors", template: "level:error", weight: 3 },
      { name: "words", template: "refused OR timeout", weight: 1 },
    ],
  });
  let record: RunRecord | undefined;
  const kills: { what: string; who: string; atS: number }[] = [];
  const killing = carryOutKills(stack, watch, durationS, () => record?.t0_ms, say, kills);
  const done = await system.run(config, (seen) => {
    record = seen;
  });
  await killing;
  watch.close();
  return { ...done, targetQueries: await target.count(), kills, processes: watch.all() };
}

async function carryOutKills(
  stack: Stack,
  watch: ProcessWatch,
  durationS: number,
  t0Ms: () => number | undefined,
  say: (text: string) => void,
  kills: { what: string; who: string; atS: number }[],
): Promise<void> {
  for (const kill of KILLS) {
    await untilRunTime(kill.at * durationS * 1000, t0Ms);
    const atS = kill.at * durationS;
    const who = await carryOut(kill, stack, watch);
    kills.push({ what: kill.what, who, atS });
    say(`${atS.toFixed(0)} s: ${kill.what} was killed (${who})`);
  }
}

function carryOut(kill: Kill, stack: Stack, watch: ProcessWatch): Promise<string> {
  return kill.carryOut(stack, (child) => watch.add(child.name, child.pid));
}

/** Waits for a time of the run. Its clock is the leader's, which on one machine is this process's but for a moment. */
async function untilRunTime(runMs: number, t0Ms: () => number | undefined): Promise<void> {
  for (;;) {
    const startMs = t0Ms();
    if (startMs !== undefined && systemClock.nowMs() >= startMs + runMs) return;
    await sleep(systemClock, POLL_MS);
  }
}

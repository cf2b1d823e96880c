/** What this process may use and does use: CPU and memory within its control group, and how late its event loop runs. */

import { readFileSync } from "node:fs";
import { availableParallelism, totalmem } from "node:os";
import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Clock } from "./clock.ts";

const MIB = 2 ** 20;

export interface Resources {
  readonly cpuCores: number;
  readonly memoryMb: number;
}

/** Cores and memory that this process may use: the machine's, or less where a control group (version 2) says so. */
export function availableResources(): Resources {
  const [quota, period] = readControl("cpu.max").split(" ").map(Number);
  const memoryMax = Number(readControl("memory.max"));
  const cores = availableParallelism();
  const cpuCores = quota && period ? Math.min(cores, quota / period) : cores;
  const memoryBytes = memoryMax > 0 ? Math.min(totalmem(), memoryMax) : totalmem();
  return { cpuCores, memoryMb: Math.floor(memoryBytes / MIB) };
}

/** A file of this process's control group; empty where there is none, and "max" reads as not a number. */
function readControl(name: string): string {
  try {
    return readFileSync(`/sys/fs/cgroup/${name}`, "utf8").trim();
  } catch {
    return "";
  }
}

export interface Usage {
  /** Cores in use, on average since the sample before. */
  readonly cpuCores: number;
  readonly rssMb: number;
  /** 99th percentile of how late the event loop ran since the sample before, in milliseconds. */
  readonly loopDelayP99Ms: number;
}

export interface UsageMeter {
  /** Each call covers the time since the last. */
  sample(): Usage;
  close(): void;
}

/** The resolution of the event loop's measure; what it reports includes it. */
const LOOP_RESOLUTION_MS = 10;

/** Measures this process. */
export function createUsageMeter(clock: Clock): UsageMeter {
  const delay = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
  delay.enable();
  let cpu = process.cpuUsage();
  let sinceMs = clock.nowMs();
  return {
    sample(): Usage {
      const nowMs = clock.nowMs();
      const used = process.cpuUsage(cpu);
      const elapsedMs = Math.max(1, nowMs - sinceMs);
      const p99Ms = delay.count > 0 ? delay.percentile(99) / 1e6 - LOOP_RESOLUTION_MS : 0;
      cpu = process.cpuUsage();
      sinceMs = nowMs;
      delay.reset();
      return {
        cpuCores: (used.user + used.system) / 1000 / elapsedMs,
        rssMb: process.memoryUsage.rss() / MIB,
        loopDelayP99Ms: Math.max(0, p99Ms),
      };
    },
    close: () => delay.disable(),
  };
}

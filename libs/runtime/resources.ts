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

/** Reads a file of the system; empty where there is none. */
type ReadFile = (path: string) => string;

/**
 * Cores and memory that this process may use: the machine's, or less where its control group or one around it says so
 * (version 2, or version 1 where that is what the machine has).
 */
export function availableResources(read: ReadFile = readSystemFile): Resources {
  const groups = controlGroups(read);
  const cores = [availableParallelism(), ...groups.map((folder) => coresOf(folder, read))];
  const bytes = [totalmem(), ...groups.map((folder) => memoryOf(folder, read))];
  return { cpuCores: Math.min(...cores), memoryMb: Math.floor(Math.min(...bytes) / MIB) };
}

const CONTROL_ROOT = "/sys/fs/cgroup";

/** Folders of this process's control groups and of those around them. A line reads `id:controllers:path`; version 2 names no controllers. */
function controlGroups(read: ReadFile): string[] {
  const folders = new Set<string>([CONTROL_ROOT]);
  for (const line of read("/proc/self/cgroup").split("\n")) {
    const [, controllers, path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    if (controllers === undefined || path === undefined) continue;
    const root = controllers === "" ? CONTROL_ROOT : `${CONTROL_ROOT}/${controllers}`;
    const names = path.split("/").filter(Boolean);
    for (let depth = 0; depth <= names.length; depth++)
      folders.add([root, ...names.slice(0, depth)].join("/"));
  }
  return [...folders];
}

/** Cores that a control group grants; infinite where it sets no limit. */
function coresOf(folder: string, read: ReadFile): number {
  const [max, every] = read(`${folder}/cpu.max`).split(" ");
  const quota = Number(max || read(`${folder}/cpu.cfs_quota_us`));
  const period = Number(every || read(`${folder}/cpu.cfs_period_us`));
  return quota > 0 && period > 0 ? quota / period : Number.POSITIVE_INFINITY;
}

/** Bytes that a control group grants; infinite where it sets no limit, which reads as "max" or as a huge number. */
function memoryOf(folder: string, read: ReadFile): number {
  const limit = Number(read(`${folder}/memory.max`) || read(`${folder}/memory.limit_in_bytes`));
  return limit > 0 ? limit : Number.POSITIVE_INFINITY;
}

function readSystemFile(path: string): string {
  try {
    return readFileSync(path, "utf8").trim();
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

/** Watches the processes of a run: their CPU time, and the course of their memory. */

import type { Clock } from "../../libs/runtime/clock.ts";
import { useOf } from "../support/processes.ts";
import { lineThrough, type Point } from "../support/regression.ts";

/** A process that is watched, also when it is gone. */
export interface Watched {
  readonly name: string;
  readonly pid: number;
  /** CPU seconds since it was first seen. */
  cpuS: number;
  /** Memory in MB by time in milliseconds since the watch began. */
  readonly rss: Point[];
}

export interface ProcessWatch {
  /** Watches a process from now on. */
  add(name: string, pid: number): void;
  all(): readonly Watched[];
  close(): void;
}

const SAMPLE_MS = 1000;

export function watchProcesses(clock: Clock): ProcessWatch {
  const watched: Watched[] = [];
  const firstCpuS = new Map<Watched, number>();
  const sinceMs = clock.nowMs();

  function sample(process: Watched): void {
    const use = useOf(process.pid);
    if (!use) return;
    const first = firstCpuS.get(process) ?? use.cpuS;
    firstCpuS.set(process, first);
    process.cpuS = use.cpuS - first;
    process.rss.push({ x: clock.nowMs() - sinceMs, y: use.rssMb });
  }

  const cancel = clock.every(SAMPLE_MS, () => watched.forEach(sample));
  return {
    add(name, pid) {
      const process: Watched = { name, pid, cpuS: 0, rss: [] };
      watched.push(process);
      sample(process);
    },
    all: () => watched,
    close: cancel,
  };
}

/** A process settles in first: what it takes up in this time is no growth. */
const SETTLING_MS = 30_000;
const MINUTE_MS = 60_000;
const FEWEST_POINTS = 10;

/** How memory changes in MB a minute once the process has settled in; undefined when it was not there for long enough. */
export function growthOf({ rss }: Watched): { slope: number; margin: number } | undefined {
  const settledMs = (rss[0]?.x ?? 0) + SETTLING_MS;
  const points = rss.filter(({ x }) => x >= settledMs);
  if (points.length < FEWEST_POINTS) return undefined;
  const { slope, margin } = lineThrough(points);
  return { slope: slope * MINUTE_MS, margin: margin * MINUTE_MS };
}

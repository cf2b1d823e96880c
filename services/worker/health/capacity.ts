/**
 * How many slots a worker has from one second to the next: fewer while it does clearly worse than its fleet, all again when
 * it does not. What slows everybody, such as a slow target or a busy machine, is no reason to take less.
 */

import type { Control } from "../../../libs/protocol/run.ts";

export type Fleet = Control["fleet"];

/** How the worker did in the last second. */
export interface CapacitySample {
  /** 99th percentiles of the event loop's delay and of intended → sent. */
  readonly loopDelayMs: number;
  readonly lagMs: number;
  /** Shares of the CPU and the memory that the process may use. */
  readonly cpuShare: number;
  readonly memoryShare: number;
  /** Undefined while nothing is known of it. */
  readonly fleet: Fleet | undefined;
}

/** Half of the lateness that makes a run inconclusive; less can be the noise of a busy machine. */
const NOISE_MS = 50;
/** Clearly worse than the median of the fleet. */
const WORSE_TIMES = 3;
/** A worker that uses all the CPU that it may use has a cause for being late, so less of a difference is enough. */
const STRAINED_WORSE_TIMES = 1.5;
const STRAINED_CPU_SHARE = 0.9;
/** Beyond this share of its memory a process is about to be killed, whatever the others do. */
const MOST_MEMORY_SHARE = 0.9;
const SHED_FACTOR = 0.8;
const RECOVERY_SHARE = 0.1;

/** Whether others should do some of this worker's work. Alone it sheds nothing: nobody would take it. */
function isWorseThanFleet({ loopDelayMs, lagMs, cpuShare, memoryShare, fleet }: CapacitySample): boolean {
  if (!fleet || fleet.workers < 2) return false;
  if (memoryShare > MOST_MEMORY_SHARE) return true;
  const times = cpuShare > STRAINED_CPU_SHARE ? STRAINED_WORSE_TIMES : WORSE_TIMES;
  const isWorse = (own: number, median: number) => own > Math.max(NOISE_MS, times * median);
  return isWorse(loopDelayMs, fleet.loop_delay_p99_ms) || isWorse(lagMs, fleet.lag_p99_ms);
}

/**
 * The slots for the next second. A fifth is shed of those in use, so that something changes at once also on a worker with
 * many slots to spare; a tenth of all comes back with every good second.
 */
export function nextSlots(
  { full, total, busy }: { full: number; total: number; busy: number },
  sample: CapacitySample,
): number {
  if (!isWorseThanFleet(sample)) return Math.min(full, total + Math.ceil(full * RECOVERY_SHARE));
  const inUse = busy > 0 ? Math.min(total, busy) : total;
  return Math.max(1, Math.floor(inUse * SHED_FACTOR));
}

/** What becomes of a schedule's starts that are due: the last one is made if it is not too late, the others were missed. Pure. */

import type { CronTimes } from "./cron.ts";

export interface DueFires {
  /** Times that nobody saw to in time. */
  readonly missed: readonly number[];
  readonly start: number | undefined;
}

/** Starts that are looked at at once; the rest follow at the next look. */
const MAX_FIRES = 100;

/**
 * @param decidedMs up to when it is decided what becomes of each start
 * @param graceMs so late a start is still made
 */
export function dueFires({ next }: CronTimes, decidedMs: number, nowMs: number, graceMs: number): DueFires {
  const due: number[] = [];
  let fireMs = next(decidedMs);
  while (fireMs !== undefined && fireMs <= nowMs && due.length < MAX_FIRES) {
    due.push(fireMs);
    fireMs = next(fireMs);
  }
  const last = due.at(-1);
  const isLast = fireMs === undefined || fireMs > nowMs;
  const isMade = last !== undefined && isLast && nowMs - last <= graceMs;
  return { missed: isMade ? due.slice(0, -1) : due, start: isMade ? last : undefined };
}

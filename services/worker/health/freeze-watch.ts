/**
 * Notices that this process was not run for a while: stopped by a signal, by its container, by its machine. What it holds
 * may have been given to others meanwhile, so whatever wakes it first must ask here before it sends anything.
 */

import type { Clock } from "../../../libs/runtime/clock.ts";

export interface FreezeWatch {
  /**
   * To be called by whatever may wake the process.
   * @param nowMs the time, for who has just asked for it
   * @returns whether the process was frozen until just now
   */
  check(nowMs?: number): boolean;
  close(): void;
}

/** Without anything to do the watch looks at the clock so often; a freeze seems longer by no more than this. */
const LOOK_INTERVAL_MS = 250;

/** @param onFrozen called once for each time that the process was not run for longer than `limitMs`, before anything else */
export function watchFreezes(clock: Clock, limitMs: number, onFrozen: () => void): FreezeWatch {
  let awakeMs = clock.nowMs();

  function check(nowMs = clock.nowMs()): boolean {
    const isFrozen = nowMs - awakeMs > limitMs;
    awakeMs = nowMs;
    if (isFrozen) onFrozen();
    return isFrozen;
  }

  return { check, close: clock.every(LOOK_INTERVAL_MS, () => check()) };
}

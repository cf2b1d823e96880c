/** One timer for all that is due in this worker: it wakes for the next due time, never early, and drains all that is due. */

import type { Clock } from "../../libs/runtime/clock.ts";

/** Something with due times. All times are on the reference clock. */
export interface DueSource {
  /** When it next wants to be called; Infinity for never. */
  nextDueMs(): number;
  /** Does what is due by now. */
  fire(nowMs: number): void;
}

export interface Pacer {
  add(source: DueSource): void;
  remove(source: DueSource): void;
  /** Does what is due now: to be called also when something else has woken the process. */
  drain(): void;
}

/** Timers take whole milliseconds; a due time that is nearer is waited for with the shortest. */
const SHORTEST_WAIT_MS = 1;
/** A wait is cut here, so that a source whose due time moves closer is not slept past. */
const LONGEST_WAIT_MS = 50;

/**
 * @param onGap called before anything else when this process was not run for longer than `gapLimitMs`: it was frozen, and
 *   what it holds may belong to others by now
 */
export function createPacer(
  clock: Clock,
  referenceNow: () => number,
  gapLimitMs: number,
  onGap: () => void,
): Pacer {
  const sources = new Set<DueSource>();
  let cancel: (() => void) | undefined;
  let wakesAtMs = Number.POSITIVE_INFINITY;

  function drain(): void {
    const nowMs = referenceNow();
    if (nowMs - wakesAtMs > gapLimitMs) onGap();
    for (const source of sources) {
      if (source.nextDueMs() <= nowMs) source.fire(nowMs);
    }
  }

  function arm(): void {
    if (cancel || sources.size === 0) return;
    let dueMs = Number.POSITIVE_INFINITY;
    for (const source of sources) dueMs = Math.min(dueMs, source.nextDueMs());
    const nowMs = referenceNow();
    const waitMs = Math.min(Math.max(dueMs - nowMs, SHORTEST_WAIT_MS), LONGEST_WAIT_MS);
    wakesAtMs = nowMs + waitMs;
    cancel = clock.after(waitMs, () => {
      cancel = undefined;
      drain();
      wakesAtMs = Number.POSITIVE_INFINITY;
      arm();
    });
  }

  return {
    add(source) {
      sources.add(source);
      cancel?.();
      cancel = undefined;
      arm();
    },
    remove: (source) => sources.delete(source),
    drain,
  };
}

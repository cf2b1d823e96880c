/** One timer for all that is due in this worker: it wakes for the next due time, never early, and drains all that is due. */

import type { Clock } from "../../../libs/runtime/clock.ts";

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

/** @param onWake called before anything that is due is done */
export function createPacer(clock: Clock, referenceNow: () => number, onWake: () => void): Pacer {
  const sources = new Set<DueSource>();
  let cancel: (() => void) | undefined;

  function drain(): void {
    onWake();
    const nowMs = referenceNow();
    for (const source of sources) {
      if (source.nextDueMs() <= nowMs) source.fire(nowMs);
    }
  }

  function arm(): void {
    if (cancel || sources.size === 0) return;
    let dueMs = Number.POSITIVE_INFINITY;
    for (const source of sources) dueMs = Math.min(dueMs, source.nextDueMs());
    const waitMs = Math.min(Math.max(dueMs - referenceNow(), SHORTEST_WAIT_MS), LONGEST_WAIT_MS);
    cancel = clock.after(waitMs, () => {
      cancel = undefined;
      drain();
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

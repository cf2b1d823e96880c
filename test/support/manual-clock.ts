/** A clock that stands still until a test moves it; timers fire in order on the way. */

import type { Clock } from "../../libs/runtime/clock.ts";

export interface ManualClock extends Clock {
  advance(byMs: number): void;
  /** Lets time pass without firing anything, as for a process that is not run. */
  freeze(forMs: number): void;
}

interface Timer {
  dueMs: number;
  readonly everyMs: number | undefined;
  readonly call: () => void;
}

export function manualClock(startMs = 1_000_000): ManualClock {
  const timers = new Set<Timer>();
  let nowMs = startMs;

  function add(dueMs: number, everyMs: number | undefined, call: () => void): () => void {
    const timer = { dueMs, everyMs, call };
    timers.add(timer);
    return () => timers.delete(timer);
  }

  function fireNext(untilMs: number): boolean {
    const [next] = [...timers].sort((a, b) => a.dueMs - b.dueMs);
    if (!next || next.dueMs > untilMs) return false;
    nowMs = Math.max(nowMs, next.dueMs);
    if (next.everyMs === undefined) timers.delete(next);
    // As in Node, an interval that was held up fires once and goes on from there.
    else next.dueMs = nowMs + next.everyMs;
    next.call();
    return true;
  }

  return {
    nowMs: () => nowMs,
    after: (delayMs, call) => add(nowMs + delayMs, undefined, call),
    every: (intervalMs, call) => add(nowMs + intervalMs, intervalMs, call),
    advance(byMs) {
      const untilMs = nowMs + byMs;
      while (fireNext(untilMs));
      nowMs = untilMs;
    },
    freeze(forMs) {
      nowMs += forMs;
    },
  };
}

/** The only place that asks the system for the time. Everything else is given a clock. */

import { performance } from "node:perf_hooks";

export interface Clock {
  /** Epoch milliseconds with a fraction; never steps, because it runs on the monotonic clock from the process's start. */
  nowMs(): number;
  /** Calls back once, not before the delay is over. The returned function calls it off. */
  after(delayMs: number, call: () => void): () => void;
  /** Calls back again and again until the returned function is called. */
  every(intervalMs: number, call: () => void): () => void;
}

const STARTED_MS = performance.timeOrigin;

export const systemClock: Clock = {
  nowMs: () => STARTED_MS + performance.now(),
  after(delayMs, call) {
    const timer = setTimeout(call, delayMs);
    return () => clearTimeout(timer);
  },
  every(intervalMs, call) {
    const timer = setInterval(call, intervalMs);
    return () => clearInterval(timer);
  },
};

/** Waits. */
export function sleep(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(delayMs, resolve);
  });
}

/** The time as people write it: RFC 3339 in UTC, to the millisecond. */
export function isoTime(epochMs: number): string {
  return new Date(epochMs).toISOString();
}

/** How much of a process's time goes to which of its parts. */

import type { Clock } from "../../libs/runtime/clock.ts";

export interface Stopwatch<Part extends string> {
  /** Counts the time of a call for a part. */
  in<T>(part: Part, call: () => T): T;
  spentMs(part: Part): number;
}

export function createStopwatch<Part extends string>(clock: Clock, parts: readonly Part[]): Stopwatch<Part> {
  const spent = new Map<Part, number>(parts.map((part) => [part, 0]));
  return {
    in(part, call) {
      const sinceMs = clock.nowMs();
      const value = call();
      spent.set(part, (spent.get(part) ?? 0) + clock.nowMs() - sinceMs);
      return value;
    },
    spentMs: (part) => spent.get(part) ?? 0,
  };
}

/** Tells the steps of a longer undertaking: what each does, and how long it took. */

import type { Clock } from "../../libs/runtime/clock.ts";

export type Step = <T>(what: string, work: () => Promise<T>, tell?: (result: T) => string) => Promise<T>;

/** @param write where the lines go */
export function createSteps(clock: Clock, write: (text: string) => void): Step {
  return async (what, work, tell) => {
    write(`${what} …\n`);
    const startedMs = clock.nowMs();
    const result = await work();
    const seconds = ((clock.nowMs() - startedMs) / 1000).toFixed(1);
    write(`${what}: ${tell ? `${tell(result)}, ` : ""}${seconds} s\n`);
    return result;
  };
}

/** Waits for something, but not for ever. */

import type { Clock } from "../../../libs/runtime/clock.ts";

/** What `work` comes to, or a rejection with the error of `late` when it takes longer. */
export function deadline<T>(clock: Clock, limitMs: number, work: Promise<T>, late: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(limitMs, () => reject(late()));
    work.then(resolve, reject).finally(cancel);
  });
}

/** The time, for all of the panel: nothing else in it asks the browser. */

import { signal } from "@preact/signals";

const TICK_MS = 1000;

export function nowMs(): number {
  return Date.now();
}

/** The time as it is shown: renewed each second, so that ages and countdowns go on where nothing comes in. */
export const shownNowMs = signal(nowMs());

setInterval(() => {
  shownNowMs.value = nowMs();
}, TICK_MS);

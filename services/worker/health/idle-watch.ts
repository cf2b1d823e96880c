/** Notices that a worker has nothing to do any more: one that was started for the work that there was may go then. */

import type { Clock } from "../../../libs/runtime/clock.ts";

const LOOK_INTERVAL_MS = 250;

/**
 * Calls back once, when nothing was seen to do for so long.
 * @returns ends the watch
 */
export function watchIdle(
  clock: Clock,
  limitMs: number,
  isBusy: () => boolean,
  onIdle: () => void,
): () => void {
  let lastBusyMs = clock.nowMs();
  const cancel = clock.every(LOOK_INTERVAL_MS, () => {
    if (isBusy()) lastBusyMs = clock.nowMs();
    if (clock.nowMs() - lastBusyMs < limitMs) return;
    cancel();
    onIdle();
  });
  return cancel;
}

/** Cuts a live run into windows of ten seconds; each is closed when all its slices are settled, or when it is long past. */

import { WINDOW_DELAY_MS } from "../../../libs/fold/rolling.ts";
import type { RunFold } from "../../../libs/fold/run-fold.ts";
import type { RollingWindow } from "../../../libs/protocol/live.ts";

const WINDOW_S = 10;
/** What is not settled by now may never be; the window says how much of it is there. */
const LONG_PAST_MS = 30_000;
/** Windows that are closed at once, at most: those of a run that just ended, or whose results came in a heap. */
const MAX_AT_ONCE = 10;

export interface Windows {
  /** The windows that are closed by now. @param isOver nothing more will be settled */
  due(fold: Pick<RunFold, "rollingWindows">, runMs: number, isOver: boolean): RollingWindow[];
}

/** @param fromMs the time of the run from which on it is cut: windows before it are nobody's any more */
export function createWindows(fromMs: number): Windows {
  let toS = (Math.floor(fromMs / 1000 / WINDOW_S) + 1) * WINDOW_S;

  function next(fold: Pick<RunFold, "rollingWindows">, runMs: number, isOver: boolean) {
    const toMs = toS * 1000;
    const hasBegun = runMs > toMs - WINDOW_S * 1000;
    if (isOver ? !hasBegun : runMs < toMs + WINDOW_DELAY_MS) return undefined;
    const window = fold.rollingWindows(toMs + WINDOW_DELAY_MS).find(({ length_s }) => length_s === WINDOW_S);
    return window?.complete || isOver || runMs > toMs + LONG_PAST_MS ? window : undefined;
  }

  return {
    due(fold, runMs, isOver) {
      const closed: RollingWindow[] = [];
      while (closed.length < MAX_AT_ONCE) {
        const window = next(fold, runMs, isOver);
        if (!window) break;
        closed.push(window);
        toS += WINDOW_S;
      }
      return closed;
    },
  };
}

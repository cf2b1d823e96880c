/** What a result processor is: it is told slices, windows and ends of runs, and makes of them what it likes. */

import type { RunEnded, SlicesSettled, WindowClosed } from "../protocol/processing.ts";

/** What each hook is told. */
export interface Told {
  readonly slices: SlicesSettled;
  readonly window: WindowClosed;
  readonly end: RunEnded;
}

/**
 * Every hook may be left out. One is called at a time, in order; what it throws is kept in the run's log, and it must end soon
 * after the signal is aborted, because the next call does not wait for it. The end of a run may be told more than once, under
 * the same id.
 */
export type Processor = {
  readonly [hook in keyof Told]?: (told: Told[hook], signal: AbortSignal) => void | Promise<void>;
} & {
  close?(): void | Promise<void>;
};

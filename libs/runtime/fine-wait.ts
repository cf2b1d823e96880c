/** Waits that are finer than timers, which take whole milliseconds. */

export interface FineWait {
  /** Calls back in the next turn of the event loop, after whatever has come from outside until then. */
  nextTurn(call: () => void): void;
  /** Stops the whole thread for so long. */
  doze(durationMs: number): void;
}

/** Nobody ever wakes who waits on it. */
const NOBODY = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

export const systemFineWait: FineWait = {
  nextTurn: setImmediate,
  doze: (durationMs) => Atomics.wait(NOBODY, 0, 0, durationMs),
};

/** How late this worker sends, by the second: 99th percentile of intended → sent. */

export interface LagMeter {
  record(lagMs: number): void;
  /** The percentile of what was recorded since the call before; 0 where nothing was. */
  take(): number;
}

/** Sends beyond these replace older ones: a percentile needs no more. */
const MAX_KEPT = 4096;

export function createLagMeter(): LagMeter {
  let lags: number[] = [];
  let recorded = 0;
  return {
    record(lagMs) {
      lags[recorded++ % MAX_KEPT] = lagMs;
    },
    take() {
      const sorted = lags.sort((a, b) => a - b);
      lags = [];
      recorded = 0;
      return Math.max(0, sorted[Math.ceil(sorted.length * 0.99) - 1] ?? 0);
    },
  };
}

/** What the users of a rate see of a target that stalls once: computed, not measured. */

export interface Stall {
  readonly ratePerS: number;
  readonly seconds: number;
  /** How long an answer takes when nothing is wrong. */
  readonly delayMs: number;
  /** Since the first query; answers that would come while it lasts come at its end. */
  readonly fromMs: number;
  readonly lengthMs: number;
}

/** When each query is answered after its time, in rising order. */
function responsesMs({ ratePerS, seconds, delayMs, fromMs, lengthMs }: Stall): number[] {
  return Array.from({ length: ratePerS * seconds }, (_, index) => {
    const askedMs = (index * 1000) / ratePerS;
    const answerMs = askedMs + delayMs;
    const isStalled = answerMs >= fromMs && answerMs < fromMs + lengthMs;
    return (isStalled ? fromMs + lengthMs : answerMs) - askedMs;
  }).sort((a, b) => a - b);
}

/** The 99th percentile of all queries' responses. */
export function trueP99Ms(stall: Stall): number {
  const sorted = responsesMs(stall);
  return sorted[Math.ceil(sorted.length * 0.99) - 1] as number;
}

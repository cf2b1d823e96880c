/** Token buckets by key: each may be emptied at once and fills at a steady rate. Pure, but for the time that it is told. */

export interface RateLimit {
  /** Takes one. @returns 0, or how many seconds to wait until there is one */
  take(key: string, nowMs: number): number;
  /** How many seconds to wait until there is one; 0 where there is. */
  waitS(key: string, nowMs: number): number;
  size(): number;
}

/** Keys that are remembered: those used last. One that is forgotten begins with a full bucket. */
const MAX_KEYS = 10_000;

export function createRateLimit(perSecond: number, burst: number, maxKeys = MAX_KEYS): RateLimit {
  const buckets = new Map<string, { left: number; atMs: number }>();

  function leftOf(key: string, nowMs: number): number {
    const bucket = buckets.get(key);
    if (!bucket) return burst;
    return Math.min(burst, bucket.left + (Math.max(0, nowMs - bucket.atMs) / 1000) * perSecond);
  }

  const waitFor = (left: number) => (left >= 1 ? 0 : (1 - left) / perSecond);

  return {
    take(key, nowMs) {
      const left = leftOf(key, nowMs);
      const isThere = left >= 1;
      buckets.delete(key);
      buckets.set(key, { left: isThere ? left - 1 : left, atMs: nowMs });
      if (buckets.size > maxKeys) buckets.delete(buckets.keys().next().value as string);
      return waitFor(isThere ? 1 : left);
    },
    waitS: (key, nowMs) => waitFor(leftOf(key, nowMs)),
    size: () => buckets.size,
  };
}

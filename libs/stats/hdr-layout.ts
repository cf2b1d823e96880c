/**
 * The bucket layout of HdrHistogram for values from 1 and three significant digits: which bucket a value falls into and
 * which values a bucket stands for. Buckets are those of the reference implementation, so that counts can move into its
 * histograms without loss. Source: Gil Tene's HdrHistogram, `getBucketIndex` and `countsArrayIndex`.
 */

/** Values below 2^11 have a bucket each: 2,048 is the first power of two above 2 × 10^3. */
const SUB_BUCKET_BITS = 11;
const SUB_BUCKETS = 2 ** SUB_BUCKET_BITS;
const HALF = SUB_BUCKETS / 2;

/** The largest value that can be told: an hour, in microseconds. Longer ones are counted as this. */
export const MAX_VALUE_US = 3_600_000_000;

/** The bucket of a value; whole microseconds from 0 to MAX_VALUE_US. */
export function bucketOf(valueUs: number): number {
  if (valueUs < SUB_BUCKETS) return valueUs;
  const shift = 32 - Math.clz32(valueUs) - SUB_BUCKET_BITS;
  return shift * HALF + (valueUs >>> shift);
}

/** How many values share a bucket, by its octave: looked up, because this is asked for every bucket of every result. */
const WIDTHS = Float64Array.from({ length: 32 }, (_, shift) => 2 ** shift);

/** The lowest value of a bucket. */
export function lowestOf(bucket: number): number {
  if (bucket < SUB_BUCKETS) return bucket;
  const shift = Math.floor(bucket / HALF) - 1;
  return (bucket - shift * HALF) * (WIDTHS[shift] as number);
}

/** The highest value of a bucket: the one that percentiles report. */
export function highestOf(bucket: number): number {
  return lowestOf(bucket + 1) - 1;
}

/** One more than the largest bucket. */
export const BUCKETS = bucketOf(MAX_VALUE_US) + 1;

/** A duration as a value that has a bucket: whole microseconds within the bounds. */
export function toValueUs(durationMs: number): number {
  const valueUs = Math.round(durationMs * 1000);
  return Math.min(Math.max(valueUs, 0), MAX_VALUE_US);
}

/**
 * A distribution on the wire: the buckets that are not empty, each as (distance from the one before, count), in variable
 * length bytes, base64. Sum, smallest and largest value go ahead exactly. Lossless against HdrHistogram's layout.
 */

import { BUCKETS, bucketOf, highestOf, lowestOf, MAX_VALUE_US } from "./hdr-layout.ts";

/** The most values that a bucket may hold: what a counter of 32 bits can. */
const MAX_COUNT = 2 ** 32 - 1;

export interface SparseHeader {
  readonly sumUs: number;
  readonly minUs: number;
  readonly maxUs: number;
}

/** A distribution, decoded. */
export interface Sparse extends SparseHeader {
  /** Bucket, count, next bucket, its count, and so on. */
  readonly pairs: readonly number[];
  /** How many values it holds. */
  readonly count: number;
}

/** More signs than any distribution takes: every bucket in use, three bytes for its distance and five for its count. */
const MOST_SIGNS = Math.ceil(((BUCKETS + 3) * 8) / 3) * 4;
/** The bytes of the text that is being written or read: results bring thousands of distributions a second. */
const bytes = Buffer.allocUnsafe(MOST_SIGNS);
let position = 0;
let end = 0;

/** Writes a whole number of up to 53 bits, seven bits a byte, the lowest first. */
function put(value: number): void {
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes[position++] = (rest % 128) + 128;
  bytes[position++] = rest;
}

/** The number that stands at the position; NaN where none does. */
function next(): number {
  let value = 0;
  for (let scale = 1; scale <= 2 ** 49 && position < end; scale *= 128) {
    const byte = bytes[position++] as number;
    if (byte < 128) return value + byte * scale;
    value += (byte - 128) * scale;
  }
  return Number.NaN;
}

/** Encodes a distribution, whose buckets rise. */
export function encodeSparse({ sumUs, minUs, maxUs, pairs }: SparseHeader & Pick<Sparse, "pairs">): string {
  position = 0;
  put(sumUs);
  put(minUs);
  put(maxUs);
  let previous = 0;
  for (let at = 0; at < pairs.length; at += 2) {
    const bucket = pairs[at] as number;
    put(bucket - previous);
    put(pairs[at + 1] as number);
    previous = bucket;
  }
  return bytes.toString("base64", 0, position);
}

/** Reads a distribution; undefined when the text is none. */
export function readSparse(text: string): Sparse | undefined {
  if (text.length > MOST_SIGNS) return undefined;
  position = 0;
  end = bytes.write(text, "base64");
  const sumUs = next();
  const minUs = next();
  const maxUs = next();
  if (!(minUs <= maxUs && maxUs <= MAX_VALUE_US && sumUs >= 0)) return undefined;
  const pairs: number[] = [];
  let bucket = 0;
  let count = 0;
  // A distribution has one bucket at least: figures without values would only spoil those of others.
  do {
    bucket += next();
    const inBucket = next();
    if (!(bucket < BUCKETS && inBucket > 0 && inBucket <= MAX_COUNT)) return undefined;
    pairs.push(bucket, inBucket);
    count += inBucket;
  } while (position < end);
  return { sumUs, minUs, maxUs, pairs, count };
}

/**
 * Whether a distribution from outside can be one: its buckets rise, and its smallest value, largest value and sum are such
 * as its buckets can have.
 */
export function isPossible({ sumUs, minUs, maxUs, pairs }: Sparse): boolean {
  let last = -1;
  let leastUs = 0;
  let mostUs = 0;
  for (let at = 0; at < pairs.length; at += 2) {
    const bucket = pairs[at] as number;
    const count = pairs[at + 1] as number;
    if (bucket <= last) return false;
    last = bucket;
    leastUs += count * lowestOf(bucket);
    mostUs += count * highestOf(bucket);
  }
  const fits = bucketOf(minUs) === pairs[0] && bucketOf(maxUs) === last;
  return fits && sumUs >= leastUs && sumUs <= mostUs;
}

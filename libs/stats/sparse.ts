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
}

/** Writes whole numbers of up to 53 bits, seven bits a byte, the lowest first. */
class ByteWriter {
  private bytes = Buffer.allocUnsafe(256);
  private length = 0;

  put(value: number): void {
    if (this.length + 8 > this.bytes.length) this.bytes = Buffer.concat([this.bytes], this.bytes.length * 2);
    let rest = value;
    while (rest >= 128) {
      this.bytes[this.length++] = (rest % 128) + 128;
      rest = Math.floor(rest / 128);
    }
    this.bytes[this.length++] = rest;
  }

  toBase64(): string {
    return this.bytes.toString("base64", 0, this.length);
  }
}

/** Encodes buckets that rise, with their counts. */
export function encodeSparse(
  header: SparseHeader,
  buckets: Iterable<readonly [bucket: number, count: number]>,
): string {
  const out = new ByteWriter();
  out.put(header.sumUs);
  out.put(header.minUs);
  out.put(header.maxUs);
  let previous = 0;
  for (const [bucket, count] of buckets) {
    out.put(bucket - previous);
    out.put(count);
    previous = bucket;
  }
  return out.toBase64();
}

/**
 * Reads a distribution and hands each bucket to `add`.
 * @returns the header, or undefined when the text is not a distribution; then `add` may have been called already
 */
export function decodeSparse(
  text: string,
  add: (bucket: number, count: number) => void,
): SparseHeader | undefined {
  const bytes = Buffer.from(text, "base64");
  let position = 0;

  function next(): number {
    let value = 0;
    for (let scale = 1; scale <= 2 ** 49; scale *= 128) {
      const byte = bytes[position++];
      if (byte === undefined) return Number.NaN;
      value += (byte % 128) * scale;
      if (byte < 128) return value;
    }
    return Number.NaN;
  }

  const header = { sumUs: next(), minUs: next(), maxUs: next() };
  if (!(header.minUs <= header.maxUs && header.maxUs <= MAX_VALUE_US && header.sumUs >= 0)) return undefined;
  let bucket = 0;
  // A distribution has one bucket at least: figures without values would only spoil those of others.
  do {
    bucket += next();
    const count = next();
    if (!(bucket < BUCKETS && count > 0 && count <= MAX_COUNT)) return undefined;
    add(bucket, count);
  } while (position < bytes.length);
  return header;
}

/** Reads a whole distribution, for who adds it more than once; undefined when the text is none. */
export function readSparse(text: string): Sparse | undefined {
  const pairs: number[] = [];
  const header = decodeSparse(text, (bucket, count) => pairs.push(bucket, count));
  return header && { ...header, pairs };
}

/**
 * How many values a distribution from outside holds, if it can be one: its buckets rise, and its smallest value, largest
 * value and sum are such as its buckets can have.
 * @returns undefined when it cannot be one
 */
export function countOf(text: string): number | undefined {
  let values = 0;
  let first = -1;
  let last = -1;
  let leastUs = 0;
  let mostUs = 0;
  let rises = true;
  const header = decodeSparse(text, (bucket, count) => {
    if (bucket <= last) rises = false;
    if (first < 0) first = bucket;
    last = bucket;
    values += count;
    leastUs += count * lowestOf(bucket);
    mostUs += count * highestOf(bucket);
  });
  if (!header || !rises) return undefined;
  const { sumUs, minUs, maxUs } = header;
  if (bucketOf(minUs) !== first || bucketOf(maxUs) !== last) return undefined;
  return sumUs >= leastUs && sumUs <= mostUs ? values : undefined;
}

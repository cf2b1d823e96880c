/** A merged latency distribution: counts per bucket, percentiles from the counts. Merging is addition, in any order. */

import {
  build,
  decodeFromCompressedBase64,
  encodeIntoCompressedBase64,
  type JsHistogram,
} from "hdr-histogram-js";
import type { Latency } from "../protocol/report.ts";
import { BUCKETS, bucketOf, highestOf, lowestOf, MAX_VALUE_US, toValueUs } from "./hdr-layout.ts";
import { encodeSparse, readSparse, type Sparse } from "./sparse.ts";

/** Counts are kept for the stretch of buckets that is in use, which grows by quarters of an octave. */
const BLOCK = 256;
/** Few buckets of a second or of a worker hold more than some values: a count takes one byte until one of them needs more. */
type Counts = Uint8Array | Uint16Array | Uint32Array;

/** A few times the relative error of a product of two doubles. */
const ROUNDING = 2 ** -50;

const SHOWN_PERCENTS = [50, 90, 95, 99, 99.9];

const NO_COUNTS: Counts = new Uint8Array(0);

/**
 * Counts lie open, as an array that is quick to add to, or packed, as the text alone: some bytes for each bucket that is
 * not empty. A packed distribution opens by itself when something is added, and is read without opening.
 */
export class Histogram {
  private counts = NO_COUNTS;
  /** The bucket of the first count. */
  private base = 0;
  /** The largest that a count can be in these bytes. */
  private ceiling = 0;
  /** What `encode` said last, until something is added: most of a long run's distributions no longer change. */
  private encoded: string | undefined;
  count = 0;
  private sumUs = 0;
  private minUs = MAX_VALUE_US;
  private maxUs = 0;

  /** A distribution as `encode` wrote it. */
  static from(text: string | undefined): Histogram {
    const histogram = new Histogram();
    if (!histogram.addEncoded(text)) throw new RangeError("the text is not a distribution");
    return histogram;
  }

  /** A distribution as `toHdrV2` wrote it: counts by bucket are as they were, the sum only as exact as a bucket is wide. */
  static fromHdrV2(text: string): Histogram {
    const hdr = decodeFromCompressedBase64(text, 64) as JsHistogram;
    const pairs: number[] = [];
    let sumUs = 0;
    let values = 0;
    for (let bucket = 0; bucket < Math.min(BUCKETS, bucketOf(hdr.maxValue) + 1); bucket++) {
      const count = hdr.getCountAtIndex(bucket);
      if (count === 0) continue;
      pairs.push(bucket, count);
      sumUs += count * lowestOf(bucket);
      values += count;
    }
    const [first = 0] = pairs;
    const histogram = new Histogram();
    histogram.addSparse({ sumUs, minUs: lowestOf(first), maxUs: hdr.maxValue, pairs, count: values });
    return histogram;
  }

  /**
   * Adds an encoded distribution.
   * @returns false, and nothing is added, when the text is none
   */
  addEncoded(text: string | undefined): boolean {
    if (text === undefined) return true;
    const sparse = readSparse(text);
    if (!sparse) return false;
    this.addSparse(sparse);
    return true;
  }

  /** Adds a distribution that is decoded already, if there is one and it could be read. */
  addSparse(sparse: Sparse | undefined): void {
    if (!sparse || sparse.pairs.length === 0) return;
    const { sumUs, minUs, maxUs, pairs, count } = sparse;
    this.makeRoom(pairs[0] as number, pairs[pairs.length - 2] as number);
    let { counts } = this;
    const { base } = this;
    for (let pair = 0; pair < pairs.length; pair += 2) {
      const at = (pairs[pair] as number) - base;
      const sum = (counts[at] as number) + (pairs[pair + 1] as number);
      if (sum > this.ceiling) counts = this.hold(countsFor(counts.length, sum), base);
      counts[at] = sum;
    }
    this.count += count;
    this.addHeader(sumUs, minUs, maxUs);
  }

  add(other: Histogram): void {
    if (other.count === 0) return;
    this.addSparse(other.toSparse());
  }

  /** Lets go of the array: for what is not likely to be added to soon. */
  pack(): void {
    this.encode();
    this.counts = NO_COUNTS;
  }

  /** Bytes that the counts take, open or packed. */
  get heldBytes(): number {
    return this.counts.byteLength + (this.encoded?.length ?? 0);
  }

  /** Calls back for every bucket that is not empty, in rising order. */
  forEachBucket(visit: (bucket: number, count: number) => void): void {
    const { pairs } = this.toSparse();
    for (let at = 0; at < pairs.length; at += 2) visit(pairs[at] as number, pairs[at + 1] as number);
  }

  /** The same with the lowest value of each bucket. */
  forEachValue(visit: (lowestUs: number, count: number) => void): void {
    this.forEachBucket((bucket, count) => visit(lowestOf(bucket), count));
  }

  /**
   * The value below or at which a share of the values lie, in milliseconds; undefined when there are none. As in
   * HdrHistogram it is the highest value of its bucket, but never above the largest value that was recorded.
   * @param percent from 0 to 100
   */
  percentileMs(percent: number): number | undefined {
    return this.percentilesMs([percent])[0];
  }

  /** The same for several shares, in rising order, found in one pass. */
  percentilesMs(percents: readonly number[]): (number | undefined)[] {
    if (this.count === 0) return percents.map(() => undefined);
    const { counts, base } = this.opened();
    let at = 0;
    let seen = counts[0] as number;
    return percents.map((percent) => {
      for (const rank = this.rankOf(percent); seen < rank; seen += counts[at] as number) at++;
      return Math.min(highestOf(base + at), this.maxUs) / 1000;
    });
  }

  /** How many values lie at or below a percentile: rounded up, but not for what the division alone adds. */
  private rankOf(percent: number): number {
    return Math.max(1, Math.ceil((percent / 100) * this.count * (1 - ROUNDING)));
  }

  /** How many values lie in the bucket of a value or below. */
  countTo(valueMs: number): number {
    const { counts, base } = this.opened();
    const end = Math.min(bucketOf(toValueUs(valueMs)) + 1 - base, counts.length);
    let below = 0;
    for (let at = 0; at < end; at++) below += counts[at] as number;
    return below;
  }

  get sumMs(): number {
    return this.sumUs / 1000;
  }

  get maxMs(): number | undefined {
    return this.count === 0 ? undefined : this.maxUs / 1000;
  }

  get meanMs(): number | undefined {
    return this.count === 0 ? undefined : Math.round(this.sumUs / this.count) / 1000;
  }

  /** The figures of a report. */
  toLatency(): Latency {
    const [p50 = null, p90 = null, p95 = null, p99 = null, p99_9 = null] = this.percentilesMs(SHOWN_PERCENTS);
    return {
      count: this.count,
      mean: this.meanMs ?? null,
      p50,
      p90,
      p95,
      p99,
      p99_9,
      max: this.maxMs ?? null,
    };
  }

  encode(): string | undefined {
    if (this.count === 0 || this.encoded !== undefined) return this.encoded;
    this.encoded = encodeSparse(this.toSparse());
    return this.encoded;
  }

  /** HdrHistogram's own V2 format, compressed, base64, in microseconds: for other tools. */
  toHdrV2(): string | null {
    if (this.count === 0) return null;
    const hdr = forHdrV2();
    this.forEachBucket((bucket, count) => hdr.recordValueWithCount(lowestOf(bucket), count));
    return encodeIntoCompressedBase64(hdr);
  }

  private isPacked(): boolean {
    return this.count > 0 && this.counts.length === 0;
  }

  private opened(): Histogram {
    return this.isPacked() ? Histogram.from(this.encoded) : this;
  }

  private toSparse(): Sparse {
    if (this.isPacked()) return readSparse(this.encoded as string) as Sparse;
    const { counts, base, sumUs, minUs, maxUs, count } = this;
    const pairs: number[] = [];
    for (let at = 0; at < counts.length; at++) if (counts[at]) pairs.push(base + at, counts[at] as number);
    return { sumUs, minUs, maxUs, pairs, count };
  }

  /** Opens the counts, wide enough for buckets from the first to the last. */
  private makeRoom(first: number, last: number): void {
    if (this.isPacked()) {
      const open = Histogram.from(this.encoded);
      this.hold(open.counts, open.base);
    }
    const { counts, base, ceiling } = this;
    if (first >= base && last < base + counts.length) return;
    const isEmpty = counts.length === 0;
    const from = Math.floor((isEmpty ? first : Math.min(first, base)) / BLOCK) * BLOCK;
    const to = Math.ceil(Math.max(last + 1, base + counts.length) / BLOCK) * BLOCK;
    this.hold(countsFor(to - from, ceiling), from);
  }

  /** Moves the counts into others, which begin at a bucket. */
  private hold(counts: Counts, base: number): Counts {
    if (this.counts.length > 0) counts.set(this.counts, this.base - base);
    this.counts = counts;
    this.base = base;
    this.ceiling = 2 ** (8 * counts.BYTES_PER_ELEMENT) - 1;
    return counts;
  }

  private addHeader(sumUs: number, minUs: number, maxUs: number): void {
    this.encoded = undefined;
    this.sumUs += sumUs;
    if (minUs < this.minUs) this.minUs = minUs;
    if (maxUs > this.maxUs) this.maxUs = maxUs;
  }
}

let hdrForV2: JsHistogram | undefined;

/** An empty histogram of the library's, always the same one: a new one is a third of a megabyte. */
function forHdrV2(): JsHistogram {
  const layout = {
    highestTrackableValue: MAX_VALUE_US,
    numberOfSignificantValueDigits: 3,
    bitBucketSize: 64,
  } as const;
  hdrForV2 ??= build(layout) as JsHistogram;
  hdrForV2.reset();
  return hdrForV2;
}

/** So many counts, each with room for the largest. */
function countsFor(length: number, largest: number): Counts {
  if (largest < 2 ** 8) return new Uint8Array(length);
  return largest < 2 ** 16 ? new Uint16Array(length) : new Uint32Array(length);
}

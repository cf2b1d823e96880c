/** A merged latency distribution: counts per bucket, percentiles from the counts. Merging is addition, in any order. */

import {
  build,
  decodeFromCompressedBase64,
  encodeIntoCompressedBase64,
  type JsHistogram,
} from "hdr-histogram-js";
import type { Latency } from "../protocol/report.ts";
import { BUCKETS, bucketOf, highestOf, lowestOf, MAX_VALUE_US, toValueUs } from "./hdr-layout.ts";
import { decodeSparse, encodeSparse, readSparse, type Sparse } from "./sparse.ts";

/** Counts are kept for the stretch of buckets that is in use, in blocks of a quarter of an octave, so that it stays small. */
const BLOCK = 256;

/** A few times the relative error of a product of two doubles. */
const ROUNDING = 2 ** -50;

const SHOWN_PERCENTS = [50, 90, 95, 99, 99.9];

const NO_COUNTS = new Uint32Array(0);

/**
 * Counts lie open, as an array that is quick to add to, or packed, as the text alone: some bytes for each bucket that is
 * not empty. A packed distribution opens by itself when something is added, and is read without opening.
 */
export class Histogram {
  private counts = NO_COUNTS;
  /** The sum of each block of counts: most are empty, and are passed over. */
  private blocks = NO_COUNTS;
  /** The bucket of the first count. */
  private base = 0;
  /** The first and the last bucket that are not empty: answers of some milliseconds lie thousands of buckets up. */
  private first = Number.POSITIVE_INFINITY;
  private last = -1;
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
    for (let bucket = 0; bucket < Math.min(BUCKETS, bucketOf(hdr.maxValue) + 1); bucket++) {
      const count = hdr.getCountAtIndex(bucket);
      if (count === 0) continue;
      pairs.push(bucket, count);
      sumUs += count * lowestOf(bucket);
    }
    const histogram = new Histogram();
    if (pairs.length > 0)
      histogram.addSparse({ sumUs, minUs: lowestOf(pairs[0] as number), maxUs: hdr.maxValue, pairs });
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

  /** Adds a distribution that is decoded already, if there is one. */
  addSparse(sparse: Sparse | undefined): void {
    if (!sparse) return;
    const { sumUs, minUs, maxUs, pairs } = sparse;
    this.makeRoom(pairs[0] as number, pairs.at(-2) as number);
    for (let at = 0; at < pairs.length; at += 2) this.addBucket(pairs[at] as number, pairs[at + 1] as number);
    this.addHeader(sumUs, minUs, maxUs);
  }

  add(other: Histogram): void {
    if (other.count === 0) return;
    this.makeRoom(other.first, other.last);
    other.forEachBucket((bucket, count) => this.addBucket(bucket, count));
    this.addHeader(other.sumUs, other.minUs, other.maxUs);
  }

  /** Lets go of the array: for what is not likely to be added to soon. */
  pack(): void {
    this.encode();
    this.counts = NO_COUNTS;
    this.blocks = NO_COUNTS;
  }

  /** Bytes that the counts take, open or packed. */
  get heldBytes(): number {
    return this.counts.byteLength + (this.encoded?.length ?? 0);
  }

  /** Calls back for every bucket that is not empty, in rising order. */
  forEachBucket(visit: (bucket: number, count: number) => void): void {
    if (this.isPacked()) {
      decodeSparse(this.encoded as string, visit);
      return;
    }
    const { counts, base } = this;
    for (const [block, inBlock] of this.blocks.entries()) {
      if (inBlock === 0) continue;
      for (let at = block * BLOCK; at < (block + 1) * BLOCK; at++)
        if (counts[at]) visit(base + at, counts[at] as number);
    }
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
  private percentilesMs(percents: readonly number[]): (number | undefined)[] {
    if (this.count === 0) return percents.map(() => undefined);
    const { counts, blocks, base } = this.isPacked() ? Histogram.from(this.encoded) : this;
    let block = 0;
    let before = 0;
    return percents.map((percent) => {
      const rank = this.rankOf(percent);
      for (; before + (blocks[block] as number) < rank; block++) before += blocks[block] as number;
      let at = block * BLOCK;
      for (let seen = before + (counts[at] as number); seen < rank; seen += counts[at] as number) at++;
      return Math.min(highestOf(base + at), this.maxUs) / 1000;
    });
  }

  /** How many values lie at or below a percentile: rounded up, but not for what the division alone adds. */
  private rankOf(percent: number): number {
    return Math.max(1, Math.ceil((percent / 100) * this.count * (1 - ROUNDING)));
  }

  /** How many values lie in the bucket of a value or below. */
  countTo(valueMs: number): number {
    const last = bucketOf(toValueUs(valueMs));
    let below = 0;
    this.forEachBucket((bucket, count) => {
      if (bucket <= last) below += count;
    });
    return below;
  }

  get sumMs(): number {
    return this.sumUs / 1000;
  }

  get maxMs(): number | undefined {
    return this.count === 0 ? undefined : this.maxUs / 1000;
  }

  /** The figures of a report. */
  toLatency(): Latency {
    const [p50 = null, p90 = null, p95 = null, p99 = null, p99_9 = null] = this.percentilesMs(SHOWN_PERCENTS);
    const mean = this.count === 0 ? null : Math.round(this.sumUs / this.count) / 1000;
    return { count: this.count, mean, p50, p90, p95, p99, p99_9, max: this.maxMs ?? null };
  }

  encode(): string | undefined {
    if (this.count === 0 || this.encoded !== undefined) return this.encoded;
    const buckets: [number, number][] = [];
    this.forEachBucket((bucket, count) => buckets.push([bucket, count]));
    this.encoded = encodeSparse({ sumUs: this.sumUs, minUs: this.minUs, maxUs: this.maxUs }, buckets);
    return this.encoded;
  }

  /** HdrHistogram's own V2 format, compressed, base64, in microseconds: for other tools. */
  toHdrV2(): string | null {
    if (this.count === 0) return null;
    const hdr = build({
      highestTrackableValue: MAX_VALUE_US,
      numberOfSignificantValueDigits: 3,
      bitBucketSize: 64,
    });
    this.forEachBucket((bucket, count) => hdr.recordValueWithCount(lowestOf(bucket), count));
    return encodeIntoCompressedBase64(hdr);
  }

  private isPacked(): boolean {
    return this.count > 0 && this.counts.length === 0;
  }

  private addBucket(bucket: number, count: number): void {
    const at = bucket - this.base;
    const block = Math.floor(at / BLOCK);
    this.counts[at] = (this.counts[at] as number) + count;
    this.blocks[block] = (this.blocks[block] as number) + count;
    this.count += count;
  }

  /** Opens the counts, wide enough for buckets from the first to the last. */
  private makeRoom(first: number, last: number): void {
    if (this.isPacked()) this.open();
    this.first = Math.min(this.first, first);
    this.last = Math.max(this.last, last);
    if (this.first >= this.base && this.last < this.base + this.counts.length) return;
    const base = Math.floor(this.first / BLOCK) * BLOCK;
    const wider = new Uint32Array(Math.ceil((this.last + 1) / BLOCK) * BLOCK - base);
    const blocks = new Uint32Array(wider.length / BLOCK);
    const shift = Math.max(0, this.base - base);
    wider.set(this.counts, shift);
    blocks.set(this.blocks, shift / BLOCK);
    this.counts = wider;
    this.blocks = blocks;
    this.base = base;
  }

  private open(): void {
    const { counts, blocks, base } = Histogram.from(this.encoded);
    this.counts = counts;
    this.blocks = blocks;
    this.base = base;
  }

  private addHeader(sumUs: number, minUs: number, maxUs: number): void {
    this.encoded = undefined;
    this.sumUs += sumUs;
    if (minUs < this.minUs) this.minUs = minUs;
    if (maxUs > this.maxUs) this.maxUs = maxUs;
  }
}

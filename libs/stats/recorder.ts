/** Records latencies on the hot path: a value costs one append. Sorted and counted only when the slice is over. */

import { bucketOf, toValueUs } from "./hdr-layout.ts";
import { encodeSparse } from "./sparse.ts";

const FIRST_CAPACITY = 16;

/** Collects the durations of one cell. Memory is two bytes a value, so a slice's queries bound it. */
export class Recorder {
  private buckets = new Uint16Array(FIRST_CAPACITY);
  count = 0;
  private sumUs = 0;
  private minUs = Number.MAX_SAFE_INTEGER;
  private maxUs = 0;

  record(durationMs: number): void {
    const valueUs = toValueUs(durationMs);
    if (this.count === this.buckets.length) {
      const wider = new Uint16Array(this.count * 2);
      wider.set(this.buckets);
      this.buckets = wider;
    }
    this.buckets[this.count++] = bucketOf(valueUs);
    this.sumUs += valueUs;
    if (valueUs < this.minUs) this.minUs = valueUs;
    if (valueUs > this.maxUs) this.maxUs = valueUs;
  }

  /** The distribution as text; undefined when nothing was recorded. */
  encode(): string | undefined {
    if (this.count === 0) return undefined;
    const { sumUs, minUs, maxUs } = this;
    return encodeSparse({ sumUs, minUs, maxUs, pairs: runLengths(this.buckets.slice(0, this.count).sort()) });
  }
}

/** Each bucket and how often it stands there. */
function runLengths(sorted: Uint16Array): number[] {
  const pairs: number[] = [];
  let start = 0;
  for (let index = 1; index <= sorted.length; index++) {
    if (sorted[index] === sorted[start]) continue;
    pairs.push(sorted[start] as number, index - start);
    start = index;
  }
  return pairs;
}

/** The bucket layout is HdrHistogram's own: three digits of every value are kept, up to an hour. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Float64Histogram } from "hdr-histogram-js";
import {
  BUCKETS,
  bucketOf,
  highestOf,
  lowestOf,
  MAX_VALUE_US,
  toValueUs,
} from "../../libs/stats/hdr-layout.ts";

const reference = new Float64Histogram(1, MAX_VALUE_US, 3);

/** Values of all sizes, with the edges of the octaves among them. */
const anyValue = fc.oneof(
  fc.integer({ min: 0, max: MAX_VALUE_US }),
  fc.integer({ min: 0, max: 10_000 }),
  fc
    .tuple(fc.integer({ min: 1, max: 31 }), fc.integer({ min: -1, max: 1 }))
    .map(([power, aside]) => 2 ** power + aside),
);
const anyBucket = fc.integer({ min: 0, max: BUCKETS - 1 });

test("a value falls into the same bucket as in the reference implementation", () => {
  fc.assert(
    fc.property(anyValue, (value) => {
      const bucket = bucketOf(value);
      assert.equal(bucket, reference.countsArrayIndex(value));
      assert.equal(lowestOf(bucket), reference.lowestEquivalentValue(value));
      assert.equal(highestOf(bucket), reference.highestEquivalentValue(value));
    }),
    { numRuns: 2000 },
  );
});

test("a bucket's own bounds lie in it, and the next bucket begins right behind them", () => {
  fc.assert(
    fc.property(anyBucket, (bucket) => {
      assert.equal(bucketOf(lowestOf(bucket)), bucket);
      if (highestOf(bucket) <= MAX_VALUE_US) assert.equal(bucketOf(highestOf(bucket)), bucket);
      assert.equal(highestOf(bucket) + 1, lowestOf(bucket + 1));
    }),
  );
});

test("no value is told more than a thousandth too high", () => {
  fc.assert(
    fc.property(anyValue, (value) => {
      const told = highestOf(bucketOf(value));
      assert.ok(told >= value && told - value <= value / 1000, `${value} is told as ${told}`);
    }),
  );
});

test("the longest duration has the last bucket, and a bucket's number fits into two bytes", () => {
  assert.equal(bucketOf(MAX_VALUE_US), BUCKETS - 1);
  assert.ok(BUCKETS <= 2 ** 16);
});

test("durations are told to the microsecond, none is below nothing and none above an hour", () => {
  const cases = [
    [0, 0],
    [0.0004, 0],
    [0.0006, 1],
    [1.2345, 1235],
    [-3, 0],
    [3_600_000, MAX_VALUE_US],
    [9e9, MAX_VALUE_US],
  ] as const;
  for (const [durationMs, valueUs] of cases) assert.equal(toValueUs(durationMs), valueUs, String(durationMs));
});

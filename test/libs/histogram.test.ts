/** Latency distributions: recorded, sent, merged and read, they tell what HdrHistogram tells of the same values. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decodeFromCompressedBase64, Float64Histogram, JsHistogram } from "hdr-histogram-js";
import { bucketOf, lowestOf, MAX_VALUE_US } from "../../libs/stats/hdr-layout.ts";
import { Histogram } from "../../libs/stats/histogram.ts";
import { Recorder } from "../../libs/stats/recorder.ts";

/** Latencies in whole microseconds, most of them like real ones, a few of any length. */
const anyLatencyUs = fc.oneof(
  fc.integer({ min: 0, max: 5000 }),
  fc.integer({ min: 0, max: 2_000_000 }),
  fc.integer({ min: 0, max: MAX_VALUE_US }),
);
const anyLatencies = fc.array(anyLatencyUs, { minLength: 1, maxLength: 300 });
const PERCENTS = [0.001, 1, 10, 25, 50, 75, 90, 95, 99, 99.9, 99.99, 100];

function recorded(valuesUs: readonly number[]): Histogram {
  const recorder = new Recorder();
  for (const valueUs of valuesUs) recorder.record(valueUs / 1000);
  const histogram = new Histogram();
  assert.ok(histogram.addEncoded(recorder.encode()));
  return histogram;
}

function reference(valuesUs: readonly number[]): Float64Histogram {
  const histogram = new Float64Histogram(1, MAX_VALUE_US, 3);
  for (const valueUs of valuesUs) histogram.recordValue(valueUs);
  return histogram;
}

const countsOf = (histogram: Histogram): (readonly [bucket: number, count: number])[] => {
  const counts: [number, number][] = [];
  histogram.forEachBucket((bucket, count) => counts.push([bucket, count]));
  return counts;
};

test("percentiles are HdrHistogram's for the same values, but never above the largest of them", () => {
  fc.assert(
    fc.property(anyLatencies, (values) => {
      const histogram = recorded(values);
      const hdr = reference(values);
      for (const percent of PERCENTS) {
        const expectedUs = Math.min(hdr.getValueAtPercentile(percent), Math.max(...values));
        assert.equal(histogram.percentileMs(percent), expectedUs / 1000, `p${percent}`);
      }
    }),
  );
});

test("a percentile is told within its bucket: that of the value which stands at its place among all", () => {
  fc.assert(
    fc.property(anyLatencies, fc.integer({ min: 1, max: 100 }), (values, percent) => {
      const sorted = values.toSorted((a, b) => a - b);
      const place = Math.ceil((percent * values.length) / 100) - 1;
      const toldUs = Math.round((recorded(values).percentileMs(percent) ?? -1) * 1000);
      assert.equal(bucketOf(toldUs), bucketOf(sorted[place] ?? -1));
    }),
  );
});

test("the figures of a report: hundred latencies from 1 to 100 ms", () => {
  const values = Array.from({ length: 100 }, (_, index) => (index + 1) * 1000);
  // The mean of 1 … 100 is 50.5; a percentile is the highest value of its bucket, which is 32 µs wide at 50 ms.
  assert.deepEqual(recorded(values).toLatency(), {
    count: 100,
    mean: 50.5,
    p50: 50.015,
    p90: 90.047,
    p95: 95.039,
    p99: 99.007,
    p99_9: 100,
    max: 100,
  });
});

test("mean, largest and count are exact, whatever the buckets", () => {
  fc.assert(
    fc.property(anyLatencies, (values) => {
      const { count, mean, max } = recorded(values).toLatency();
      assert.equal(count, values.length);
      assert.equal(max, Math.max(...values) / 1000);
      const sumUs = values.reduce((sum, value) => sum + value, 0);
      assert.equal(mean, Math.round(sumUs / values.length) / 1000);
    }),
  );
});

test("nothing measured is told as nothing, not as 0", () => {
  const empty = new Histogram();
  assert.deepEqual(Object.values(empty.toLatency()), [0, null, null, null, null, null, null, null]);
  assert.equal(empty.percentileMs(50), undefined);
  assert.equal(empty.encode(), undefined);
  assert.equal(empty.toHdrV2(), null);
  assert.equal(new Recorder().encode(), undefined);
});

test("parts merged in any order and grouping are one distribution", () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(anyLatencyUs, { maxLength: 40 }), { minLength: 1, maxLength: 8 }),
      fc.array(fc.nat(), { minLength: 8, maxLength: 8 }),
      fc.nat(8),
      (parts, ranks, cut) => {
        const shuffled = parts.toSorted(
          (a, b) => (ranks[parts.indexOf(a)] ?? 0) - (ranks[parts.indexOf(b)] ?? 0),
        );
        const [left, right] = [new Histogram(), new Histogram()];
        shuffled.forEach((part, index) => {
          const side = index < cut ? left : right;
          if (index % 2 === 0) side.add(recorded(part));
          else assert.ok(side.addEncoded(recorded(part).encode()));
        });
        left.add(right);
        const whole = recorded(parts.flat());
        assert.equal(left.encode(), whole.encode());
        assert.deepEqual(left.toLatency(), whole.toLatency());
      },
    ),
  );
});

test("merging leaves what was merged as it was", () => {
  const [one, other] = [recorded([1000, 2000]), recorded([5000])];
  const before = other.encode();
  one.add(other);
  one.add(one);
  assert.equal(other.encode(), before);
  assert.equal(one.count, 6);
});

test("a long slice's recorder counts every one of its latencies", () => {
  const values = Array.from({ length: 50_000 }, (_, index) => (index * 7919) % 100_000);
  assert.deepEqual(countsOf(recorded(values)), bucketCounts(values));
});

/** The oracle: how many values fall into each bucket, by counting. */
function bucketCounts(values: readonly number[]): (readonly [number, number])[] {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(bucketOf(value), (counts.get(bucketOf(value)) ?? 0) + 1);
  return [...counts].sort(([a], [b]) => a - b);
}

test("a bucket counts right however many values fall into it, and whenever its neighbours appear", () => {
  const anyBucket = fc.tuple(
    fc.integer({ min: 0, max: 6000 }),
    fc.constantFrom(1, 200, 255, 256, 60_000, 65_536, 2 ** 31),
  );
  fc.assert(
    fc.property(fc.array(anyBucket, { minLength: 1, maxLength: 30 }), (added) => {
      const histogram = new Histogram();
      const counts = new Map<number, number>();
      for (const [bucket, count] of added) {
        const sum = (counts.get(bucket) ?? 0) + count;
        // Beyond what the wire can carry.
        if (sum >= 2 ** 32) continue;
        counts.set(bucket, sum);
        const valueUs = lowestOf(bucket);
        histogram.addSparse({
          sumUs: count * valueUs,
          minUs: valueUs,
          maxUs: valueUs,
          pairs: [bucket, count],
          count,
        });
      }
      const expected = [...counts].sort(([a], [b]) => a - b);
      assert.deepEqual(countsOf(histogram), expected);
      histogram.pack();
      assert.deepEqual(countsOf(histogram), expected);
    }),
  );
});

test("other tools that read HdrHistogram's own format find the same counts", () => {
  fc.assert(
    fc.property(anyLatencies, (values) => {
      const text = recorded(values).toHdrV2();
      assert.ok(text);
      const decoded = decodeFromCompressedBase64(text, 64);
      assert.ok(decoded instanceof JsHistogram);
      assert.equal(decoded.totalCount, values.length);
      for (const [bucket, count] of bucketCounts(values))
        assert.equal(decoded.getCountAtIndex(bucket), count);
      for (const percent of PERCENTS)
        assert.equal(decoded.getValueAtPercentile(percent), reference(values).getValueAtPercentile(percent));
    }),
    { numRuns: 40 },
  );
});

test("a distribution that is packed at any time tells the same as one that never was, and goes on where it was", () => {
  const anyParts = fc.array(fc.record({ values: anyLatencies, packs: fc.boolean() }), { minLength: 1 });
  fc.assert(
    fc.property(anyParts, (parts) => {
      const packed = new Histogram();
      const open = new Histogram();
      for (const { values, packs } of parts) {
        packed.add(recorded(values));
        open.add(recorded(values));
        if (packs) packed.pack();
        assert.equal(packed.encode(), open.encode());
        assert.deepEqual(packed.toLatency(), open.toLatency());
        assert.deepEqual(countsOf(packed), countsOf(open));
        assert.equal(packed.toHdrV2(), open.toHdrV2());
      }
    }),
    { numRuns: 20 },
  );
});

test("a packed distribution takes a few bytes for each bucket, also after it was read", () => {
  const histogram = recorded([1000, 3_000_000]);
  assert.ok(histogram.heldBytes > 10_000);
  histogram.pack();
  assert.equal(histogram.percentileMs(100), 3000);
  const sum = new Histogram();
  sum.add(histogram);
  assert.ok(histogram.heldBytes < 50, String(histogram.heldBytes));
  const empty = new Histogram();
  empty.pack();
  assert.deepEqual([empty.heldBytes, empty.encode(), empty.count], [0, undefined, 0]);
});

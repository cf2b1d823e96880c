/** Distributions on the wire: nothing is lost on the way, and what is no distribution is refused and adds nothing. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { BUCKETS, MAX_VALUE_US } from "../../libs/stats/hdr-layout.ts";
import { Histogram } from "../../libs/stats/histogram.ts";
import { Recorder } from "../../libs/stats/recorder.ts";
import { decodeSparse, encodeSparse, type SparseHeader } from "../../libs/stats/sparse.ts";

type Bucket = readonly [bucket: number, count: number];

const anyHeader: fc.Arbitrary<SparseHeader> = fc
  .record({
    sumUs: fc.maxSafeNat(),
    one: fc.nat({ max: MAX_VALUE_US }),
    other: fc.nat({ max: MAX_VALUE_US }),
  })
  .map(({ sumUs, one, other }) => ({ sumUs, minUs: Math.min(one, other), maxUs: Math.max(one, other) }));

const anyBuckets: fc.Arbitrary<Bucket[]> = fc
  .uniqueArray(
    fc.tuple(
      fc.nat({ max: BUCKETS - 1 }),
      fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 2 ** 32 - 1 })),
    ),
    { minLength: 1, maxLength: 60, selector: ([bucket]) => bucket },
  )
  .map((buckets) => buckets.sort(([a], [b]) => a - b));

function decode(text: string): { header: SparseHeader | undefined; buckets: Bucket[] } {
  const buckets: Bucket[] = [];
  const header = decodeSparse(text, (bucket, count) => buckets.push([bucket, count]));
  return { header, buckets };
}

test("every bucket and every figure comes back as it was sent, however large", () => {
  fc.assert(
    fc.property(anyHeader, anyBuckets, (header, buckets) => {
      assert.deepEqual(decode(encodeSparse(header, buckets)), { header, buckets });
    }),
    { numRuns: 500 },
  );
});

test("a distribution of many buckets comes back whole", () => {
  const header = { sumUs: 1, minUs: 0, maxUs: MAX_VALUE_US };
  const buckets = Array.from({ length: BUCKETS }, (_, bucket): Bucket => [bucket, 2 ** 31 + bucket]);
  assert.deepEqual(decode(encodeSparse(header, buckets)), { header, buckets });
});

test("latencies that are alike take few bytes", () => {
  const recorder = new Recorder();
  for (let index = 0; index < 10_000; index++) recorder.record(5 + (index % 10) / 1000);
  // Three figures of at most five bytes and ten buckets of three, in base64.
  assert.ok((recorder.encode() ?? "").length <= 60);
});

const header = { sumUs: 100, minUs: 10, maxUs: 90 };
const base64 = (...bytes: number[]) => Buffer.from(bytes).toString("base64");

const MALFORMED: readonly (readonly [name: string, text: string])[] = [
  ["an empty text", ""],
  ["signs that are not base64", "!!!!"],
  ["a header that breaks off", base64(100, 10)],
  ["a header without any values", encodeSparse(header, [])],
  ["a smallest value above the largest", encodeSparse({ ...header, minUs: 91 }, [[5, 1]])],
  ["a value longer than an hour", encodeSparse({ ...header, maxUs: MAX_VALUE_US + 1 }, [[5, 1]])],
  ["a bucket that does not exist", encodeSparse(header, [[BUCKETS, 1]])],
  [
    "buckets that lead beyond the last one",
    encodeSparse(header, [
      [10, 1],
      [BUCKETS, 1],
    ]),
  ],
  ["a bucket with nothing in it", encodeSparse(header, [[5, 0]])],
  ["a bucket without its count", base64(100, 10, 90, 5)],
  ["a count that breaks off", base64(100, 10, 90, 5, 128)],
  ["a number that never ends", base64(...Array<number>(40).fill(255))],
];

for (const [name, text] of MALFORMED) {
  test(`no distribution is read from ${name}, and nothing is added`, () => {
    const histogram = new Histogram();
    histogram.addEncoded(encodeSparse({ sumUs: 7, minUs: 7, maxUs: 7 }, [[7, 1]]));
    const before = histogram.encode();
    assert.equal(histogram.addEncoded(text), false);
    assert.equal(histogram.encode(), before);
  });
}

test("whatever the text, it is either read whole or adds nothing", () => {
  const anyText = fc.oneof(
    fc.base64String(),
    fc.string(),
    // A good text, cut short or with one byte changed.
    fc
      .tuple(anyHeader, anyBuckets, fc.nat(), fc.nat({ max: 255 }), fc.boolean())
      .map(([head, buckets, at, byte, isCut]) => {
        const bytes = Buffer.from(encodeSparse(head, buckets), "base64");
        if (isCut) return bytes.subarray(0, at % bytes.length).toString("base64");
        bytes[at % bytes.length] = byte;
        return bytes.toString("base64");
      }),
  );
  fc.assert(
    fc.property(anyText, (text) => {
      const histogram = new Histogram();
      const { header: read, buckets } = decode(text);
      assert.equal(histogram.addEncoded(text), read !== undefined);
      assert.equal(histogram.count, read ? buckets.reduce((sum, [, count]) => sum + count, 0) : 0);
      if (read) assert.ok(buckets.every(([bucket, count]) => bucket < BUCKETS && count > 0));
    }),
    { numRuns: 1000 },
  );
});

test("a distribution that is not there adds nothing and is no fault", () => {
  const histogram = new Histogram();
  assert.equal(histogram.addEncoded(undefined), true);
  assert.equal(histogram.count, 0);
});

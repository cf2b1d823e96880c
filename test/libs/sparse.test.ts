/** Distributions on the wire: nothing is lost on the way, and what is no distribution is refused and adds nothing. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { BUCKETS, MAX_VALUE_US } from "../../libs/stats/hdr-layout.ts";
import { Histogram } from "../../libs/stats/histogram.ts";
import { Recorder } from "../../libs/stats/recorder.ts";
import { encodeSparse, readSparse, type SparseHeader } from "../../libs/stats/sparse.ts";

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

function encode(head: SparseHeader, buckets: readonly Bucket[]): string {
  return encodeSparse({ ...head, pairs: buckets.flat() });
}

function decode(text: string): { header: SparseHeader | undefined; buckets: Bucket[] } {
  const sparse = readSparse(text);
  if (!sparse) return { header: undefined, buckets: [] };
  const { pairs, count, ...read } = sparse;
  const buckets = pairs.flatMap((bucket, at): Bucket[] =>
    at % 2 === 0 ? [[bucket, pairs[at + 1] ?? 0]] : [],
  );
  assert.equal(
    count,
    buckets.reduce((sum, [, inBucket]) => sum + inBucket, 0),
  );
  return { header: read, buckets };
}

/** The slow twin: as the format is described, number by number, in whole numbers of any length. */
function slowlyDecoded(text: string): { header: SparseHeader | undefined; buckets: Bucket[] } {
  const none = { header: undefined, buckets: [] };
  const numbers: number[] = [];
  let digits: number[] = [];
  for (const byte of Buffer.from(text, "base64")) {
    digits.unshift(byte % 128);
    if (byte >= 128) continue;
    if (digits.length > 8) return none;
    numbers.push(Number(digits.reduce((value, digit) => value * 128n + BigInt(digit), 0n)));
    digits = [];
  }
  const [sumUs = -1, minUs = 1, maxUs = 0, ...rest] = numbers;
  if (digits.length > 0 || minUs > maxUs || maxUs > MAX_VALUE_US || rest.length < 2 || rest.length % 2 === 1)
    return none;
  let bucket = 0;
  const buckets = rest.flatMap((distance, at): Bucket[] => {
    if (at % 2 === 1) return [];
    bucket += distance;
    return [[bucket, rest[at + 1] ?? 0]];
  });
  const areBuckets = buckets.every(([of, count]) => of < BUCKETS && count > 0 && count < 2 ** 32);
  return areBuckets ? { header: { sumUs, minUs, maxUs }, buckets } : none;
}

test("every bucket and every figure comes back as it was sent, however large", () => {
  fc.assert(
    fc.property(anyHeader, anyBuckets, (header, buckets) => {
      assert.deepEqual(decode(encode(header, buckets)), { header, buckets });
    }),
    { numRuns: 500 },
  );
});

test("a distribution of many buckets comes back whole", () => {
  const header = { sumUs: 1, minUs: 0, maxUs: MAX_VALUE_US };
  const buckets = Array.from({ length: BUCKETS }, (_, bucket): Bucket => [bucket, 2 ** 31 + bucket]);
  assert.deepEqual(decode(encode(header, buckets)), { header, buckets });
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
  ["a header without any values", encode(header, [])],
  ["a smallest value above the largest", encode({ ...header, minUs: 91 }, [[5, 1]])],
  ["a value longer than an hour", encode({ ...header, maxUs: MAX_VALUE_US + 1 }, [[5, 1]])],
  ["a bucket that does not exist", encode(header, [[BUCKETS, 1]])],
  [
    "buckets that lead beyond the last one",
    encode(header, [
      [10, 1],
      [BUCKETS, 1],
    ]),
  ],
  ["a bucket with nothing in it", encode(header, [[5, 0]])],
  ["a bucket without its count", base64(100, 10, 90, 5)],
  ["a count that breaks off", base64(100, 10, 90, 5, 128)],
  ["a number that never ends", base64(...Array<number>(40).fill(255))],
];

for (const [name, text] of MALFORMED) {
  test(`no distribution is read from ${name}, and nothing is added`, () => {
    const histogram = new Histogram();
    histogram.addEncoded(encode({ sumUs: 7, minUs: 7, maxUs: 7 }, [[7, 1]]));
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
        const bytes = Buffer.from(encode(head, buckets), "base64");
        if (isCut) return bytes.subarray(0, at % bytes.length).toString("base64");
        bytes[at % bytes.length] = byte;
        return bytes.toString("base64");
      }),
  );
  fc.assert(
    fc.property(anyText, (text) => {
      const histogram = new Histogram();
      const { header: read, buckets } = decode(text);
      assert.deepEqual({ header: read, buckets }, slowlyDecoded(text));
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

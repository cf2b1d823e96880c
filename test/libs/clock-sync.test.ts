/** A worker's estimate of the reference clock is never further off than it says, however the network delays. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type ClockSample, estimateOffset } from "../../libs/runtime/clock-sync.ts";

/** A round trip to a clock that is ahead by the offset: the way there and the way back take their own time. */
function sampleOf(offsetMs: number, sentMs: number, thereMs: number, backMs: number): ClockSample {
  return { sentMs, receivedMs: sentMs + thereMs + backMs, referenceMs: sentMs + thereMs + offsetMs };
}

const anyDelayMs = fc.oneof(
  fc.double({ min: 0.01, max: 5, noNaN: true }),
  fc.double({ min: 0.01, max: 900, noNaN: true }),
);

test("the offset is off by no more than its error bound, for ways of any length", () => {
  const anyTrips = fc.array(fc.tuple(fc.nat(60_000), anyDelayMs, anyDelayMs), {
    minLength: 1,
    maxLength: 12,
  });
  fc.assert(
    fc.property(fc.double({ min: -1e7, max: 1e7, noNaN: true }), anyTrips, (offsetMs, trips) => {
      const samples = trips.map(([sentMs, there, back]) => sampleOf(offsetMs, sentMs, there, back));
      const estimate = estimateOffset(samples);
      assert.ok(estimate);
      // A thousandth of a millisecond for the rounding of doubles.
      assert.ok(Math.abs(estimate.offsetMs - offsetMs) <= estimate.errorMs + 1e-3);
      const fastest = Math.min(...trips.map(([, there, back]) => there + back));
      assert.ok(Math.abs(estimate.errorMs - fastest / 2) < 1e-3, "the fastest round trip bounds it");
    }),
    { numRuns: 1000 },
  );
});

test("with ways of equal length the offset is exact", () => {
  assert.deepEqual(estimateOffset([sampleOf(250, 1000, 4, 4)]), { offsetMs: 250, errorMs: 4 });
  assert.deepEqual(estimateOffset([sampleOf(-250, 1000, 4, 4)]), { offsetMs: -250, errorMs: 4 });
});

test("one slow way puts the offset off by half of what it is slower, which the bound covers", () => {
  // 1 ms there and 9 ms back: the middle is taken, 5 ms after the send, though the clock was read after 1 ms.
  assert.deepEqual(estimateOffset([sampleOf(100, 0, 1, 9)]), { offsetMs: 96, errorMs: 5 });
});

test("a slow round trip never spoils a fast one, whichever came first", () => {
  const fast = sampleOf(100, 0, 1, 1);
  const slow = sampleOf(100, 5000, 1, 400);
  assert.deepEqual(estimateOffset([slow, fast]), { offsetMs: 100, errorMs: 1 });
  assert.deepEqual(estimateOffset([fast, slow]), { offsetMs: 100, errorMs: 1 });
});

test("without an answer there is no estimate", () => {
  assert.equal(estimateOffset([]), undefined);
});

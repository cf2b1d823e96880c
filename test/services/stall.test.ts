/** The truth about a target that stalls, on which a bench rests. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { trueP99Ms } from "../../bench/stall/truth.ts";

const STALL = { ratePerS: 500, seconds: 20, delayMs: 20, fromMs: 10_000, lengthMs: 2000 };

test("of those who meet a stall of 2 s in 20 s, all but the first tenth wait for less than the 99th percentile", () => {
  assert.equal(trueP99Ms(STALL), 1820);
});

test("without a stall everybody waits as long as an answer takes", () => {
  assert.equal(trueP99Ms({ ...STALL, lengthMs: 0 }), 20);
});

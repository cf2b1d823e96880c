/** What the gate before the API rests on: a list of tokens that is read with care, and buckets that fill at their rate. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createRateLimit } from "../../services/coordinator/access/rate-limit.ts";
import { readTokens } from "../../services/coordinator/access/tokens.ts";

test("a token that does not fit is an error that shows where, and not the token", () => {
  for (const line of [
    "root olga a-token-of-somebody",
    "admin olga short",
    "admin a-token-of-somebody",
    "admin olga a-token-of-somebody more",
  ]) {
    assert.throws(
      () => readTokens(`# a note\nviewer vera a-token-of-the-viewer\n${line}`, "LOGBURST_TOKENS"),
      (error: Error) =>
        /LOGBURST_TOKENS: entry 2/.test(error.message) && !error.message.includes("a-token-of-somebody"),
    );
  }
});

test("in any stretch of time no key gets more than its burst and its rate, and few keys are remembered", () => {
  const anyAsks = fc.array(fc.record({ key: fc.constantFrom("a", "b"), afterMs: fc.nat(500) }), {
    maxLength: 200,
  });
  fc.assert(
    fc.property(
      anyAsks,
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 1, max: 20 }),
      (asks, rate, burst) => {
        const limit = createRateLimit(rate, burst);
        const got: Record<string, number[]> = { a: [], b: [] };
        let nowMs = 0;
        for (const { key, afterMs } of asks) {
          nowMs += afterMs;
          const isFree = limit.waitS(key, nowMs) === 0;
          assert.equal(limit.take(key, nowMs) === 0, isFree);
          if (isFree) got[key]?.push(nowMs);
        }
        for (const times of Object.values(got))
          for (const [first, fromMs] of times.entries())
            for (let last = first; last < times.length; last++)
              assert.ok(
                last - first + 1 <= burst + (rate * ((times[last] as number) - fromMs)) / 1000 + 1e-6,
              );
      },
    ),
  );
  const limit = createRateLimit(1, 1, 100);
  for (let key = 0; key < 1000; key++) limit.take(String(key), 0);
  assert.equal(limit.size(), 100);
});

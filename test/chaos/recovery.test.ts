/** How long a load was away, from the times at which queries arrived. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { recoveryMs, shareOfRate } from "./recovery.ts";

/** A hundred queries a second over ten seconds, but for a stretch. */
function arrivals(gapFromMs: number, gapToMs: number): number[] {
  return Array.from({ length: 1000 }, (_, index) => index * 10).filter(
    (atMs) => atMs < gapFromMs || atMs >= gapToMs,
  );
}

test("a load that never falls has recovered at once", () => {
  assert.equal(recoveryMs(shareOfRate(arrivals(0, 0), 100), 3000, 10_000), 0);
});

test("a load that was away for two seconds is back when the first whole second of it begins", () => {
  const back = recoveryMs(shareOfRate(arrivals(3500, 5500), 100), 3000, 10_000) ?? 0;
  // The second that begins 50 ms before the gap's end still holds 95 of 100 queries.
  assert.ok(back >= 2400 && back <= 2500, `${back} ms`);
});

test("a load that stays away is never back", () => {
  assert.equal(recoveryMs(shareOfRate(arrivals(4000, 10_000), 100), 3000, 10_000), undefined);
});

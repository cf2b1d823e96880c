/** The time to capacity: from the first call for workers until there were the slots that a run began with. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { musterOf } from "../../libs/fold/muster.ts";
import type { RunEvent } from "../../libs/protocol/run.ts";

const common = { v: 1, run: "r", epoch: 1 } as const;
const called: RunEvent = { ...common, type: "mustering", at_ms: 1000, slots_needed: 128 };
const begun: RunEvent = {
  ...{ ...common, type: "started", at_ms: 13_400.4, t0_ms: 14_000, slots_held: 120 },
  nodes: ["worker-1", "worker-2"],
};

test("a muster tells how many slots were wanted and held, on how many workers, and after what time", () => {
  assert.deepEqual(musterOf([called, begun]), {
    ...{ slots_needed: 128, slots_held: 120, workers: 2, duration_ms: 12_400 },
  });
});

test("what a later leader's clock puts before the call took no time, and without a beginning there is nothing to tell", () => {
  assert.equal(musterOf([called, { ...begun, at_ms: 900 }])?.duration_ms, 0);
  assert.equal(musterOf([called]), null);
  assert.equal(musterOf([]), null);
});

/** The slices that are out: whatever comes and goes, the quick books say what a plain list says. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createOutstanding, type SlicePlace } from "../../services/coordinator/run/dispatch/outstanding.ts";

const LANES = 4;

/** Adds a slice, takes one back, or looks for those whose time is over. */
const anyStep = fc.oneof(
  fc.record({
    add: fc.nat(LANES - 1),
    window: fc.nat(40),
    endMs: fc.oneof(fc.nat(9000), fc.constant(Infinity)),
  }),
  fc.record({ take: fc.nat(LANES - 1), window: fc.nat(40) }),
  fc.record({ endedBefore: fc.oneof(fc.nat(10_000), fc.constant(Infinity)) }),
);

const placeOf = ({ lane, window }: { lane: number; window: number }) => `${lane}.${window}`;
const namesOf = (slices: readonly SlicePlace[]) => slices.map(placeOf).sort();

test("what is out, in a lane, in all, by its place in the queue and by its end, is what a list of it says", () => {
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 300, size: "max" }), (steps) => {
      const outstanding = createOutstanding(LANES);
      let list: { lane: number; window: number; endMs: number; seq: number }[] = [];
      let seq = 0;
      for (const step of steps) {
        if ("add" in step) {
          const { add: lane, window, endMs } = step;
          if (outstanding.get(lane, window)) continue;
          outstanding.add(lane, window, endMs, 1);
          seq++;
          outstanding.note(lane, window, { seq, revision: 1 });
          list.push({ lane, window, endMs, seq });
        } else if ("take" in step) {
          const { take: lane, window } = step;
          const isOut = list.some((slice) => placeOf(slice) === placeOf({ lane, window }));
          assert.equal(outstanding.delete(lane, window), isOut);
          list = list.filter((slice) => placeOf(slice) !== placeOf({ lane, window }));
        } else {
          const ended = list.filter(({ endMs }) => endMs < step.endedBefore).map(placeOf);
          assert.deepEqual(namesOf(outstanding.endedBefore(step.endedBefore)), ended.sort());
        }
        assert.deepEqual(namesOf(outstanding.all()), list.map(placeOf).sort());
        assert.equal(outstanding.count(), list.length);
        for (let lane = 0; lane < LANES; lane++)
          assert.equal(
            outstanding.hasIn(lane),
            list.some((slice) => slice.lane === lane),
          );
        const last = list.at(-1);
        if (last) assert.equal(placeOf(outstanding.bySequence(last.seq) as SlicePlace), placeOf(last));
      }
    }),
  );
});

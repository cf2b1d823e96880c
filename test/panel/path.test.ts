/** Charts that stand still: ticks at round numbers, lines that break off where nothing is known, areas that close. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { roundedUp, ticksTo } from "../../services/coordinator/panel/charts/axis.ts";
import {
  areaOf,
  type Frame,
  pathOf,
  timeScale,
  valueScale,
} from "../../services/coordinator/panel/charts/path.ts";

const frame: Frame = { left: 0, right: 100, top: 0, bottom: 100 };
const through = (isStepped: boolean) => ({
  second: [0, 1, 2, 3, 4],
  ...{ isStepped, frame },
  x: timeScale(0, 5, frame),
  y: valueScale([{ values: [0, 10] }], false, frame).at,
});

test("whatever the highest value is, the ticks reach it, and stand at numbers that people count in", () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-6, max: 1e9, noNaN: true }), (most) => {
      const ticks = ticksTo(roundedUp(most));
      assert.ok((ticks.at(-1) ?? 0) >= most);
      assert.ok(ticks.length >= 4 && ticks.length <= 7);
      const step = ticks[1] ?? 0;
      assert.ok(
        Math.abs(step - Number(step.toPrecision(1))) < step * 1e-9,
        `${step} between ticks to ${most}`,
      );
    }),
    // Rounded up it is 0.6000000000000001.
    { examples: [[0.4761904761904763]] },
  );
});

test("a line breaks off where nothing is known, and a value alone is a short line", () => {
  assert.equal(pathOf([10, 5, null, 0, null], through(false)), "M0 16.7L20 58.3M60 100L80 100");
});

test("counts hold until the next second, and the area below them closes", () => {
  assert.equal(pathOf([10, 0, null, null, null], through(true)), "M0 16.7L20 16.7L20 100L40 100");
  assert.equal(
    areaOf([10, 0, null, null, null], through(true)),
    "M0 100L0 16.7L20 16.7L20 100L40 100L40 100Z",
  );
});

test("a logarithmic scale has whole powers of ten, from below the least value to above the highest", () => {
  const { at, ticks } = valueScale([{ values: [3, null, 450] }], true, frame);
  assert.deepEqual(ticks, [1, 10, 100, 1000]);
  assert.deepEqual([1, 1000, 0].map(at), [100, 0, 100]);
});

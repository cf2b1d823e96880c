/** The cells of a heat map: every value has one, they touch, and none of the values is lost. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { HEAT_CELLS, heatCellOf, heatEdgesMs, heatOf } from "../../libs/stats/heat.ts";
import { Histogram } from "../../libs/stats/histogram.ts";
import { Recorder } from "../../libs/stats/recorder.ts";

test("a value lies between the edges of its cell, and cells touch", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 99_000_000 }), (valueUs) => {
      const [low, high] = heatEdgesMs(heatCellOf(valueUs));
      const isFirst = heatCellOf(valueUs) === 0;
      assert.ok(isFirst || low * 1000 <= valueUs * (1 + 1e-9), `${low} ms above ${valueUs} µs`);
      assert.ok(valueUs <= high * 1000 * (1 + 1e-9), `${high} ms below ${valueUs} µs`);
    }),
  );
  for (let cell = 1; cell < HEAT_CELLS; cell++) assert.equal(heatEdgesMs(cell - 1)[1], heatEdgesMs(cell)[0]);
  assert.deepEqual([heatCellOf(99), heatCellOf(100), heatCellOf(1e12)], [0, 1, HEAT_CELLS - 1]);
});

test("the cells of a distribution hold all of its values, in rising order", () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0, max: 3_000_000, noNaN: true }), { maxLength: 60 }),
      (valuesMs) => {
        const recorder = new Recorder();
        for (const valueMs of valuesMs) recorder.record(valueMs);
        const pairs = heatOf(Histogram.from(recorder.encode()));
        const cells = pairs.filter((_, at) => at % 2 === 0);
        const counts = pairs.filter((_, at) => at % 2 === 1);
        assert.equal(
          counts.reduce((sum, count) => sum + count, 0),
          valuesMs.length,
        );
        assert.deepEqual(
          cells,
          [...new Set(cells)].sort((a, b) => a - b),
        );
      },
    ),
  );
});

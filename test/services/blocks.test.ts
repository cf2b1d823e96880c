/** The blocks of a run: nothing is lost when they grow, and a death in between changes nothing. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { BlocksSnapshot, createBlocks, MAX_BLOCKS } from "../../libs/fold/blocks.ts";
import { measuredCell } from "../../libs/stats/measured.ts";
import { cellOf, distributionOf } from "../support/results.ts";

const anyCell = fc
  .record({
    query: fc.nat(1),
    second: fc.nat(400),
    ok: fc.nat(9),
    failed: fc.nat(3),
    ms: fc.integer({ min: 1, max: 500 }),
  })
  .map(({ ms, ok, ...rest }) => {
    const service = distributionOf(ok, ms);
    return measuredCell(cellOf({ ...rest, ok, ...(service && { service }) }));
  });

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

test("blocks are few however long the run is, hold every answer, and half of them lie below the median", () => {
  fc.assert(
    fc.property(fc.array(anyCell, { minLength: 1, maxLength: 60 }), (cells) => {
      const blocks = createBlocks(2);
      for (const cell of cells) blocks.addCell(cell);
      const { length_s: lengthS, totals, queries } = blocks.report();
      const last = Math.max(...cells.map(({ second }) => second));
      assert.equal(totals.ok.length, Math.floor(last / lengthS) + 1);
      assert.ok(totals.ok.length <= MAX_BLOCKS);
      for (const scatter of [totals, ...queries]) assert.equal(scatter.ok.length, totals.ok.length);
      assert.equal(sum(totals.ok), sum(cells.map(({ ok }) => ok)));
      assert.equal(sum(queries.flatMap(({ bad }) => bad)), sum(cells.map(({ failed }) => failed)));
      assert.ok(sum(totals.below.p50) >= sum(totals.ok) / 2);
      assert.ok(sum(totals.below.p99_9) >= sum(totals.below.p50));
    }),
  );
});

test("blocks that were written down and read again go on as if nothing had happened", () => {
  fc.assert(
    fc.property(fc.array(anyCell, { maxLength: 60 }), fc.nat(60), (cells, cut) => {
      const whole = createBlocks(2);
      for (const cell of cells) whole.addCell(cell);
      const before = createBlocks(2);
      for (const cell of cells.slice(0, cut)) before.addCell(cell);
      const stored = BlocksSnapshot.parse(JSON.parse(JSON.stringify(before.toSnapshot())));
      const after = createBlocks(2, 0, stored);
      for (const cell of cells.slice(cut)) after.addCell(cell);
      assert.deepEqual(after.report(), whole.report());
    }),
  );
});

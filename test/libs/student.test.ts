/** Student's t against the printed table. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { studentT } from "../../libs/stats/student.ts";

const TABLE = [
  [0.95, 1, 12.706],
  [0.95, 2, 4.303],
  [0.95, 3, 3.182],
  [0.99, 10, 3.169],
  [0.95, 30, 2.042],
  [0.999, 4, 8.61],
  [0.95, 1_000_000, 1.96],
] as const;

test("Student's t is that of the printed tables, for even and odd degrees of freedom", () => {
  for (const [share, degrees, expected] of TABLE)
    assert.ok(Math.abs(studentT(share, degrees) - expected) < 0.003, `${share}, ${degrees}`);
});

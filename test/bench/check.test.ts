/** The history of the benches: what is told as worse, and what cannot be compared. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { compare, WORST_CHANGE } from "../../bench/check/compare.ts";

const spread = (median: number) => ({ median, least: median / 2, most: median * 2 });
const entry = (machine: string, figures: object) => ({ date: "today", commit: "abc", machine, ...figures });
const worseIn = (entries: readonly ReturnType<typeof entry>[]) =>
  compare(entries)
    .filter(({ worse }) => worse > WORST_CHANGE)
    .map(({ figure }) => figure);

test("a figure that is more than a quarter above the median of those before it is worse", () => {
  const history = [10, 12, 11].map((ms) => entry("a", { plan_ms: spread(ms) }));
  assert.deepEqual(worseIn([...history, entry("a", { plan_ms: spread(13.7) })]), []);
  assert.deepEqual(worseIn([...history, entry("a", { plan_ms: spread(13.8) })]), ["plan_ms"]);
  assert.deepEqual(worseIn([...history, entry("a", { plan_ms: spread(1) })]), []);
});

test("of a rate, less is worse", () => {
  const history = [entry("a", { cells_per_s: spread(1000) })];
  assert.deepEqual(worseIn([...history, entry("a", { cells_per_s: spread(2000) })]), []);
  assert.deepEqual(worseIn([...history, entry("a", { cells_per_s: spread(749) })]), ["cells_per_s"]);
});

test("machines and settings are compared with themselves alone, in whatever order they were measured", () => {
  const history = [
    entry("a", { workers: 10, plan_ms: spread(1) }),
    entry("a", { workers: 500, plan_ms: spread(50) }),
    entry("b", { workers: 10, plan_ms: spread(2) }),
    entry("a", { workers: 10, plan_ms: spread(1.1) }),
    entry("b", { workers: 10, plan_ms: spread(4) }),
    entry("a", { workers: 500, plan_ms: spread(51) }),
  ];
  const compared = compare(history);
  assert.deepEqual(
    compared.map(({ last, before }) => [last, before]),
    [
      [1.1, 1],
      [51, 50],
      [4, 2],
    ],
  );
  assert.deepEqual(worseIn(history), ["plan_ms"]);
});

test("figures of a group are compared one by one; the number of rounds makes no other bench of it", () => {
  const of = (worker: number, wrk: number, rounds: number) =>
    entry("a", { size: "small", rounds, figures: { worker: spread(worker), wrk: spread(wrk) } });
  assert.deepEqual(worseIn([of(20, 8, 5), of(30, 8, 7)]), ["figures.worker"]);
});

test("what was never measured before, or took no time at all, cannot become worse", () => {
  assert.deepEqual(compare([entry("a", { stall_ms: spread(3) })]), []);
  assert.deepEqual(compare([entry("a", { stall_ms: spread(0) }), entry("a", { stall_ms: spread(3) })]), []);
});

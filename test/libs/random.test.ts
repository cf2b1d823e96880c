/** Random numbers by key: the same anywhere, evenly spread, and not alike for keys that are. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { below, poissonCount, randomFor } from "../../libs/load/random.ts";
import { anySeed } from "../support/configs.ts";

const take = (random: () => number, count: number) => Array.from({ length: count }, random);
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const variance = (values: readonly number[]) => {
  const middle = mean(values);
  return mean(values.map((value) => (value - middle) ** 2));
};
const anyKey = fc.array(fc.nat(), { minLength: 1, maxLength: 4 });

test("the same seed and key give the same numbers, whenever and wherever they are asked for", () => {
  fc.assert(
    fc.property(anySeed, anyKey, anyKey, (seed, key, other) => {
      const first = take(randomFor(seed, ...key), 20);
      take(randomFor(seed, ...other), 5);
      assert.deepEqual(take(randomFor(seed, ...key), 20), first);
    }),
  );
});

test("the numbers do not change from one release to the next, or old seeds would mean other runs", () => {
  // Written down once; whoever changes them must raise the version in the schedule hash.
  assert.deepEqual(
    take(randomFor(42, 3, 7, 0), 3).map((value) => Math.floor(value * 1e9)),
    [134_486_982, 12_994_758, 949_173_085],
  );
});

test("numbers lie in [0, 1) and fill it evenly", () => {
  const values = take(randomFor(1, 2, 3), 100_000);
  assert.ok(values.every((value) => value >= 0 && value < 1));
  const buckets = new Array<number>(100).fill(0);
  for (const value of values) buckets[Math.floor(value * 100)] = (buckets[Math.floor(value * 100)] ?? 0) + 1;
  // Chi-squared with 99 degrees of freedom: above 180 in one case of two million.
  const chiSquared = buckets.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
  assert.ok(chiSquared < 180, String(chiSquared));
});

test("neighbouring seeds, lanes and arrivals have nothing to do with one another", () => {
  const firsts = (keyOf: (index: number) => readonly [number, ...number[]]) =>
    Array.from({ length: 10_000 }, (_, index) => randomFor(...keyOf(index))());
  for (const values of [
    firsts((index) => [index, 3, 0, 0]),
    firsts((index) => [7, 3, index, 0]),
    firsts((index) => [7, 3, 0, index]),
    firsts((index) => [7, 3, index, index]),
  ]) {
    assert.equal(new Set(values).size, values.length);
    // Mean 1/2 and variance 1/12, each within six standard errors for ten thousand.
    assert.ok(Math.abs(mean(values) - 1 / 2) < 0.0174);
    assert.ok(Math.abs(variance(values) - 1 / 12) < 0.0045);
    const products = values.slice(1).map((value, index) => (value - 0.5) * ((values[index] ?? 0) - 0.5));
    assert.ok(Math.abs(mean(products)) < 0.005, "a number tells nothing of its neighbour");
  }
});

test("large seeds differ in all their bits", () => {
  const firsts = [0, 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 33, 2 ** 40].map((seed) => randomFor(seed, 1)());
  assert.equal(new Set(firsts).size, firsts.length);
});

test("a whole number below a bound takes every value and never the bound", () => {
  const random = randomFor(5, 5);
  const seen = new Set(take(() => below(random, 6), 1000));
  assert.deepEqual([...seen].sort(), [0, 1, 2, 3, 4, 5]);
  // The largest number that a stream can give.
  assert.equal(
    below(() => 1 - 2 ** -53, 1000),
    999,
  );
});

test("Poisson counts have the mean and the variance of their kind, for small and for large means", () => {
  for (const expected of [0.1, 1, 5, 31.9, 32, 32.1, 100]) {
    const random = randomFor(11, 1, Math.round(expected * 10));
    const counts = take(() => poissonCount(random, expected), 20_000);
    // Six standard errors of the mean, and of the variance (which has 2 + 1/mean in its own).
    const meanError = 6 * Math.sqrt(expected / 20_000);
    const varianceError = 6 * expected * Math.sqrt((2 + 1 / expected) / 20_000);
    assert.ok(Math.abs(mean(counts) - expected) < meanError, `mean ${mean(counts)} for ${expected}`);
    assert.ok(Math.abs(variance(counts) - expected) < varianceError, `variance ${variance(counts)}`);
  }
});

test("a mean of nothing counts nothing", () => {
  const random = randomFor(1, 1);
  assert.ok(take(() => poissonCount(random, 0), 100).every((count) => count === 0));
});

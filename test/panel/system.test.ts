/** What the pages about the whole system work out by themselves: how repeats scatter, and settings in words. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { spreadsOf } from "../../services/coordinator/panel/series/spread.ts";
import { valueText } from "../../services/coordinator/panel/settings/value-text.ts";
import { exampleSearch } from "../support/example-search.ts";

const [step] = exampleSearch.steps;
assert.ok(step);

test("repeats are told by their mean, their ends and their scatter, as far as there are figures", () => {
  const repeat = (p99Ms: number | null) => ({ ...step, p50_ms: null, p99_ms: p99Ms, completed_per_s: 40 });
  const spreads = spreadsOf([repeat(90), repeat(110), repeat(null)]);
  assert.deepEqual(
    spreads.map(({ figure, mean, least, most }) => [figure, mean, least, most]),
    [
      ["completed_per_s", 40, 40, 40],
      ["error_rate", 0, 0, 0],
      ["p99_ms", 100, 90, 110],
    ],
  );
  const [rate, errors, p99] = spreads.map(({ scatter }) => scatter);
  assert.deepEqual([rate, errors], [0, undefined], "no share of a mean of nothing");
  assert.ok(p99 !== undefined && Math.abs(p99 - Math.SQRT2 / 10) < 1e-9);
  assert.equal(spreadsOf([repeat(90)]).at(-1)?.scatter, undefined, "one run alone does not scatter");
  assert.deepEqual(spreadsOf([]), []);
});

test("settings are read as words: lists, caps, durations, and lists of nothing", () => {
  const values = [{ rate: 100, duration: 90_000 }, ["a:1", "b:2"], [], {}, "info", 128, undefined].map(
    (value) => valueText(value),
  );
  assert.deepEqual(values, ["rate 100, duration 1 m 30 s", "a:1, b:2", "[]", "–", "info", "128", "–"]);
});

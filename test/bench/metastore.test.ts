/** The comparison of two stores says no more than its rounds do. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { comparisonPage } from "../../bench/metastore/page.ts";
import { judge, MEASURES, rowsOf, scorecardOf } from "../../bench/metastore/rows.ts";
import type { Report } from "../../libs/protocol/report.ts";
import { exampleReport } from "../support/example-report.ts";

const verdict = (baseline: number[], contender: number[], isMoreBetter = true) =>
  judge(baseline, contender, isMoreBetter).verdict;

test("rounds that lie apart differ, rounds that overlap do not, and one round says nothing", () => {
  assert.equal(verdict([100, 101, 99], [150, 151, 149]), "better");
  assert.equal(verdict([100, 101, 99], [150, 151, 149], false), "worse");
  assert.equal(verdict([100, 101, 99], [50, 51, 49]), "worse");
  assert.equal(verdict([100, 160, 70], [150, 90, 120]), "same");
  assert.equal(verdict([100, 100.1, 99.9], [102, 102.1, 101.9]), "same", "a difference that does not matter");
  assert.equal(verdict([100], [200]), "same");
  assert.equal(verdict([], [200]), "not run");
  assert.equal(verdict([0, 0, 0], [0, 0, 0], false), "same");
});

test("exchanging the stores exchanges better and worse", () => {
  const values = fc.array(fc.double({ min: 1, max: 1000, noNaN: true }), { minLength: 2, maxLength: 5 });
  const property = fc.property(values, values, (some, others) => {
    const [there, back] = [verdict(some, others), verdict(others, some)];
    assert.ok(!(there === back && there !== "same"), `${there} and ${back}`);
  });
  fc.assert(property);
});

test("the scorecard is counted from the rows, and a workload that was not run passes for nothing", () => {
  const report: Report = exampleReport;
  const rows = rowsOf([{ large: report }, { large: report }], [{ large: report }, { large: report }]);
  assert.equal(rows.length, MEASURES.length);
  const scores = scorecardOf(rows);
  const all = scores.at(-1);
  assert.ok(all && all.counts.same > 0 && all.counts["not run"] > 0);
  assert.equal(all.counts.same + all.counts["not run"], MEASURES.length);
  assert.equal(scores.find(({ group }) => group === "watch")?.share, null);
  const page = comparisonPage(
    { name: "a", rounds: [{ large: report }] },
    { name: "b", rounds: [{}] },
    "a machine",
  );
  assert.match(page, /\| large load \| ops\/s \| [\d.,]+ \| [^|]+ \| not run \|/);
});

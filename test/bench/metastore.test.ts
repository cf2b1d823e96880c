/** The comparison of two stores says no more than its rounds do, in the words of every comparison. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { comparisonPage, notesOf, tableOf } from "../../bench/metastore/page.ts";
import { comparisonsOf, MEASURES, type Round, rowsOf, scorecardOf } from "../../bench/metastore/rows.ts";
import { judgeRepeats } from "../../libs/compare/rows.ts";
import { randomFor } from "../../libs/load/random.ts";
import type { Report } from "../../libs/protocol/report.ts";
import { drawnReport } from "../support/drawn-report.ts";
import { exampleReport } from "../support/example-report.ts";

const verdict = (baseline: number[], contender: number[], isMoreBad = false) =>
  judgeRepeats(baseline, contender, { isMoreBad, minEffect: 0.02 }).verdict;

test("a figure differs where its rounds lie apart, and one round a side says nothing", () => {
  assert.equal(verdict([100, 101, 99], [150, 151, 149]), "better");
  assert.equal(verdict([100, 101, 99], [150, 151, 149], true), "worse");
  assert.equal(verdict([150, 151, 149], [100, 101, 99]), "worse");
  assert.equal(verdict([100, 160, 70], [150, 90, 120]), "same");
  assert.equal(verdict([100, 100.1, 99.9], [101, 101.1, 100.9]), "same", "a difference that does not matter");
  assert.equal(verdict([100], [200]), "unknown");
  assert.equal(verdict([0, 0], [0, 0]), "unknown");
});

/** Watchers that got so many events in so many seconds. */
function watched(count: number, seconds: number): Report {
  const delivery_ms = { ...exampleReport.totals.service_ms, count };
  return { ...exampleReport, duration_ms: 1000 * seconds, totals: { ...exampleReport.totals, delivery_ms } };
}

/** @param putMs the median of half of the operations */
function large(seed: number, putMs: number): Report {
  const random = randomFor(seed, 1);
  return drawnReport({
    random,
    seconds: 30,
    perSecond: 400,
    mediansMs: { get: 10, put: putMs },
    spread: 0.3,
  });
}

const store = (name: string, ...rounds: Round[]) => ({ name, rounds });

test("the scorecard is counted from the rows, and a workload that was not run passes for nothing", () => {
  const one = store("a", { large: large(1, 20) }, { large: large(2, 20) });
  const other = store("b", { large: large(3, 40) }, { large: large(4, 40) });
  const rows = rowsOf(one, other, comparisonsOf(one, other));
  assert.equal(rows.length, MEASURES.length);
  const said = Object.fromEntries(rows.map(({ name, verdict }) => [name, verdict]));
  assert.deepEqual(
    [said["PUT, p99"], said["GET, p99"], said["large load, mean"], said["mixed load"]],
    ["worse", "same", "worse", "not run"],
  );
  const scores = scorecardOf(rows);
  const all = scores.at(-1)?.counts;
  assert.ok(all && all.same > 0 && all.worse > 0 && all["not run"] > 0);
  assert.equal(
    Object.values(all).reduce((sum, count) => sum + count, 0),
    MEASURES.length,
  );
  assert.equal(scores.find(({ group }) => group === "watch")?.share, null);
  const page = comparisonPage(store("a", { large: large(1, 20) }), store("b", {}), "a machine");
  assert.match(page, /\| large load \| ops\/s \| [\d.,]+ \| [^|]+ \| not run \|/);
});

test("figures of a run that was inconclusive are not believed, and the page says why", () => {
  const passed = large(1, 20);
  const late: Report = { ...passed, verdict: "inconclusive", verdict_reasons: ["queries were sent late"] };
  const [one, other] = [store("a", { sustained: passed }), store("b", { sustained: late })];
  const rows = rowsOf(one, other, comparisonsOf(one, other)).filter(({ name }) =>
    name.startsWith("sustained"),
  );
  assert.ok(rows.length > 0 && rows.every((row) => row.verdict === "unknown"));
  assert.match(
    comparisonPage(one, other, "a machine"),
    /- sustained: \S+ was inconclusive: queries were sent late/,
  );
  assert.match(tableOf(other), /sustained .* inconclusive/);
  assert.match(notesOf(other)[1] ?? "", /answered, each after .* [\d,]+ lost, worker died/);
  assert.deepEqual(notesOf(other)[0], "sustained: inconclusive: queries were sent late");
});

test("of watchers deliveries are counted, and not watchers", () => {
  const [fast, slow] = [watched(100_000, 10), watched(100_000, 40)];
  assert.match(tableOf(store("a", { watch: fast })), /watch .* 10,000 /);
  const [one, other] = [
    store("a", { watch: fast }, { watch: fast }),
    store("b", { watch: slow }, { watch: slow }),
  ];
  const row = rowsOf(one, other, comparisonsOf(one, other)).find(
    ({ name }) => name === "watch, events delivered",
  );
  assert.deepEqual(
    [row?.baseline, row?.contender],
    [
      [10_000, 10_000],
      [2500, 2500],
    ],
  );
  assert.equal(Math.round(100 * (row?.judged?.difference ?? 0)), -75);
});

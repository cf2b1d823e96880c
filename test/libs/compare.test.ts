/** Comparisons of runs whose latencies are drawn, so that it is known what must be found, and how often. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { compare, type Side } from "../../libs/compare/compare.ts";
import { compareSides } from "../../libs/compare/sides.ts";
import { randomFor } from "../../libs/load/random.ts";
import { Comparison, type ComparisonRow } from "../../libs/protocol/comparison.ts";
import type { Report } from "../../libs/protocol/report.ts";
import { comparisonMarkdown } from "../../libs/report/comparison/markdown.ts";
import { comparisonText } from "../../libs/report/comparison/text.ts";
import { PIPE } from "../../libs/report/terminal/terminal.ts";
import { config, paired } from "../support/configs.ts";
import { type DrawnRun, drawnReport } from "../support/drawn-report.ts";

const OPTIONS = { minEffect: 0.02 };
const RUN = { seconds: 60, perSecond: 40, mediansMs: { errors: 20, volume: 50 }, spread: 0.3 };

function side(name: string, ...reports: Report[]): Side {
  return { name, reports };
}

/** A pair of runs, the second with one query slower or faster. */
function pair(seed: number, run: Omit<DrawnRun, "random">, factor = 1): [Report, Report] {
  const random = randomFor(seed, 1);
  const { mediansMs } = run;
  const changed = { ...mediansMs, volume: (mediansMs.volume as number) * factor };
  return [drawnReport({ ...run, random }), drawnReport({ ...run, random, mediansMs: changed })];
}

function comparisonOf([baseline, contender]: [Report, Report]): Comparison {
  return compare(side("before", baseline), side("after", contender), OPTIONS);
}

function row({ rows }: Comparison, query: string | null, metric: ComparisonRow["metric"]): ComparisonRow {
  const found = rows.find((entry) => entry.query === query && entry.metric === metric);
  assert.ok(found, `there is a row ${query} ${metric}`);
  return found;
}

const times = (count: number) => Array.from({ length: count }, (_, seed) => seed);

test("two runs of the same are found to differ in one of 20 tries at most, also where slowness comes and goes", () => {
  const kinds = [{}, { memory: 0.9, unrest: 0.3 }, { errorRate: 0.01 }, { spread: 1.2 }, { perSecond: 4 }];
  for (const kind of kinds) {
    const verdicts = times(20).map((seed) => comparisonOf(pair(seed, { ...RUN, ...kind })).verdict);
    const differing = verdicts.filter((verdict) => verdict === "worse" || verdict === "better");
    const same = verdicts.filter((verdict) => verdict === "same");
    assert.ok(differing.length <= 1 && same.length >= 18, `${JSON.stringify(kind)}: ${verdicts.join()}`);
  }
});

test("a query that became slower by a tenth is found in at least 19 of 20 tries, and no other query is blamed", () => {
  const found = times(20).filter((seed) => {
    const comparison = comparisonOf(pair(seed, RUN, 1.1));
    const blamed = comparison.rows.filter(({ query, verdict }) => query !== null && verdict === "worse");
    return blamed.length > 0 && blamed.every(({ query }) => query === "volume");
  });
  assert.ok(found.length >= 19, `${found.length} of 20`);
});

test("a query that became faster by a fifth is better, and the interval holds the truth", () => {
  const comparison = comparisonOf(pair(3, RUN, 0.8));
  assert.equal(comparison.verdict, "better");
  const { low, high, verdict } = row(comparison, "volume", "p50");
  assert.equal(verdict, "better");
  assert.ok((low ?? 0) < -0.2 && (high ?? 0) > -0.2);
});

test("errors and a lower rate are worse, a difference below the least effect is not", () => {
  const random = randomFor(5, 1);
  const clean = drawnReport({ ...RUN, random });
  const failing = drawnReport({ ...RUN, random, errorRate: 0.05 });
  const slower = drawnReport({ ...RUN, random, perSecond: 30 });
  assert.equal(row(comparisonOf([clean, failing]), "errors", "error_rate").verdict, "worse");
  assert.equal(row(comparisonOf([clean, slower]), null, "rate").verdict, "worse");
  const tolerant = compare(side("a", clean), side("b", slower), { minEffect: 0.5 });
  assert.equal(row(tolerant, null, "rate").verdict, "same");
});

test("a percentile with too few values beyond it is unknown, not same", () => {
  const comparison = comparisonOf(pair(7, { ...RUN, perSecond: 2 }));
  assert.equal(row(comparison, "errors", "p99_9").verdict, "unknown");
});

test("runs that are too short, or change too much by themselves, to tell any of their times apart are not called the same", () => {
  for (const run of [{ seconds: 1 }, { seconds: 12, memory: 0.95, unrest: 1 }]) {
    const { verdict, verdict_reasons } = comparisonOf(pair(7, { ...RUN, ...run }));
    assert.equal(verdict, "inconclusive", JSON.stringify(run));
    assert.match(verdict_reasons.join(), /^too little was measured/);
  }
});

test("what one run alone would call worse is the same where repeats differ as much", () => {
  const random = randomFor(11, 1);
  const runAt = (factor: number) =>
    drawnReport({ ...RUN, random, mediansMs: { errors: 20 * factor, volume: 50 * factor } });
  const before = [1, 1.12, 0.9].map(runAt);
  const after = [1.1, 0.95, 1.14].map(runAt);
  const single = comparisonOf([before[0] as Report, after[0] as Report]);
  assert.equal(single.verdict, "worse");
  const repeated = compare(side("before", ...before), side("after", ...after), OPTIONS);
  assert.equal(repeated.verdict, "same");
  const { noise } = row(repeated, "volume", "p50");
  assert.ok(noise !== null && noise > 0.1, `noise ${noise}`);
});

test("repeats that agree with each other make a difference as sure as their number", () => {
  const random = randomFor(13, 1);
  const runAt = (factor: number) =>
    drawnReport({ ...RUN, random, mediansMs: { errors: 20 * factor, volume: 50 * factor } });
  const repeated = compare(
    side("before", ...[1, 1.01, 0.99].map(runAt)),
    side("after", ...[1.1, 1.11, 1.09].map(runAt)),
    OPTIONS,
  );
  assert.equal(row(repeated, "errors", "p50").verdict, "worse");
});

test("runs too short to tell their own scatter are told apart by their repeats, and one a side is not", () => {
  const random = randomFor(17, 1);
  const runAt = (factor: number) =>
    drawnReport({ ...RUN, seconds: 3, random, mediansMs: { errors: 20 * factor, volume: 50 * factor } });
  const [before, after, again] = [1, 2, 1].map((factor) => [1, 1.01, 0.99].map((by) => runAt(factor * by)));
  const of = (baseline: Report[] = [], contender: Report[] = []) =>
    compare(side("before", ...baseline), side("after", ...contender), OPTIONS);
  const single = of(before?.slice(0, 1), after?.slice(0, 1));
  assert.equal(row(single, "errors", "mean").verdict, "unknown");
  const repeated = of(before, after);
  assert.deepEqual(
    [row(repeated, "errors", "mean").verdict, row(repeated, "errors", "rate").verdict],
    ["worse", "same"],
  );
  assert.equal(of(before, again).verdict, "same");
});

test("it is said in what the runs differ besides their figures", () => {
  const [before, after] = pair(1, RUN);
  const spec = structuredClone(after.spec) as { spec: { target: { url: string }; workload: object } };
  spec.spec.target.url = "http://other:9428";
  spec.spec.workload = { model: "open", target_qps: 200 };
  const other = {
    ...after,
    spec,
    schedule_hash: "another",
    versions: { ...after.versions, node: "v22.0.0" },
  };
  const { unlike } = comparisonOf([before, other]);
  const of = (kind: string) => unlike.filter((entry) => entry.kind === kind).map(({ what }) => what);
  assert.deepEqual(of("target"), ["target.url"]);
  assert.deepEqual(of("environment"), ["versions.node"]);
  assert.deepEqual(of("schedule").sort(), [
    "workload.duration",
    "workload.ramp_up_time",
    "workload.target_qps",
  ]);
  const { baseline, contender } = unlike.find(({ what }) => what === "workload.target_qps") ?? {};
  assert.deepEqual([baseline, contender], ["100", "200"]);
});

test("a run whose figures cannot be believed makes the comparison inconclusive", () => {
  const [before, after] = pair(1, RUN, 1.5);
  const doubtful = { ...after, verdict: "inconclusive" as const, verdict_reasons: ["short of CPU"] };
  assert.equal(comparisonOf([before, doubtful]).verdict, "inconclusive");
});

/** A run on two targets, one of whose queries takes so many times as long on the second. */
function sidesOf(seed: number, run: Omit<DrawnRun, "random">, factor = 1): Comparison {
  const { errors = 0, volume = 0 } = run.mediansMs;
  const mediansMs = { ea: errors, eb: errors, va: volume, vb: volume * factor };
  const report = drawnReport({ ...run, random: randomFor(seed, 2), mediansMs, isPaired: true });
  const queries = [
    { name: "errors", template: "error" },
    { name: "volume", template: "*" },
  ];
  const { spec } = config(paired({ queries }));
  assert.ok(spec.targets);
  return compareSides(report, { targets: spec.targets, queries: spec.queries });
}

test("two targets that answer alike are the same in at least 19 of 20 tries, also where slowness comes to both and goes", () => {
  const kinds = [{}, { memory: 0.9, unrest: 0.3 }, { errorRate: 0.01 }, { perSecond: 4 }];
  for (const kind of kinds) {
    const same = times(20).filter((seed) => sidesOf(seed, { ...RUN, ...kind }).verdict === "same");
    assert.ok(same.length >= 19, `${JSON.stringify(kind)}: ${same.length} of 20`);
  }
});

test("a target that is slower by a tenth in one query is found in at least 19 of 20 tries, also in slowness that both feel", () => {
  for (const kind of [{}, { memory: 0.9, unrest: 0.3 }]) {
    const found = times(20).filter((seed) => {
      const { rows, verdict } = sidesOf(seed, { ...RUN, ...kind }, 1.1);
      const blamed = rows.filter(({ query, verdict: of }) => query !== null && of === "worse");
      return verdict === "worse" && blamed.length > 0 && blamed.every(({ query: name }) => name === "volume");
    });
    assert.ok(found.length >= 19, `${JSON.stringify(kind)}: ${found.length} of 20`);
  }
});

test("a comparison of two targets says where they are, and what they are asked otherwise", () => {
  const comparison = sidesOf(1, RUN, 1.5);
  assert.deepEqual(Comparison.parse(JSON.parse(JSON.stringify(comparison))), comparison);
  assert.deepEqual(
    [comparison.baseline.name, comparison.contender.name],
    ["a http://old:9428", "b http://new:9428"],
  );
  assert.deepEqual(comparison.unlike, [
    { kind: "target", what: "url", baseline: "http://old:9428", contender: "http://new:9428" },
  ]);
  assert.equal(row(comparison, "volume", "p50").verdict, "worse");
  assert.equal(row(comparison, "errors", "p50").verdict, "same");
});

test("a comparison fits its schema, and its faces name the verdict and the rows that differ", () => {
  const comparison = comparisonOf(pair(2, RUN, 1.3));
  assert.deepEqual(Comparison.parse(JSON.parse(JSON.stringify(comparison))), comparison);
  const text = comparisonText(comparison, PIPE, false);
  assert.match(text, /verdict {4}WORSE/);
  assert.match(text, /volume +p50 +\d+\.\d ms +6\d\.\d ms +\+\d+\.\d %.* worse/);
  const markdown = comparisonMarkdown(comparison);
  assert.match(markdown, /🔴 worse: after against before/);
  assert.match(markdown, /\| volume \| p50 \|.*\| worse \|/);
  assert.match(markdown, /rows without a difference/);
});

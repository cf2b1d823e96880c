/** The search for the highest load: how it goes on, where it ends, and how near it comes to a knee that is known. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { randomFor } from "../../libs/load/random.ts";
import type { SearchResult } from "../../libs/protocol/series.ts";
import { nextStep, type SearchSpec, type Tried } from "../../libs/series/search.ts";

const SPEC: SearchSpec = { from: 10, to: 5000, precision: 0.02, confirm: 5, isWhole: false };

/** Searches to the end against a target that says of each load what becomes of it. */
function search(spec: SearchSpec, verdictAt: (load: number) => Tried["verdict"]) {
  const steps: Tried[] = [];
  for (;;) {
    const next = nextStep(spec, steps);
    if (next.do === "end") return { steps, result: next.result };
    steps.push({ stage: next.stage, load: next.load, verdict: verdictAt(next.load) });
  }
}

const upTo = (knee: number) => (load: number) => (load <= knee ? "passed" : "failed");
const far = (value: number | null, knee: number) => Math.abs((value ?? 0) - knee) / knee;

test("the load is doubled until it fails, halved in between, and both ends are tried again", () => {
  const { steps, result } = search({ ...SPEC, confirm: 2, precision: 0.1 }, upTo(100));
  const loads = (stage: Tried["stage"]) =>
    steps.filter((step) => step.stage === stage).map(({ load }) => load);
  assert.deepEqual(loads("raise"), [10, 20, 40, 80, 160]);
  assert.deepEqual(loads("narrow"), [120, 100, 110]);
  assert.deepEqual(loads("confirm_low"), [100, 100]);
  assert.deepEqual(loads("confirm_high"), [110, 110]);
  assert.deepEqual(result, { ended_by: "knee", load: 100, low: 100, high: 110, confidence: 0.5 });
});

test("a sharp knee is found as near as was asked for, wherever it lies, in rates and in whole users", () => {
  for (const isWhole of [false, true]) {
    for (let seed = 0; seed < 100; seed++) {
      const knee = 10 + randomFor(seed, 1)() * 4000;
      const { result } = search({ ...SPEC, isWhole }, upTo(knee));
      assert.ok(
        (result.low ?? 0) <= knee && knee <= (result.high ?? 0),
        `${knee}: ${JSON.stringify(result)}`,
      );
      assert.ok(far(result.load, knee) <= Math.max(0.021, isWhole ? 1 / knee : 0), `${knee}: ${result.load}`);
      if (isWhole) assert.ok([result.low, result.high].every(Number.isInteger));
    }
  }
});

test("where the target passes and fails by chance near its knee, the interval holds it as often as it says", () => {
  const results: [number, SearchResult][] = [];
  for (let seed = 0; seed < 200; seed++) {
    const random = randomFor(seed, 2);
    const knee = 50 + random() * 900;
    const chance = (load: number) => 1 / (1 + Math.exp((load - knee) / (0.02 * knee)));
    results.push([knee, search(SPEC, (load) => (random() < chance(load) ? "passed" : "failed")).result]);
  }
  const held = results.filter(([knee, { low, high }]) => (low ?? 0) <= knee && knee <= (high ?? 0));
  const [, { confidence }] = results[0] as [number, SearchResult];
  assert.ok(held.length / results.length >= (confidence ?? 1), `${held.length} of ${results.length}`);
  const near = results.filter(([knee, { load }]) => far(load, knee) <= 0.05);
  assert.ok(near.length / results.length >= 0.9, `${near.length} of ${results.length} within 5 %`);
});

test("a search without a knee says so: nothing holds, everything holds, or the generator was what gave in", () => {
  assert.deepEqual(search(SPEC, () => "failed").result.ended_by, "none");
  const all = search(SPEC, () => "passed").result;
  assert.deepEqual([all.ended_by, all.low], ["limit", 5000]);
  const weak = search(SPEC, (load) => (load > 300 ? "inconclusive" : "passed")).result;
  assert.deepEqual([weak.ended_by, weak.load], ["generator", 160]);
});

test("a single run without a judgement is repeated, and does not end the search", () => {
  let doubts = 1;
  const { result, steps } = search(SPEC, (load) => {
    if (load === 40 && doubts-- > 0) return "inconclusive";
    return load <= 100 ? "passed" : "failed";
  });
  assert.equal(result.ended_by, "knee");
  assert.equal(steps.filter(({ load }) => load === 40).length, 2);
});

test("a target that passes and fails in turn is not searched for ever", () => {
  const random = randomFor(1, 3);
  const { steps } = search({ ...SPEC, confirm: 20 }, (load) =>
    load === 10 || (load < 5000 && random() < 0.5) ? "passed" : "failed",
  );
  assert.ok(steps.length <= 100);
});

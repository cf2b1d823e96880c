/** What a query may expect of its answer, and what is said of expectations that no answer can meet. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { planOf } from "../../libs/load/plan.ts";
import { scheduleHash } from "../../libs/load/schedule-hash.ts";
import { type Case, testCases } from "../support/broken-yaml.ts";
import { config } from "../support/configs.ts";

const HASH = "0123456789abcdef";

test("what is expected of an answer does not change what is asked, and when", () => {
  const hashOf = (expect: object) => {
    const of = config({ queries: [{ name: "all", template: "*", ...expect }] });
    return scheduleHash(of, planOf(of, 1));
  };
  assert.equal(hashOf({ expect: { min_rows: 1 } }), hashOf({}));
});

const CASES: readonly Case[] = [
  [
    "a hash that is none",
    { query: "expect: {hash: ▸abc}" },
    "spec.queries[0].expect.hash",
    /"abc" has the wrong form/,
    /matches/,
  ],
  [
    "an expectation that cannot be met",
    { query: "expect: ▸{min_rows: 5, max_rows: 4}" },
    "spec.queries[0].expect",
    /has a min_rows above its max_rows/,
    /exchange them/,
  ],
  [
    "rows of a refusal",
    { query: "expect: ▸{status: 400, min_rows: 1}" },
    "spec.queries[0].expect",
    /expects rows of an answer with status 400/,
    /a status alone/,
  ],
  [
    "an answer without end",
    { query: "api: tail\nexpect: ▸{min_rows: 1}" },
    "spec.queries[0].expect",
    /does not go with api: tail/,
    /remove it/,
  ],
  [
    "the same rows of a query that varies",
    { query: `expect: {hash: ▸${HASH}}` },
    "spec.queries[0].expect.hash",
    /goes with a query that has variables/,
    /expect rows/,
  ],
  [
    "the same rows of a time range that slides",
    { queries: `queries:\n  - {name: a, template: "*", time_range: {last: 5m}, expect: {hash: ▸${HASH}}}` },
    "spec.queries[0].expect.hash",
    /goes with a time range that is not fixed/,
    /write time_range/,
  ],
];

testCases(CASES);

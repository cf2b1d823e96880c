/** What a query expects of its answer, on a real server: a wrong answer has failed, and says what was wrong with it. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { LANES } from "../support/driving.ts";
import { openTarget } from "../support/engine.ts";
import { startTarget, type TargetServer } from "../support/servers.ts";

let target: TargetServer;
before(async () => {
  target = await startTarget(20_000);
});
after(() => target[Symbol.asyncDispose]());

const DAY_MS = 86_400_000;
const iso = (ms: number) => new Date(ms).toISOString();
const FIXED = { from: iso(Date.now() - 2 * DAY_MS), to: iso(Date.now() + DAY_MS) };

type Case = readonly [name: string, query: object, outcome: string, detail: string, message: RegExp];

const CASES: readonly Case[] = [
  ["as many rows as expected", { limit: 10, expect: { min_rows: 10, max_rows: 10 } }, "ok", "", /^$/],
  [
    "too few rows",
    { limit: 10, expect: { min_rows: 11 } },
    ...["expect", "too few rows"],
    /^10 rows, where at least 11 are expected$/,
  ],
  [
    "too many rows",
    { limit: 10, expect: { max_rows: 9 } },
    ...["expect", "too many rows"],
    /^10 rows, where at most 9 are expected$/,
  ],
  [
    "items of an object",
    { api: "stats_query", template: "* | stats by (namespace) count() n", expect: { min_rows: 4 } },
    ...["expect", "too few rows"],
    /^3 rows/,
  ],
  ["a refusal that is expected", { template: "* | (", expect: { status: 400 } }, "ok", "", /^$/],
  [
    "an answer where a refusal is expected",
    { limit: 1, expect: { status: 400 } },
    ...["expect", "status 200"],
    /^status 200 and not 400$/,
  ],
  [
    "another refusal than the one that is expected",
    { template: "* | (", expect: { status: 404 } },
    ...["http_4xx", "400"],
    /./,
  ],
  [
    "a refusal where rows are expected",
    { template: "* | (", expect: { min_rows: 1 } },
    "http_4xx",
    "400",
    /./,
  ],
] as unknown as readonly Case[];

for (const lane of LANES) {
  for (const [name, query, outcome, detail, message] of CASES) {
    test(`${lane}: ${name}`, async () => {
      await using opened = openTarget(target.url, {}, lane);
      const ended = await opened.ask({ time_range: FIXED, ...query });
      assert.deepEqual([ended.outcome, ended.detail], [outcome, detail], ended.message);
      assert.match(ended.message, message);
    });
  }

  test(`${lane}: the rows of a fixed time range have one hash, which a wrong one is answered with`, async () => {
    await using opened = openTarget(target.url, {}, lane);
    const query = { template: 'namespace:="shop"', time_range: FIXED };
    const asked = await opened.ask({ ...query, expect: { hash: "0".repeat(16) } });
    assert.deepEqual([asked.outcome, asked.detail], ["expect", "other rows"]);
    assert.ok(asked.rows > 1000);
    const hash = /have the hash ([0-9a-f]{16}) and not 0{16}$/.exec(asked.message)?.[1];
    assert.ok(hash, asked.message);
    const again = await Promise.all(
      Array.from({ length: 8 }, () => opened.ask({ ...query, expect: { hash } })),
    );
    assert.deepEqual(
      again.map(({ outcome, message, rows }) => [outcome, message, rows]),
      again.map(() => ["ok", "", asked.rows]),
    );
    const others = await opened.ask({ ...query, template: "*", expect: { hash } });
    assert.equal(others.outcome, "expect");
  });
}

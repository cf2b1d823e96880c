/** The schedule hash is the same exactly when two runs send the same queries at the same times. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { planOf } from "../../libs/load/plan.ts";
import { scheduleHash } from "../../libs/load/schedule-hash.ts";
import { readConfig } from "../../libs/protocol/config/read.ts";
import type { ConfigDocument } from "../../libs/protocol/config/schema.ts";
import { documentOf } from "../support/configs.ts";

const BASE = documentOf({
  workload: { model: "open", target_qps: 20, duration: 60, ramp_up_time: 10 },
  queries: [
    { name: "errors", template: "level:{{ level }}", weight: 3, time_range: { last: "5m" } },
    { name: "hits", template: "*", api: "hits", params: { step: "1m", offset: "1h" } },
  ],
  variables: { level: { list: ["error", "warn"] } },
});

function hashOf(document: unknown, seed = 1): string {
  const read = readConfig(JSON.stringify(document));
  assert.ok(read.ok, JSON.stringify(read));
  return scheduleHash(read.config, planOf(read.config, seed));
}

/** The base with some of its spec exchanged. */
const withSpec = (spec: Partial<ConfigDocument["spec"]>): ConfigDocument => ({
  ...BASE,
  spec: { ...BASE.spec, ...spec },
});

const withQuery = (change: Partial<ConfigDocument["spec"]["queries"][number]>) => {
  const [first, second] = BASE.spec.queries;
  return withSpec({
    queries: [{ name: "errors", template: "*", ...first, ...change }, ...(second ? [second] : [])],
  });
};

/** The same with the keys of every mapping turned round. */
function turned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(turned);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, part]) => [key, turned(part)]),
  );
}

const SAME: readonly (readonly [name: string, document: unknown])[] = [
  ["the order of the keys", turned(BASE)],
  ["the run's name and labels", { ...BASE, metadata: { name: "other", labels: { team: "a" } } }],
  [
    "the target and its credentials",
    withSpec({ target: { url: "https://other:9428", auth: { type: "bearer", token: "abc" } } }),
  ],
  ["how a duration is spelt", withSpec({ workload: { ...BASE.spec.workload, duration: "1m" } })],
  ["a default that is written out", withSpec({ workload: { ...BASE.spec.workload, arrival: "constant" } })],
  ["the workers", withSpec({ workers: { replicas: 9 } })],
  ["the reports", withSpec({ reporting: { formats: ["html"] } })],
];

for (const [name, document] of SAME) {
  test(`two runs stay comparable when this differs: ${name}`, () => {
    assert.equal(hashOf(document), hashOf(BASE));
  });
}

const OTHER: readonly (readonly [name: string, document: unknown])[] = [
  ["a weight", withQuery({ weight: 4 })],
  ["a template", withQuery({ template: "level:{{ level | raw }}" })],
  ["a time range", withQuery({ time_range: { last: "6m" } })],
  ["a limit", withQuery({ limit: 10 })],
  ["a query's tenant", withQuery({ tenant: { account_id: 7 } })],
  ["an endpoint", withQuery({ api: "facets" })],
  ["the order of the queries", withSpec({ queries: BASE.spec.queries.toReversed() })],
  ["a variable's values", withSpec({ variables: { level: { list: ["warn", "error"] } } })],
  ["the rate", withSpec({ workload: { ...BASE.spec.workload, target_qps: 21 } })],
  ["the ramp", withSpec({ workload: { ...BASE.spec.workload, ramp_up_time: 11 } })],
  ["the arrivals", withSpec({ workload: { ...BASE.spec.workload, arrival: "poisson" } })],
  ["the lanes", withSpec({ workload: { ...BASE.spec.workload, lanes: 3 } })],
  ["what becomes of late queries", withSpec({ late: "replay" })],
];

for (const [name, document] of OTHER) {
  test(`two runs are not comparable when this differs: ${name}`, () => {
    assert.notEqual(hashOf(document), hashOf(BASE));
  });
}

test("another seed is another schedule", () => {
  assert.notEqual(hashOf(BASE, 2), hashOf(BASE, 1));
});

test("the hash is short text that fits into names and tables", () => {
  assert.match(hashOf(BASE), /^[0-9a-f]{32}$/);
});

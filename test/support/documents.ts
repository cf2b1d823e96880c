/** Documents of a library for tests: scenarios of a few queries, suites and plans of them. */

import { benchmark } from "./system.ts";

/** A scenario of a few queries, as many as its parameter says. */
export function scenarioOn(url: string, name: string, spec: object = {}): object {
  const workload = { model: "count", total_queries: 5, total_concurrent_users: 2 };
  const config = benchmark(url, { workload, queries: [{ name: "q", template: "* | limit 1" }], ...spec });
  const parameters = { queries: { path: "workload.total_queries", default: 5 } };
  return entry("Scenario", name, { description: "a few queries", parameters, config });
}

export const entry = (kind: string, name: string, spec: object) => ({
  ...{ apiVersion: "benchmark.victorialogs.io/v1", kind },
  ...{ metadata: { name }, spec },
});

export const suite = (name: string, ...scenarios: string[]) =>
  entry("Suite", name, { scenarios: scenarios.map((each) => ({ scenario: each })) });

/** A plan whose second stage runs a scenario `quick`, only where the suite of the first one has passed. */
export const plan = (name: string, first: string) =>
  entry("Plan", name, {
    stages: [
      { name: "first", suite: first, on_failure: "go_on" },
      { name: "second", scenario: "quick", parameters: { queries: 7 }, if: { first: "passed" } },
    ],
  });

/** What never holds of a server that answers. */
export const failing = { thresholds: ["error_rate > 50%"] };

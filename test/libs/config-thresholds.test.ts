/** Thresholds in a config: the two ways to write one, and what is said of those that the run cannot have. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Case, testCases } from "../support/broken-yaml.ts";
import { config } from "../support/configs.ts";

test("a threshold is its condition alone, or a mapping with what it is about", () => {
  const { spec } = config({
    queries: [{ name: "errors", template: "*", category: "heavy" }],
    thresholds: [
      "p(99) < 500ms",
      { metric: "max < 5s", query: "errors", window: "10s", abort_on_fail: true, grace: 30 },
      { metric: "error_rate < 1%", category: "heavy" },
    ],
  });
  assert.deepEqual(spec.thresholds, [
    { metric: "p(99) < 500ms", abort_on_fail: false, grace: 0 },
    { metric: "max < 5s", query: "errors", window: 10_000, abort_on_fail: true, grace: 30_000 },
    { metric: "error_rate < 1%", category: "heavy", abort_on_fail: false, grace: 0 },
  ]);
});

const OPEN = "model: open\ntarget_qps: 10\nduration: 60";

const CASES: readonly Case[] = [
  [
    "a condition without a unit",
    { spec: "thresholds:\n  - ▸p(99) < 500" },
    "spec.thresholds[0]",
    /"p\(99\) < 500" has no unit \(character 9\)/,
    /write 500ms or 500s/,
  ],
  [
    "a condition without a unit in a mapping",
    { spec: "thresholds:\n  - avg < 1s\n  - metric: ▸avg < 1" },
    "spec.thresholds[1].metric",
    /"avg < 1" has no unit/,
    /write 1ms or 1s/,
  ],
  [
    "a misspelt key of a threshold",
    { spec: "thresholds:\n  - {metric: avg < 1s, ▸abort_on_fial: true}" },
    "spec.thresholds[0].abort_on_fial",
    /is not a known key/,
    /did you mean abort_on_fail\?/,
  ],
  [
    "a mapping without a condition",
    { spec: "thresholds:\n  - ▸{query: all}" },
    "spec.thresholds[0].metric",
    /is missing/,
    /add it as text/,
  ],
  [
    "a number in place of a threshold",
    { spec: "thresholds:\n  - ▸5" },
    "spec.thresholds[0]",
    /5 is not a threshold/,
    /p\(99\) < 500ms/,
  ],
  [
    "a window in words",
    { spec: "thresholds:\n  - {metric: avg < 1s, window: ▸soon}" },
    "spec.thresholds[0].window",
    /"soon" is not a duration/,
    /600/,
  ],
  [
    "a query that the config does not have",
    { spec: "thresholds:\n  - {metric: avg < 1s, query: ▸al}" },
    "spec.thresholds[0].query",
    /no query has the name "al"/,
    /use one of all/,
  ],
  [
    "a category that no query has",
    { spec: "thresholds:\n  - {metric: avg < 1s, category: ▸heavy}" },
    "spec.thresholds[0].category",
    /no query has the category "heavy"/,
    /use one of default/,
  ],
  [
    "a query and a category",
    { spec: "thresholds:\n  - ▸{metric: avg < 1s, query: all, category: default}" },
    "spec.thresholds[0]",
    /names both a query and a category/,
    /write two thresholds/,
  ],
  [
    "a share of an offered rate where users offer none",
    { spec: "thresholds:\n  - ▸missed_rate < 1%" },
    "spec.thresholds[0]",
    /missed_rate does not go with model: closed/,
    /use model: open/,
  ],
  [
    "half a second as a window",
    { spec: "thresholds:\n  - {metric: avg < 1s, window: ▸500ms}" },
    "spec.thresholds[0].window",
    /0.5s is out of bounds/,
    /whole seconds, from 1s to 300s/,
  ],
  [
    "a window longer than the run",
    { workload: OPEN, spec: "thresholds:\n  - {metric: avg < 1s, window: ▸61s}" },
    "spec.thresholds[0].window",
    /61s is longer than what is measured of the run \(60s\)/,
    /shorten it/,
  ],
  [
    "windows where nothing has a time",
    {
      workload: "model: count\ntotal_queries: 10",
      spec: "thresholds:\n  - {metric: avg < 1s, window: ▸10s}",
    },
    "spec.thresholds[0].window",
    /does not go with model: count/,
    /remove it/,
  ],
  [
    "a grace time that nothing uses",
    { spec: "thresholds:\n  - {metric: avg < 1s, grace: ▸10s}" },
    "spec.thresholds[0].grace",
    /is of no use without abort_on_fail/,
    /add abort_on_fail: true/,
  ],
];

testCases(CASES);

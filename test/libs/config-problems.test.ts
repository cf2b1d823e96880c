/** What a user is told about a broken config: the place to the column, the key, what is wrong, and the remedy. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { formatProblem } from "../../libs/protocol/config/problems.ts";
import { type Case, problemsOf, testCases, yamlOf } from "../support/broken-yaml.ts";

const WORKLOAD: readonly Case[] = [
  [
    "a misspelt key is shown with the key that was meant",
    { workload: "total_concurrent_users: 10\n▸duraton: 60\nduration: 60" },
    "spec.workload.duraton",
    /is not a known key/,
    /did you mean duration\?/,
  ],
  [
    "a key that resembles none is answered with the keys that exist",
    { workload: "total_concurrent_users: 10\nduration: 60\n▸colour: red" },
    "spec.workload.colour",
    /is not a known key/,
    /remove it, or write one of .*think_time/,
  ],
  [
    "text where a number belongs",
    { workload: "total_concurrent_users: ▸ten\nduration: 60" },
    "spec.workload.total_concurrent_users",
    /"ten" is not a number/,
    /write a number/,
  ],
  [
    "half a user",
    { workload: "total_concurrent_users: ▸1.5\nduration: 60" },
    "spec.workload.total_concurrent_users",
    /1\.5 is not a whole number/,
    /write a whole number/,
  ],
  [
    "more users than a run may have",
    { workload: "total_concurrent_users: ▸100001\nduration: 60" },
    "spec.workload.total_concurrent_users",
    /100001 is too large/,
    /at most 100000/,
  ],
  [
    "a missing duration is shown at the workload that lacks it",
    { workload: "total_concurrent_users: 10" },
    "spec.workload.duration",
    /is missing/,
    /how long the run lasts/,
  ],
  [
    "a duration in words",
    { workload: "total_concurrent_users: 10\nduration: ▸soon" },
    "spec.workload.duration",
    /"soon" is not a duration/,
    /600.*10m/,
  ],
  [
    "a duration below nothing",
    { workload: "total_concurrent_users: 10\nduration: ▸-5" },
    "spec.workload.duration",
    /-5 is not a duration/,
    /600.*10m/,
  ],
  [
    "a duration longer than any",
    { workload: "total_concurrent_users: 10\nduration: ▸31d" },
    "spec.workload.duration",
    /"31d" is longer than 30d/,
    /10m/,
  ],
  [
    "a warm-up as long as the run",
    { workload: "total_concurrent_users: 10\nduration: 60\nwarm_up: ▸1m" },
    "spec.workload.warm_up",
    /60s leaves nothing of the run \(60s\) to measure/,
    /shorten it/,
  ],
  [
    "a warm-up that ends within a second",
    { workload: "total_concurrent_users: 10\nduration: 60\nwarm_up: ▸1.5" },
    "spec.workload.warm_up",
    /1\.5s is a broken number/,
    /whole seconds/,
  ],
  [
    "a run of eight days",
    { workload: "total_concurrent_users: 10\nduration: ▸8d" },
    "spec.workload.duration",
    /691200s is out of bounds/,
    /between 1s and 7d/,
  ],
  [
    "a model that does not exist",
    { workload: "model: ▸opn\ntarget_qps: 10\nduration: 60" },
    "spec.workload.model",
    /"opn" is not known/,
    /open \(known: closed, open, count, search\)/,
  ],
  [
    "a ramp longer than the run",
    { workload: "total_concurrent_users: 10\nduration: 60\nramp_up_time: ▸90" },
    "spec.workload.ramp_up_time",
    /90s is longer than the run \(60s\)/,
    /shorten the ramp/,
  ],
  [
    "stages beside a duration",
    { workload: "duration: ▸60\nstages: [{duration: 60, target: 10}]" },
    "spec.workload.duration",
    /does not go with stages/,
    /remove it/,
  ],
  [
    "stages that ask for nothing",
    { workload: "stages: ▸[{duration: 60, target: 0}]" },
    "spec.workload.stages",
    /never reach any load/,
    /target above 0/,
  ],
  [
    "stages whose only load has no time",
    { workload: "stages: ▸[{duration: 60, target: 0}, {duration: 0, target: 9}]" },
    "spec.workload.stages",
    /never reach any load/,
    /target above 0/,
  ],
  [
    "stages that are over at once",
    { workload: "stages: ▸[{duration: 500ms, target: 4}]" },
    "spec.workload.stages",
    /last 0\.5s in all/,
    /between 1s and 7d/,
  ],
  [
    "a stage with a part of a user",
    { workload: "stages: [{duration: 60, target: ▸2.5}]" },
    "spec.workload.stages[0].target",
    /2\.5 is not a whole number of users/,
    /whole number/,
  ],
  [
    "a rate in the closed model",
    { workload: "total_concurrent_users: 10\nduration: 60\ntarget_qps: ▸100" },
    "spec.workload.target_qps",
    /does not go with model: closed/,
    /remove it, or use model: open/,
  ],
  [
    "users in the open model",
    { workload: "model: open\ntarget_qps: 5\nduration: 60\ntotal_concurrent_users: ▸10" },
    "spec.workload.total_concurrent_users",
    /does not go with model: open/,
    /remove it, or use model: closed/,
  ],
  [
    "a count without its number of queries",
    { workload: "model: count" },
    "spec.workload.total_queries",
    /is missing/,
    /how many queries/,
  ],
  [
    "a count with a ramp",
    { workload: "model: count\ntotal_queries: 5\nramp_up_time: ▸10" },
    "spec.workload.ramp_up_time",
    /does not go with model: count/,
    /no course in time/,
  ],
];

const OTHER: readonly Case[] = [
  [
    "a key that every config needs",
    { head: "▸apiVersion: benchmark.victorialogs.io/v1\nmetadata:\n  name: test" },
    "kind",
    /is missing/,
    /add it as BenchmarkConfig/,
  ],
  [
    "a version that nobody knows",
    { head: "apiVersion: ▸benchmark.victorialogs.io/v2\nkind: BenchmarkConfig\nmetadata: {name: test}" },
    "apiVersion",
    /"benchmark.victorialogs.io\/v2" is not known/,
    /benchmark\.victorialogs\.io\/v1/,
  ],
  [
    "an engine that does not exist",
    { spec: "engine: {name: ▸elastic}" },
    "spec.engine.name",
    /"elastic" is not an engine/,
    /victorialogs/,
  ],
  [
    "a report in an unknown format",
    { spec: "reporting: {formats: [json, ▸cvs]}" },
    "spec.reporting.formats[1]",
    /"cvs" is not known/,
    /write csv \(known: json, csv, html, junit, markdown, prometheus\)/,
  ],
  [
    "a report folder that is relative",
    { spec: "reporting: {storage: {type: none, path: ▸results}}" },
    "spec.reporting.storage.path",
    /"results" has the wrong form/,
    /begins with \//,
  ],
  ["a seed below 0", { spec: "seed: ▸-1" }, "spec.seed", /-1 is too small/, /at least 0/],
  ["no queries at all", { queries: "queries: ▸[]" }, "spec.queries", /this list is too small/, /at least 1/],
];

testCases([...WORKLOAD, ...OTHER]);

test("every problem of a config is told at once, not only the first", () => {
  const text = yamlOf({
    target: "url: ftp://x",
    workload: "total_concurrent_users: 10",
    spec: "engine: {name: x}",
  });
  const paths = problemsOf(text).map(({ path }) => path);
  assert.deepEqual(paths, ["spec.target.url", "spec.workload.duration", "spec.engine.name"]);
});

test("a problem is one line that editors and terminals can jump to", () => {
  const [problem] = problemsOf(yamlOf({ spec: "seed: -1" }));
  assert.ok(problem);
  // Four lines of the head; spec; target and its url; workload and its two keys; then the seed.
  assert.equal(formatProblem(problem, "a.yaml"), "a.yaml:11:9 spec.seed: -1 is too small; write at least 0");
});

/** A library's documents: what they mean, and what is wrong with them. */

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { type Item, readItem, referencesOf } from "../../libs/plans/read.ts";
import { resolveItem } from "../../libs/plans/resolve.ts";
import { ConfigProblems } from "../../libs/protocol/config/problems.ts";
import { PACKAGE_ROOT } from "../../libs/runtime/version.ts";
import { documentOf } from "../support/configs.ts";

function item(document: object): Item {
  const read = readItem(JSON.stringify(document));
  assert.ok(read.ok, JSON.stringify(read));
  return read.item;
}

const head = { apiVersion: "benchmark.victorialogs.io/v1" };
const named = (name: string) => ({ ...documentOf(), metadata: { name } });
const parametric = item({
  ...head,
  kind: "Scenario",
  metadata: { name: "para" },
  spec: {
    parameters: { users: { path: "workload.total_concurrent_users", default: 3 }, of: { path: "seed" } },
    config: named("para"),
  },
});
const suite = item({
  ...head,
  kind: "Suite",
  metadata: { name: "both" },
  spec: {
    set: { "workload.duration": 7 },
    scenarios: [
      { scenario: "plain", set: { seed: 9 } },
      { scenario: "para", parameters: { of: 5 } },
    ],
  },
});
const plan = item({
  ...head,
  kind: "Plan",
  metadata: { name: "plan" },
  spec: {
    stages: [
      { name: "first", suite: "both" },
      { name: "second", scenario: "para", parameters: { of: 6, users: 8 }, if: { first: "passed" } },
    ],
  },
});
const shelf: Record<string, Item> = { plain: item(named("plain")), para: parametric, both: suite };
const find = async (_kind: string, name: string) => shelf[name] ?? assert.fail(name);
const nothing = { parameters: {}, set: {} };

test("a plan means configs with every parameter and override in place, the outmost last", async () => {
  const stages = await resolveItem(plan, { parameters: { users: 4 }, set: { "workload.duration": 8 } }, find);
  assert.deepEqual(
    stages.map(({ name, if: conditions, scenarios }) => [name, conditions, scenarios]),
    [
      ["first", {}, ["plain", "para"]],
      ["second", { first: ["passed"] }, ["para"]],
    ],
  );
  const specs = stages.flatMap(({ configs }) => configs).map(({ spec }) => spec);
  assert.deepEqual(
    specs.map(({ seed, workload }) => [seed, workload.total_concurrent_users, workload.duration]),
    [
      [9, 10, 8],
      [5, 4, 8],
      [6, 4, 8],
    ],
  );
});

test("a parameter that is missing or not known, and a value that does not fit, are told with their names", async () => {
  const refused = async (of: Item, wanted: Parameters<typeof resolveItem>[1], words: RegExp) =>
    assert.rejects(resolveItem(of, wanted, find), (error) => {
      assert.ok(error instanceof ConfigProblems);
      assert.match(JSON.stringify(error.problems), words);
      return true;
    });
  await refused(parametric, nothing, /para: parameters.of.*has no value/);
  await refused(
    parametric,
    { parameters: { of: 1, size: 3 }, set: {} },
    /size.*is not a known parameter.*users, of/,
  );
  await refused(
    parametric,
    { parameters: { of: 1, users: "many" }, set: {} },
    /para: spec.workload.total_concurrent_users/,
  );
});

const problems = (document: object | string): string => {
  const read = readItem(typeof document === "string" ? document : JSON.stringify(document));
  return read.ok
    ? ""
    : read.problems
        .map(({ line, path, message, remedy }) => `${line} ${path}: ${message}; ${remedy}`)
        .join("\n");
};
const schedule = (spec: object) => ({ ...head, kind: "Schedule", metadata: { name: "s" }, spec });

test("what is wrong with a document is told with its place and a remedy", () => {
  assert.match(problems({ ...head, kind: "Pland" }), /kind: is not what a library holds; .*Plan, Schedule/);
  assert.match(problems(schedule({ cron: "0 2 * *", plan: "p" })), /spec.cron: is not a cron expression/);
  assert.match(
    problems(schedule({ cron: "0 2 * * *", plan: "p", time_zone: "Mars" })),
    /spec.time_zone: is not a known/,
  );
  assert.match(
    problems(schedule({ cron: "0 2 * * *" })),
    /spec: names nothing to run; write one: scenario or suite/,
  );
  assert.match(problems(schedule({ cron: "0 2 * * *", plan: "p", suite: "s" })), /names both suite and plan/);
  assert.match(
    problems(schedule({ cron: "0 2 * * *", plan: "p", overlaps: 1 })),
    /overlaps.*did you mean overlap\?/,
  );
  const stages = [
    { name: "a", suite: "x", if: { b: "passed" } },
    { name: "a", suite: "y" },
  ];
  const bad = problems({ ...head, kind: "Plan", metadata: { name: "p" }, spec: { stages } });
  assert.match(bad, /stages\[0\].if.b: is no stage before this one/);
  assert.match(bad, /stages\[1\].name: is the name of another stage too/);
  const yaml = `apiVersion: ${head.apiVersion}\nkind: Scenario\nmetadata: { name: s }\nspec:\n  config:\n    kind: BenchmarkConfig\n    spec: { workload: { model: opne } }\n`;
  assert.match(problems(yaml), /^7 spec.config.spec.workload.model:/m);
  assert.match(
    problems({ ...documentOf(), metadata: { name: "two words" } }),
    /metadata.name: is no name for a library/,
  );
});

test("every document in config/library is valid, names only others that are there, and means runs", async () => {
  const folder = join(PACKAGE_ROOT, "config", "library");
  const items = readdirSync(folder).map((file) => {
    const read = readItem(readFileSync(join(folder, file), "utf8"));
    assert.ok(read.ok, `${file}: ${JSON.stringify(read)}`);
    return read.item;
  });
  assert.ok(items.length >= 6);
  const there = async (kind: string, name: string) =>
    items.find((each) => each.kind === kind && each.name === name) ??
    assert.fail(`there is no ${kind} ${name}`);
  for (const each of items) {
    for (const { kind, name } of referencesOf(each)) await there(kind, name);
    if (each.kind === "schedule") continue;
    assert.ok((await resolveItem(each, nothing, there)).length > 0, each.name);
  }
});

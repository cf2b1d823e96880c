/** Whatever is done to a config, the answer is a config that can be planned, or problems that say where and what to do. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { parse, stringify } from "yaml";
import { plannedDurationMs, plannedPerQuery, planOf } from "../../libs/load/plan.ts";
import { formatProblem, type Problem } from "../../libs/protocol/config/problems.ts";
import { readConfig, validateConfig } from "../../libs/protocol/config/read.ts";
import { maskConfig, sealConfig } from "../../libs/runtime/secrets.ts";
import { PACKAGE_ROOT } from "../../libs/runtime/version.ts";
import { firstRunOf } from "../../libs/series/next.ts";

/** `npm run fuzz:config` asks for ten thousand; with every other test some hundreds are enough. */
const RUNS = Number(process.env.FUZZ_RUNS ?? 200);
const SECRET = "s3cret-in-a-config";

const read = (...path: string[]) => readFileSync(join(PACKAGE_ROOT, ...path), "utf8");
const HEAD = "apiVersion: benchmark.victorialogs.io/v1\nkind: BenchmarkConfig\nmetadata: {name: fuzz}\n";

/** All that a config can say, in three of them, and those that come along. */
const CONFIGS = [
  read("config", "demo.yaml"),
  read("test", "fixtures", "design.yaml"),
  [...read("README.md").matchAll(/```yaml\n([\s\S]*?)```/g)][0]?.[1] ?? "",
  `${HEAD}spec:
  target: {url: "https://logs.example:9428/vl", auth: {type: basic, username: sre, password: ${SECRET}}, tenant: {account_id: 1}, headers: {X-Team: search}, timeout: 5, client_timeout: 10s}
  workload: {model: search, search: {from: 50, to: 5000, load: open, settle: 5s, step: 20s, precision: 0.02, confirm: 5}}
  thresholds: ["p(99) < 200ms", {metric: "error_rate < 1%", query: a, window: 10s, abort_on_fail: true, grace: 5s}]
  queries:
    - {name: a, template: "level:error {{ word }}", variables: {word: {list: [x, y], pick: cycle}, n: {int: {min: 1, max: 9}}}, expect: {status: 200, min_rows: 1}, limit: 10}
    - {name: b, api: stats_query_range, template: "* | stats count() n", params: {step: 5m}, time_range: {from: -24h, to: now, random: 1h}, weight: 2.5, category: heavy}
`,
  `${HEAD}spec:
  target: {url: "http://localhost:9428", auth: {type: header, name: x-key, value: ${SECRET}}}
  workload: {stages: [{duration: 10s, target: 5}, {duration: 1m, target: 20}], think_time: 250ms, warm_up: 5}
  repeat: 3
  seed: 7
  muster: {timeout: 30, on_timeout: start}
  workers: {replicas: 4, pool: big}
  reporting: {formats: [json, junit], storage: {type: persistent_volume, path: /results}}
  queries: [{name: tail, api: tail, template: "*", tail_for: 5s}, {name: hits, api: hits, template: "*", time_range: {last: 5m}}]
`,
  `${HEAD}spec:
  target: {url: "http://localhost:9428", auth: {type: bearer, token: ${SECRET}}}
  workload: {model: count, total_queries: 100, total_concurrent_users: 4, duration: 60}
  late: replay
  variables: {id: {hex: 16}}
  queries: [{name: a, template: "id:{{ id | raw }}"}]
`,
];

const strange: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    "",
    0,
    -1,
    1.5,
    1e9,
    1e308,
    true,
    [],
    {},
    [[]],
    "0",
    "-5m",
    "9999999d",
    "1e3",
  ),
  fc.constantFrom<unknown>(
    "{{",
    "{{ x | raw }}",
    "__proto__",
    "constructor",
    "p(99) <",
    "http://",
    "\u0000",
    "\u2028",
    "*",
  ),
  fc.constantFrom<unknown>(
    "closed",
    "open",
    "count",
    "search",
    "hits",
    "tail",
    "now",
    "-1h",
    "a".repeat(5000),
  ),
  fc.integer(),
  fc.double(),
  fc.string({ maxLength: 20 }),
  fc.jsonValue({ maxDepth: 2 }),
);

/** Every place of a document, the document itself left out. */
function placesOf(value: unknown, parents: (string | number)[] = []): (string | number)[][] {
  if (value === null || typeof value !== "object") return [];
  const keys = Array.isArray(value) ? value.map((_part, at) => at) : Object.keys(value);
  return keys.flatMap((key) => {
    const path = [...parents, key];
    return [path, ...placesOf((value as Record<string | number, unknown>)[key], path)];
  });
}

type Edit = {
  readonly at: number;
  readonly how: "drop" | "set" | "rename" | "wrap";
  readonly value: unknown;
};
const edit: fc.Arbitrary<Edit> = fc.record({
  at: fc.nat(),
  how: fc.constantFrom("drop" as const, "set" as const, "rename" as const, "wrap" as const),
  value: strange,
});

function edited(document: unknown, { at, how, value }: Edit): void {
  const places = placesOf(document);
  const path = places[at % Math.max(1, places.length)];
  if (!path) return;
  let parent = document as Record<string | number, unknown>;
  for (const key of path.slice(0, -1)) parent = parent[key] as typeof parent;
  const key = path.at(-1) as string | number;
  const before = parent[key];
  if (how === "set") parent[key] = value;
  else if (how === "wrap") parent[key] = [before, before];
  else if (Array.isArray(parent)) parent.splice(Number(key), 1);
  else delete parent[key];
  if (how === "rename" && !Array.isArray(parent)) parent[`${key}s`] = before;
}

/** One config whose parts were dropped, set, renamed and wrapped. */
const changedParts = fc
  .tuple(fc.constantFrom(...CONFIGS), fc.array(edit, { minLength: 1, maxLength: 4 }), fc.boolean())
  .map(([config, edits, asJson]) => {
    const document: unknown = parse(config);
    for (const each of edits) edited(document, each);
    return asJson ? (JSON.stringify(document) ?? "null") : stringify(document);
  });

/** One whose text was cut, doubled, moved and written over. */
const changedText = fc
  .tuple(
    fc.constantFrom(...CONFIGS),
    fc.array(fc.tuple(fc.nat(), fc.nat(40), fc.string({ unit: "binary", maxLength: 6 }), fc.nat(3)), {
      minLength: 1,
      maxLength: 4,
    }),
  )
  .map(([config, cuts]) =>
    cuts.reduce((text, [at, length, inserted, how]) => {
      const from = at % (text.length + 1);
      const part = text.slice(from, from + length);
      const [head, tail] = [text.slice(0, from), text.slice(from + length)];
      return [head + inserted + tail, head + part + part + tail, head + tail, head][how] as string;
    }, config),
  );

function checkProblem(problem: Problem, text: string): void {
  const { path, message, remedy, line, column, pointer } = problem;
  for (const words of [path, message, remedy]) assert.ok(words.trim() !== "", JSON.stringify(problem));
  if (line !== undefined) assert.ok(line >= 1 && line <= text.split("\n").length + 1 && (column ?? 0) >= 1);
  if (pointer !== undefined) assert.match(pointer, /^#/);
  assert.ok(formatProblem(problem, "f").length < 8000);
}

/** @returns whether it is a config */
function checkAnswer(text: string): boolean {
  const answer = readConfig(text);
  if (!answer.ok) {
    assert.ok(answer.problems.length > 0);
    for (const problem of answer.problems) checkProblem(problem, text);
    return false;
  }
  const again = validateConfig(JSON.parse(JSON.stringify(answer.document)));
  assert.ok(again.ok);
  assert.deepEqual(again.config, answer.config);
  const plan = planOf(firstRunOf(answer.config, answer.document), 1);
  assert.ok(plan.lanes >= 1 && plan.slotsNeeded >= 1);
  assert.ok((plannedDurationMs(plan) ?? 1) > 0);
  for (const planned of plannedPerQuery(plan) ?? []) assert.ok(Number.isSafeInteger(planned) && planned >= 0);
  return true;
}

test("the configs that are changed are configs, and say all that can be said", () => {
  for (const text of CONFIGS) assert.equal(checkAnswer(text), true, text);
});

test(`${RUNS} configs with other parts are read, or refused with places and remedies; no problem shows a secret`, () => {
  let accepted = 0;
  fc.assert(
    fc.property(changedParts, (text) => {
      if (checkAnswer(text)) {
        accepted++;
        const { document } = readConfig(text) as { document: Parameters<typeof maskConfig>[0] };
        assert.ok(!JSON.stringify(maskConfig(document)).includes(SECRET));
        assert.ok(!JSON.stringify(sealConfig(document, "key").document).includes(SECRET));
        return;
      }
      const { problems } = readConfig(text) as { problems: Problem[] };
      for (const problem of problems) assert.ok(!formatProblem(problem, "f").includes(SECRET), text);
    }),
    { numRuns: RUNS },
  );
  assert.ok(accepted > 0 && accepted < RUNS);
});

test(`${RUNS} configs whose text is damaged are read, or refused with places and remedies`, () => {
  fc.assert(
    fc.property(changedText, (text) => {
      checkAnswer(text);
    }),
    { numRuns: RUNS },
  );
});

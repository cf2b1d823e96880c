/** Reading a config as a whole: what is accepted as it stands, what overrides change, and texts that are no config. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { MAX_CONFIG_BYTES, type Override, readConfig } from "../../libs/protocol/config/read.ts";
import { problemsOf, yamlOf } from "../support/broken-yaml.ts";
import { config, documentOf } from "../support/configs.ts";

/** The config that the product was designed around, to the letter: it must be accepted for ever. */
const FIRST_CONFIG = `apiVersion: benchmark.victorialogs.io/v1
kind: BenchmarkConfig
metadata:
  name: distributed-logsql-benchmark
spec:
  target:
    url: "http://vlselect.monitoring.svc.cluster.local:8481"
    auth:
      type: "bearer"
      token: "your-token"
  
  workload:
    total_concurrent_users: 200
    duration: 600  # seconds
    ramp_up_time: 60  # seconds
    
  queries:
    - name: "basic_filter"
      template: 'job:"loki.source.kubernetes.pods"'
      weight: 20
      category: "filter"
    
    - name: "error_requests"
      template: '_msg:*"status":5* OR _msg:*"status":4*'
      weight: 15
      category: "complex"
  
  workers:
    replicas: 5
    resources:
      requests:
        cpu: "500m"
        memory: "1Gi"
      limits:
        cpu: "2"
        memory: "4Gi"
  
  reporting:
    formats: ["json", "csv", "prometheus"]
    storage:
      type: "persistent_volume"
      path: "/results"
`;

test("the design's own config is accepted unchanged, and means what it says", () => {
  const read = readConfig(FIRST_CONFIG);
  assert.ok(read.ok, JSON.stringify(read));
  const { spec, metadata } = read.config;
  assert.equal(metadata.name, "distributed-logsql-benchmark");
  // 200 users that wait for their answers, for ten minutes, of which the first is the ramp.
  assert.equal(spec.workload.model, "closed");
  assert.equal(spec.workload.total_concurrent_users, 200);
  assert.equal(spec.workload.duration, 600_000);
  assert.equal(spec.workload.ramp_up_time, 60_000);
  assert.deepEqual(spec.target.auth, { type: "bearer", token: "your-token" });
  assert.deepEqual(
    spec.queries.map(({ name, template, weight, category, api }) => [name, template, weight, category, api]),
    [
      ["basic_filter", 'job:"loki.source.kubernetes.pods"', 20, "filter", "query"],
      ["error_requests", '_msg:*"status":5* OR _msg:*"status":4*', 15, "complex", "query"],
    ],
  );
  assert.equal(spec.workers.replicas, 5);
  assert.deepEqual(spec.workers.resources, {
    requests: { cpu: "500m", memory: "1Gi" },
    limits: { cpu: "2", memory: "4Gi" },
  });
  assert.deepEqual(spec.reporting, {
    formats: ["json", "csv", "prometheus"],
    storage: { type: "persistent_volume", path: "/results" },
  });
});

test("JSON is read like YAML, and its problems are located too", () => {
  const json = JSON.stringify(documentOf({ seed: 7 }), null, 2);
  const read = readConfig(json);
  assert.ok(read.ok);
  assert.equal(read.config.spec.seed, 7);
  const broken = json.replace('"seed": 7', '"seed": "seven"');
  const [problem] = problemsOf(broken);
  const line = broken.split("\n").findIndex((text) => text.includes('"seven"'));
  const column = broken.split("\n")[line]?.indexOf('"seven"') ?? -1;
  assert.deepEqual([problem?.line, problem?.column, problem?.path], [line + 1, column + 1, "spec.seed"]);
});

test("a key that holds half a character, as JSON can write one, is a problem like any other", () => {
  const read = readConfig(JSON.stringify(documentOf({ seed: 7 })).replace('"seed"', '"se\\udc00ed"'));
  assert.ok(!read.ok);
  assert.deepEqual(
    read.problems.map(({ pointer }) => pointer),
    ["#/spec/se%EF%BF%BDed"],
  );
});

test("durations are seconds or text with units, and a config says the same either way", () => {
  // 5430 s = 1 h 30 min 30 s
  const spellings = [5430, "5430", "5430s", "90m30s", "1h30m30s", "1.5h30s", "5430000ms"];
  for (const duration of spellings) {
    const read = config({ workload: { total_concurrent_users: 1, duration } });
    assert.equal(read.spec.workload.duration, 5_430_000, String(duration));
  }
  for (const duration of ["", "5 m", "m", "5x", "1h-5m", "-5m", "1e3", "5m10"]) {
    const [problem] = problemsOf(
      JSON.stringify(documentOf({ workload: { total_concurrent_users: 1, duration } })),
    );
    assert.match(problem?.message ?? "", /is not a duration/, duration);
  }
});

test("the document keeps what the user wrote, without the defaults", () => {
  const read = readConfig(yamlOf({ workload: "total_concurrent_users: 10\nduration: 5m" }));
  assert.ok(read.ok);
  assert.deepEqual(read.document.spec.workload, { total_concurrent_users: 10, duration: "5m" });
  assert.equal(read.document.spec.muster, undefined);
});

const set = (path: string, value: string): Override => ({ path, value });

test("--set changes one value, with or without the leading spec", () => {
  for (const path of ["workload.duration", "spec.workload.duration"]) {
    const read = readConfig(FIRST_CONFIG, [set(path, "2m")]);
    assert.ok(read.ok);
    assert.equal(read.config.spec.workload.duration, 120_000, path);
  }
});

test("--set reaches into lists, adds what is not there, and takes YAML for its value", () => {
  const read = readConfig(FIRST_CONFIG, [
    set("metadata.name", "nightly"),
    set("workload.ramp_up_time", "0"),
    set("queries.1.weight", "60"),
    set("queries.0.time_range", "{last: 5m}"),
    set("target.tenant.account_id", "12"),
    set("reporting.formats", "[json]"),
  ]);
  assert.ok(read.ok, JSON.stringify(read));
  const { metadata, spec } = read.config;
  assert.equal(metadata.name, "nightly");
  assert.equal(spec.workload.ramp_up_time, 0);
  assert.equal(spec.queries[1]?.weight, 60);
  assert.deepEqual(spec.queries[0]?.time_range, { last: 300_000 });
  assert.deepEqual(spec.target.tenant, { account_id: 12, project_id: 0 });
  assert.deepEqual(spec.reporting.formats, ["json"]);
});

test("the last --set of a path wins, and what is set is checked like the rest", () => {
  const twice = readConfig(FIRST_CONFIG, [set("seed", "1"), set("seed", "2")]);
  assert.ok(twice.ok);
  assert.equal(twice.config.spec.seed, 2);
  const [problem] = problemsOf(FIRST_CONFIG, [set("workload.duration", "soon")]);
  assert.equal(problem?.path, "spec.workload.duration");
  assert.match(problem?.message ?? "", /"soon" is not a duration/);
  const [unknown] = problemsOf(FIRST_CONFIG, [set("workload.duraton", "5")]);
  assert.match(unknown?.remedy ?? "", /did you mean duration\?/);
});

const BAD_OVERRIDES: readonly (readonly [
  name: string,
  override: Override,
  message: RegExp,
  remedy: RegExp,
])[] = [
  ["names nothing", set("", "1"), /"" names nothing/, /path=value, such as workload\.duration=30s/],
  ["goes through a text", set("metadata.name.first", "x"), /not a mapping or a list/, /path of the config/],
  ["names a list's entry in words", set("queries.first.weight", "1"), /not a mapping or a list/, /path/],
  ["has a value that is not YAML", set("seed", "[1"), /is not YAML/, /quote it/],
  ["has a value with an alias of nothing", set("seed", "*one"), /is not YAML/, /quote it/],
];

for (const [name, override, message, remedy] of BAD_OVERRIDES) {
  test(`a --set that ${name} is refused as such`, () => {
    const [problem, ...more] = problemsOf(FIRST_CONFIG, [override]);
    assert.equal(more.length, 0);
    assert.match(problem?.path ?? "", /^--set/);
    assert.match(problem?.message ?? "", message);
    assert.match(problem?.remedy ?? "", remedy);
  });
}

test("a slip in the YAML is shown where it is", () => {
  // The bracket is opened in line 3 and never closed; the parser notices at the end of the text.
  const [problem] = problemsOf("apiVersion: v1\nkind: x\nspec: [1, 2\n");
  assert.deepEqual([problem?.line, problem?.path], [4, "(YAML)"]);
  assert.match(problem?.message ?? "", /end with a \]/);
});

test("a key that stands twice is shown at its second place", () => {
  const [problem] = problemsOf("kind: a\nspec: {}\nkind: b\n");
  assert.deepEqual([problem?.line, problem?.column], [3, 1]);
  assert.match(problem?.message ?? "", /keys must be unique/i);
});

const NO_CONFIGS: readonly (readonly [name: string, text: string, message: RegExp, remedy: RegExp])[] = [
  ["an empty text", "", /is not a mapping/, /begin with apiVersion/],
  ["a list", "- a\n- b\n", /is not a mapping/, /begin with apiVersion/],
  ["a word", "hello", /is not a mapping/, /begin with apiVersion/],
  [
    "more text than fits into a message",
    `a: ${"x".repeat(MAX_CONFIG_BYTES)}`,
    /larger than 524288 bytes/,
    /shorten/,
  ],
  ["an alias that stands for nothing", "a: *b", /alias .* without an anchor/, /quote the text/],
];

for (const [name, text, message, remedy] of NO_CONFIGS) {
  test(`${name} is no config`, () => {
    const [problem, ...more] = problemsOf(text);
    assert.equal(more.length, 0);
    assert.match(problem?.message ?? "", message);
    assert.match(problem?.remedy ?? "", remedy);
  });
}

test("a small text that grows to ten million entries by its aliases is refused before it grows", () => {
  const rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"];
  for (let level = 1; level < 7; level++)
    rows.push(
      `a${level}: &a${level} [${Array(10)
        .fill(`*a${level - 1}`)
        .join(", ")}]`,
    );
  const [problem] = problemsOf(rows.join("\n"));
  assert.match(problem?.message ?? "", /grows too large/);
  assert.match(problem?.remedy ?? "", /use fewer/);
});

test("a few aliases are fine", () => {
  const read = readConfig(yamlOf({ spec: "variables: {x: &hosts {list: [a, b]}, y: *hosts}" }));
  assert.ok(read.ok);
  assert.deepEqual(read.config.spec.variables.x, read.config.spec.variables.y);
});

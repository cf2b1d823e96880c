/** The definition of BenchmarkConfig: what is committed is what the code says, it is structural, and it takes what the code takes. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Ajv } from "ajv";
import { parse } from "yaml";
import { customResourceDefinition } from "../../libs/cluster/crd.ts";
import { PACKAGE_ROOT } from "../../libs/runtime/version.ts";

interface Schema {
  readonly [key: string]: unknown;
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: Schema;
}

const crd = customResourceDefinition() as {
  spec: { versions: { schema: { openAPIV3Schema: Schema } }[] };
};
const schema = crd.spec.versions[0]?.schema.openAPIV3Schema as Schema;
/** As kubectl reads it. */
const read = (file: string) =>
  parse(readFileSync(join(PACKAGE_ROOT, file), "utf8"), { version: "1.1" }) as unknown;

/** Every part of a schema with its path. */
function* partsOf(part: Schema, path = "$"): Iterable<[string, Schema]> {
  yield [path, part];
  for (const [name, child] of Object.entries(part.properties ?? {})) yield* partsOf(child, `${path}.${name}`);
  if (part.items) yield* partsOf(part.items, `${path}[]`);
  if (part.additionalProperties) yield* partsOf(part.additionalProperties, `${path}{}`);
}

test("the committed definition is that of the code (npm run schema writes it)", () => {
  assert.deepEqual(read("deploy/base/crd/benchmarkconfigs.yaml"), crd);
});

test("its schema is structural, as the API demands", () => {
  const allowed = new Set(
    "type description enum pattern minLength maxLength minItems maxItems minimum maximum exclusiveMinimum exclusiveMaximum required properties items additionalProperties x-kubernetes-preserve-unknown-fields".split(
      " ",
    ),
  );
  const wrong: string[] = [];
  let parts = 0;
  for (const [path, part] of partsOf(schema)) {
    parts++;
    const isOpen = part["x-kubernetes-preserve-unknown-fields"] === true;
    if (part.type === undefined && !isOpen) wrong.push(`${path} has no type`);
    if (part.properties && part.additionalProperties) wrong.push(`${path} has both kinds of properties`);
    if (part.type === "array" && !part.items) wrong.push(`${path} has no items`);
    for (const key of Object.keys(part)) if (!allowed.has(key)) wrong.push(`${path} has ${key}`);
    for (const key of ["exclusiveMinimum", "exclusiveMaximum"])
      if (key in part && typeof part[key] !== "boolean") wrong.push(`${path}: ${key} is no boolean`);
    for (const name of (part.required as string[] | undefined) ?? [])
      if (!part.properties?.[name]) wrong.push(`${path} requires ${name}, which it does not have`);
    // The API's regular expressions know no looking ahead or behind.
    if (/\(\?[=!<]/.test(String(part.pattern ?? ""))) wrong.push(`${path} has the pattern ${part.pattern}`);
  }
  assert.deepEqual(wrong, []);
  assert.ok(parts > 150, `${parts} parts`);
});

/** As the API's own check, which drops what is not there. */
function fits(): (config: unknown) => string[] {
  const ajv = new Ajv({ strict: false, allErrors: true });
  const exact = JSON.parse(JSON.stringify(schema), (_key, value: unknown) => {
    const part = value as Schema;
    if (typeof part !== "object" || part === null || !("type" in part)) return value;
    const { exclusiveMinimum, exclusiveMaximum, ...rest } = part;
    const isClosed = part.type === "object" && part.properties && part.properties !== schema.properties;
    return {
      ...rest,
      ...(exclusiveMinimum === true && { exclusiveMinimum: part.minimum }),
      ...(exclusiveMaximum === true && { exclusiveMaximum: part.maximum }),
      ...(isClosed && part.properties?.metadata === undefined && { additionalProperties: false }),
    };
  }) as object;
  const check = ajv.compile(exact);
  return (config) => {
    check(config);
    return (check.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
  };
}

test("configs that are valid fit it, to the last field", () => {
  const problems = fits();
  for (const file of ["config/demo.yaml", "test/fixtures/design.yaml"])
    assert.deepEqual(problems(read(file)), [], file);
  const wide = {
    apiVersion: "benchmark.victorialogs.io/v1",
    kind: "BenchmarkConfig",
    metadata: { name: "wide" },
    spec: {
      target: { url: "http://x", auth: { type: "bearer", token_from: { env: "TOKEN" } }, timeout: 2.5 },
      workload: { model: "open", target_qps: 0.5, duration: "1m", stages: [{ duration: 30, target: 2 }] },
      queries: [
        {
          name: "a",
          template: "*",
          params: { step: "5m", offset: 3 },
          variables: { v: { list: ["a", 1, true] } },
        },
      ],
      thresholds: ["p(99) < 1s", { metric: "p(99) < 1s", window: "10s" }],
      processors: [
        { type: "webhook", url_from: { file: "/x" }, secret_from: { env: "S" } },
        { type: "module", module: "m", options: { a: 1, b: "x" } },
      ],
    },
  };
  assert.deepEqual(problems(wide), []);
});

test("a config with a field of the wrong type, or without a needed one, does not fit it", () => {
  const problems = fits();
  const config = (spec: object) => ({ metadata: { name: "x" }, spec });
  const good = {
    target: { url: "http://x" },
    workload: { duration: 1 },
    queries: [{ name: "a", template: "*" }],
  };
  assert.deepEqual(problems(config(good)), []);
  assert.match(problems(config({ ...good, queries: [] })).join(), /queries/);
  assert.match(problems(config({ ...good, target: { url: 5 } })).join(), /url/);
  assert.match(problems(config({ ...good, workload: { model: "wild" } })).join(), /model/);
  assert.match(problems({ metadata: {} }).join(), /spec/);
});

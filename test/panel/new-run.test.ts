/** A new run's text and form: what is written is what was meant, and a form offers what the schema has. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parse } from "yaml";
import { validateConfig } from "../../libs/protocol/config/read.ts";
import { configJsonSchema } from "../../libs/protocol/config/schema.ts";
import { parametersOf, typedValue } from "../../services/coordinator/panel/library/parameters.ts";
import { FIRST } from "../../services/coordinator/panel/new-run/first.ts";
import {
  chosenOf,
  initialOf,
  type JsonSchema,
  kindOf,
  lengthOf,
} from "../../services/coordinator/panel/new-run/schema.ts";
import { yamlOf } from "../../services/coordinator/panel/new-run/yaml.ts";

const SCHEMA = configJsonSchema() as JsonSchema;

function schemaAt(...names: string[]): JsonSchema {
  return names.reduce<JsonSchema>((schema, name) => schema.properties?.[name] ?? {}, SCHEMA);
}

test("a document that is written as YAML is read as the same document", () => {
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      { depthSize: "small" },
      fc.oneof(
        fc.string({ unit: "grapheme" }),
        fc.constantFrom("yes", "null", "1e3", "- a", "#", "a: b", " ", "0x1F", "~", "2026-01-01"),
      ),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie("any"), { maxLength: 4 }),
      fc.dictionary(fc.string({ minLength: 1, maxLength: 8 }), tie("any"), {
        maxKeys: 4,
        noNullPrototype: true,
      }),
    ),
  })).any;
  fc.assert(
    fc.property(value, (document) => assert.deepEqual(parse(yamlOf(document)), document)),
    { numRuns: 500 },
  );
});

test("what a form begins with is a config that holds", () => {
  const read = validateConfig(FIRST);
  assert.ok(read.ok, JSON.stringify(read));
  assert.match(yamlOf(FIRST), /^apiVersion: "?benchmark/);
});

test("a form knows every field of a config by what it is", () => {
  assert.equal(kindOf(SCHEMA), "object");
  assert.equal(kindOf(schemaAt("spec", "workload", "model")), "enum");
  assert.equal(kindOf(schemaAt("spec", "workload", "target_qps")), "number");
  assert.equal(kindOf(schemaAt("spec", "workload", "duration")), "length");
  assert.equal(kindOf(schemaAt("spec", "queries")), "list");
  assert.equal(kindOf(schemaAt("spec", "target", "auth")), "choice");
  assert.equal(kindOf(schemaAt("spec", "target", "headers")), "any");
  const walk = (schema: JsonSchema): void => {
    assert.doesNotThrow(() => initialOf(schema));
    for (const each of Object.values(schema.properties ?? {})) walk(each);
    if (schema.items) walk(schema.items);
  };
  walk(SCHEMA);
});

test("a choice is known by the value that tells it apart", () => {
  const auth = schemaAt("spec", "target", "auth");
  const bearer = chosenOf(auth, { type: "bearer", token: "x" });
  assert.equal(bearer?.properties?.type?.const, "bearer");
  const threshold = schemaAt("spec", "thresholds").items ?? {};
  assert.equal(chosenOf(threshold, "p(99) < 1s")?.type, "string");
  assert.equal(chosenOf(threshold, { metric: "p(99) < 1s" })?.type, "object");
});

test("a length of time is a number of seconds or a text with its unit", () => {
  assert.deepEqual(["90", "1.5", "90s", " 2m "].map(lengthOf), [90, 1.5, "90s", "2m"]);
});

test("a scenario is asked for with its parameters, of which those without a value are needed", () => {
  const parameters = { rate: { path: "workload.target_qps", default: 50 }, url: { path: "target.url" } };
  assert.deepEqual(parametersOf({ kind: "Scenario", spec: { parameters } }), [
    { name: "rate", hint: "workload.target_qps · = 50", isNeeded: false },
    { name: "url", hint: "target.url", isNeeded: true },
  ]);
  assert.deepEqual(parametersOf({ kind: "Suite", spec: { parameters } }), []);
  assert.deepEqual(["50", "true", "http://a", "1m"].map(typedValue), [50, true, "http://a", "1m"]);
});

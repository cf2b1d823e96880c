/** The JSON Schema that editors use is the schema that configs are checked by. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { knownKeys } from "../../libs/protocol/config/problems.ts";
import { configJsonSchema } from "../../libs/protocol/config/schema.ts";
import { PACKAGE_ROOT } from "../../libs/runtime/version.ts";

test("the schema file for editors is up to date", () => {
  const file = readFileSync(join(PACKAGE_ROOT, "config", "benchmark-config.schema.json"), "utf8");
  assert.equal(file, `${JSON.stringify(configJsonSchema(), null, 2)}\n`, "write it anew: npm run schema");
});

test("the schema refuses keys that it does not know, at every level", () => {
  const open: string[] = [];
  const visit = (node: unknown, path: string): void => {
    if (node === null || typeof node !== "object") return;
    const { type, properties, additionalProperties } = node as Record<string, unknown>;
    if (type === "object" && properties !== undefined && additionalProperties !== false) open.push(path);
    for (const [key, child] of Object.entries(node)) visit(child, `${path}/${key}`);
  };
  visit(configJsonSchema(), "");
  assert.deepEqual(open, []);
});

test("the keys that may be suggested are those of the level, also inside lists and choices", () => {
  assert.deepEqual(knownKeys([]), ["apiVersion", "kind", "metadata", "spec"]);
  assert.deepEqual(knownKeys(["spec", "queries", 0, "time_range"]), ["last", "from", "to", "random"]);
  assert.deepEqual(knownKeys(["spec", "variables", "host", "int"]), ["min", "max"]);
  assert.ok(knownKeys(["spec", "target", "auth"]).includes("password_from"));
});

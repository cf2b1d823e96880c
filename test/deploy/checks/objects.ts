/** Every object of every overlay against its schema, in which nothing may stand that the schema does not know. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Any, OVERLAYS, objectsOf } from "../render.ts";
import { problemsOf } from "../schemas.ts";

for (const overlay of OVERLAYS) {
  test(`the overlay ${overlay} renders, and each of its objects is what Kubernetes takes`, () => {
    const objects = objectsOf(overlay);
    assert.ok(objects.length > 20, `${objects.length} objects`);
    for (const object of objects)
      assert.deepEqual(problemsOf(object), [], `${object.kind} ${object.metadata.name}`);
  });
}

test("a misspelt field, a missing one and a wrong type are seen, however deep they stand", () => {
  const [deployment] = objectsOf("demo").filter(({ kind }) => kind === "Deployment");
  const broken = (change: (object: Any) => void) => {
    const copy = structuredClone(deployment) as Any;
    change(copy);
    return problemsOf(copy).join("; ");
  };
  assert.equal(
    broken(() => undefined),
    "",
  );
  const container = (object: Any) => object.spec.template.spec.containers[0];
  assert.match(
    broken((object) => (container(object).livenessProbes = {})),
    /unknown field .*livenessProbes/,
  );
  assert.match(
    broken((object) => (container(object).resources.limit = {})),
    /unknown field .*resources\/limit/,
  );
  assert.match(
    broken((object) => delete container(object).name),
    /name/,
  );
  assert.match(
    broken((object) => (object.spec.replicas = "two")),
    /replicas/,
  );
  assert.match(
    broken((object) => (object.spec.selector = undefined)),
    /selector/,
  );
  assert.match(
    broken((object) => (object.kind = "Deploiment")),
    /no schema/,
  );
});

test("names and values of variables, labels and settings are texts also to who reads YAML 1.1", () => {
  for (const overlay of OVERLAYS) {
    const texts: unknown[] = [];
    const collect = (value: unknown, key = ""): void => {
      if (typeof value !== "object" || value === null) return;
      if (/^(labels|annotations|matchLabels|data|matchFields)$/.test(key))
        texts.push(...Object.values(value));
      if (key === "env")
        texts.push(...(value as Any[]).flatMap(({ name, value: text = "" }) => [name, text]));
      if (key === "args" || key === "command") texts.push(...(value as unknown[]));
      if (key === "metadata" && "name" in value) texts.push(value.name);
      for (const [inner, child] of Object.entries(value)) collect(child, inner);
    };
    for (const object of objectsOf(overlay, "1.1")) {
      if (object.kind === "CustomResourceDefinition") continue;
      // A trigger's metadata is a map of texts; an object's has a name.
      for (const { metadata } of object.spec?.triggers ?? []) texts.push(...Object.values(metadata));
      collect(object);
    }
    assert.ok(texts.length > 100);
    assert.deepEqual(
      texts.filter((text) => typeof text !== "string"),
      [],
      overlay,
    );
  }
});

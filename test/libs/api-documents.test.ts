/** The documents about the API: whole in themselves, and about everything that there is. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Ajv } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import { API_VERBS, namesFor } from "../../libs/protocol/names.ts";
import { asyncApi } from "../../libs/protocol/verbs/asyncapi.ts";
import { openApi } from "../../libs/protocol/verbs/openapi.ts";
import { VERB_ENTRIES } from "../../libs/protocol/verbs/table.ts";
import { docsPage } from "../../services/coordinator/api/http/docs-page.ts";
import type { Json } from "../support/api-client.ts";

const rest: Json = openApi("1.2.3");
const messages: Json = asyncApi("1.2.3", "lb2");

/** All references of a document, wherever they stand. */
function referencesIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(referencesIn);
  if (value === null || typeof value !== "object") return [];
  return Object.entries(value).flatMap(([key, child]) =>
    key === "$ref" && typeof child === "string" ? [child] : referencesIn(child),
  );
}

function resolve(document: Json, reference: string): unknown {
  const steps = reference.replace(/^#\//, "").split("/");
  return steps.reduce((value, step) => value?.[decodeURIComponent(step).replaceAll("~1", "/")], document);
}

test("every reference of the documents leads somewhere, and every schema can be used", () => {
  for (const document of [rest, messages]) {
    const references = referencesIn(document).filter((reference) => reference.startsWith("#/"));
    assert.ok(references.length > 20);
    for (const reference of references) assert.ok(resolve(document, reference), reference);
  }
  const options = { strict: false, validateFormats: false };
  for (const [ajv, document] of [
    [new Ajv2020(options), rest],
    [new Ajv(options), messages],
  ] as const) {
    ajv.addSchema(document, "document");
    for (const name of Object.keys(document.components.schemas))
      assert.ok(ajv.compile({ $ref: `document#/components/schemas/${name}` }), name);
  }
});

test("every verb stands in both documents, with a place of its own", () => {
  const operations = Object.values(rest.paths).flatMap((methods) => Object.values(methods as Json)) as Json[];
  const ids = operations.map(({ operationId }) => operationId);
  assert.equal(new Set(ids).size, ids.length);
  assert.ok(ids.length >= VERB_ENTRIES.length);
  const places = VERB_ENTRIES.map(([, { method, path }]) => `${method} ${path}`);
  assert.equal(new Set(places).size, places.length);
  const { subjects } = namesFor("lb2");
  const addresses = Object.values(messages.channels as Json).map((channel) => (channel as Json).address);
  for (const verb of API_VERBS) assert.ok(addresses.includes(subjects.api(verb)), verb);
});

test("every subject of the table of names stands in the document of messages", () => {
  const { subjects } = namesFor("lb2");
  const addresses: string[] = Object.values(messages.channels as Json)
    .map((channel) => (channel as Json).address)
    .filter((address) => address !== null)
    .map((address: string) => address.replaceAll(/\{\w+\}/g, "x"));
  for (const [name, subject] of Object.entries(subjects)) {
    // Those that begin so are filters over others, and advisories are the server's own.
    if (/^(all|slicesOf|resultsOf|eventsOf|deadSlices|api$)/.test(name)) continue;
    const made = typeof subject === "string" ? subject : (subject as Json)("x", "x", "x", "x");
    assert.ok(addresses.includes(made), name);
  }
});

test("the page for people names every operation and loads nothing", () => {
  const page = docsPage(rest);
  for (const path of Object.keys(rest.paths)) assert.ok(page.includes(path), path);
  assert.doesNotMatch(page, /<script|<link|src=|https?:\/\/(?!json-schema)/);
});

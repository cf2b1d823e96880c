/** The template language: text with variables between double braces. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseTemplate, type TemplatePart } from "../../libs/protocol/config/template.ts";

const text = (words: string): TemplatePart => ({ kind: "text", text: words });
const variable = (name: string, raw = false): TemplatePart => ({ kind: "variable", name, raw });

function partsOf(template: string): readonly TemplatePart[] {
  const parsed = parseTemplate(template);
  assert.ok(parsed.ok, template);
  return parsed.parts;
}

const CASES: readonly (readonly [name: string, template: string, parts: readonly TemplatePart[]])[] = [
  ["text alone is text", "error AND _time:5m", [text("error AND _time:5m")]],
  ["nothing is nothing", "", []],
  ["a variable alone", "{{ host }}", [variable("host")]],
  ["spaces inside the braces do not matter", "{{host}}{{  host  }}", [variable("host"), variable("host")]],
  ["a raw variable", "{{ n | raw }}{{n|raw}}", [variable("n", true), variable("n", true)]],
  ["text around variables", "a:{{ a }} b", [text("a:"), variable("a"), text(" b")]],
  ["single braces are LogsQL's own", '{app="x"} {{ a }}', [text('{app="x"} '), variable("a")]],
  ["closing braces without opening ones are text", '{"a":{"b":1}} }}', [text('{"a":{"b":1}} }}')]],
  ["names may hold digits and underscores", "{{ _a1 }}", [variable("_a1")]],
];

for (const [name, template, parts] of CASES) {
  test(`a template is read: ${name}`, () => assert.deepEqual(partsOf(template), parts));
}

const FAULTS: readonly (readonly [name: string, template: string, message: RegExp])[] = [
  ["braces that never close", "ab {{ host", /character 4 that is never closed/],
  ["the second of two that never closes", "{{ a }}{{ b", /character 8 that is never closed/],
  ["no name", "{{ }}", /neither/],
  ["two words", "{{ a b }}", /"\{\{ a b \}\}", which is neither/],
  ["a name that begins with a digit", "{{ 1a }}", /neither/],
  ["an unknown filter", "{{ a | upper }}", /neither/],
  ["two filters", "{{ a | raw | raw }}", /neither/],
  ["an empty filter", "{{ a | }}", /neither/],
  ["braces within braces", "{{ {{ a }} }}", /neither/],
  ["a name longer than 64 characters", `{{ ${"a".repeat(65)} }}`, /neither/],
];

for (const [name, template, message] of FAULTS) {
  test(`a template is refused: ${name}`, () => {
    const parsed = parseTemplate(template);
    assert.ok(!parsed.ok);
    assert.match(parsed.message, message);
  });
}

const anyName = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,10}$/);
const anyPart: fc.Arbitrary<TemplatePart> = fc.oneof(
  fc
    .string({ unit: "binary", minLength: 1 })
    .filter((words) => !words.includes("{"))
    .map(text),
  fc.tuple(anyName, fc.boolean()).map(([name, raw]) => variable(name, raw)),
);

/** The oracle's other half: writes parts down again. */
const print = (parts: readonly TemplatePart[]) =>
  parts
    .map((part) => (part.kind === "text" ? part.text : `{{${part.name}${part.raw ? "|raw" : ""}}}`))
    .join("");

test("what is written from parts is read back as the same parts", () => {
  fc.assert(
    fc.property(fc.array(anyPart), (parts) => {
      // Neighbouring texts are one text.
      const merged: TemplatePart[] = [];
      for (const part of parts) {
        const last = merged.at(-1);
        if (part.kind === "text" && last?.kind === "text") last.text += part.text;
        else merged.push({ ...part });
      }
      assert.deepEqual(partsOf(print(parts)), merged);
    }),
  );
});

test("any text at all is read or refused, and never loses a character when read", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom("{", "}", "a", " ", "|", "raw") }), (template) => {
      const parsed = parseTemplate(template);
      if (!parsed.ok) return;
      const bare = (words: string) => words.replaceAll(" ", "");
      assert.equal(bare(print(parsed.parts)), bare(template));
    }),
    { numRuns: 1000 },
  );
});

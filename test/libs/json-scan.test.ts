/** The reader of JSON tells what a parser would find, wherever the text is cut; and takes whatever comes. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { scanSearch, scanSeveral, scanTable } from "../../libs/engines/elasticsearch/answer.ts";
import { JsonReader } from "../../libs/engines/http/json-scan.ts";
import { scanAnswer } from "../../libs/engines/loki/answer.ts";

const DEPTH = 4;

/** Reads a text in pieces. @returns what is told, and whether it is whole */
function read(text: string | Buffer, cuts: readonly number[]): { told: string[]; isWhole: boolean } {
  const told: string[] = [];
  const reader = new JsonReader(DEPTH, {
    value: (path, word) => told.push(`${JSON.stringify(path)}=${word}`),
    begin: (path) => told.push(JSON.stringify(path)),
  });
  const bytes = Buffer.from(text as string);
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  let from = 0;
  for (const end of ends) {
    reader.push(bytes, from, end);
    from = end;
  }
  return { told, isWhole: reader.isWhole() };
}

/** What a parsed value tells: the reader's oracle. */
function expected(value: unknown, path: readonly string[] = []): string[] {
  if (path.length > DEPTH) return [];
  if (typeof value !== "object" || value === null) {
    const word = typeof value === "string" ? JSON.stringify(value).slice(1, -1) : JSON.stringify(value);
    return [`${JSON.stringify(path)}=${word}`];
  }
  const inside = Array.isArray(value)
    ? value.map((item): [string, unknown] => ["*", item])
    : Object.entries(value).map(([key, item]): [string, unknown] => [JSON.stringify(key).slice(1, -1), item]);
  return [JSON.stringify(path), ...inside.flatMap(([key, item]) => expected(item, [...path, key]))];
}

const anyKey = fc.string({ maxLength: 8 }).filter((key) => key !== "__proto__");
const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { depthSize: "medium" },
    fc.string({ maxLength: 20 }),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.constantFrom(true, false, null, -0),
    fc.array(tie("tree"), { maxLength: 4 }),
    fc.dictionary(anyKey, tie("tree"), { maxKeys: 4 }),
  ),
}));
const anyDocument = fc.oneof(fc.array(tree, { maxLength: 5 }), fc.dictionary(anyKey, tree, { maxKeys: 5 }));
const anyCuts = fc.array(fc.nat(2000), { maxLength: 6 });

test("any JSON, cut anywhere, written close or wide, is told as it is", () => {
  const property = fc.property(anyDocument, anyCuts, fc.constantFrom(0, 2), (written, cuts, indent) => {
    const text = JSON.stringify(written, undefined, indent);
    const { told, isWhole } = read(text, cuts);
    assert.deepEqual(told, expected(JSON.parse(text)));
    assert.ok(isWhole);
    const less = read(text.slice(0, -1), cuts);
    assert.ok(!less.isWhole, "a document without its end is not whole");
  });
  fc.assert(property, { numRuns: 300 });
});

test("whatever bytes come, no scan throws, and none finds more rows than there are bytes", () => {
  const scans = [
    scanSearch(),
    scanSeveral(),
    scanTable("values"),
    scanAnswer("query_range"),
    scanAnswer("labels"),
  ];
  const anyBytes = fc.oneof(
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    fc
      .array(fc.constantFrom("{", "}", "[", "]", '"', ":", ",", "\\", "1", "null", '"took"', '"data"', " "), {
        maxLength: 80,
      })
      .map((words) => Buffer.from(words.join(""))),
  );
  const property = fc.property(anyBytes, (bytes) => {
    for (const scan of scans) {
      scan.reset();
      scan.push(bytes, 0, bytes.length);
      assert.ok(scan.rows() >= 0 && scan.rows() <= bytes.length);
      scan.fault?.();
      scan.serverMs?.();
      scan.isWhole();
    }
  });
  fc.assert(property, { numRuns: 500 });
});

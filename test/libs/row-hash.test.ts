/** The hash of an answer's rows: the same in any order and however it is cut, and another one as soon as a row differs. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { scanLines, scanObject } from "../../libs/engines/http/body.ts";
import { scanHashing } from "../../libs/engines/http/row-hash.ts";

const anyRow = fc
  .tuple(fc.constantFrom("a", "b", "c"), fc.nat(30))
  .map(([key, value]) => JSON.stringify({ [key]: String(value) }));
const anyRows = fc.array(anyRow, { minLength: 1, maxLength: 30 });

/** Feeds a text in pieces of some length. */
function hashOf(text: string, pieceBytes = 7): string {
  const scan = scanHashing(scanLines());
  // Used before, as a connection's scan is.
  scan.push(Buffer.from("left over"), 0, 9);
  scan.reset();
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += pieceBytes)
    scan.push(bytes, at, Math.min(bytes.length, at + pieceBytes));
  return scan.hash();
}

const textOf = (rows: readonly string[], end = "\n") => rows.map((row) => row + end).join("");

test("neither the order of the rows nor the cuts of the body nor the last line's end matter", () => {
  fc.assert(
    fc.property(anyRows, fc.integer({ min: 1, max: 50 }), (rows, pieceBytes) => {
      const hash = hashOf(textOf(rows));
      assert.match(hash, /^[0-9a-f]{16}$/);
      assert.equal(hashOf(textOf([...rows].reverse()), pieceBytes), hash);
      assert.equal(hashOf(textOf([...rows].sort()).trimEnd(), pieceBytes), hash);
      assert.equal(hashOf(textOf(rows, "\r\n"), pieceBytes), hash);
    }),
  );
});

test("a row more, a row less and a row that is changed make another hash", () => {
  fc.assert(
    fc.property(anyRows, anyRow, (rows, row) => {
      const hash = hashOf(textOf(rows));
      assert.notEqual(hashOf(textOf([...rows, row])), hash);
      assert.notEqual(hashOf(textOf(rows.slice(1))), hash);
      if (row !== rows[0]) assert.notEqual(hashOf(textOf([row, ...rows.slice(1)])), hash);
    }),
    { numRuns: 1000 },
  );
});

test("two rows that swap their values are not the same rows", () => {
  assert.notEqual(hashOf('{"a":"1"}\n{"b":"2"}\n'), hashOf('{"a":"2"}\n{"b":"1"}\n'));
  assert.notEqual(hashOf("ab\n"), hashOf("a\nb\n"));
});

test("rows are counted and shapes are looked at as without the hash", () => {
  const scan = scanHashing(scanObject("metric"));
  const body = Buffer.from('{"data":[{"metric":{}},{"metric":{}}]}');
  scan.push(body, 0, body.length);
  assert.equal(scan.rows(), 2);
  assert.equal(scan.isWhole(), true);
  scan.reset();
  assert.equal(scan.isWhole(), false);
});

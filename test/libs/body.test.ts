/** Rows are counted and shapes checked as an answer streams by, however the network cuts it into pieces. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type BodyScan, scanLines, scanObject } from "../../libs/engines/http/body.ts";
import { countByIndex, countLineEnds, READ_BUFFER } from "../../libs/engines/http/read-buffer.ts";

interface Seen {
  readonly rows: number;
  readonly whole: boolean;
}

function scanPieces(scan: BodyScan, pieces: readonly Buffer[]): Seen {
  for (const piece of pieces) scan.push(piece, 0, piece.length);
  return { rows: scan.rows(), whole: scan.isWhole() };
}

/** Cuts a body at the given places, which may be the same one twice: an empty piece. */
function cutAt(body: Buffer, places: readonly number[]): Buffer[] {
  const cuts = [0, ...places.map((place) => place % (body.length + 1)).sort((a, b) => a - b), body.length];
  return cuts.slice(1).map((end, index) => body.subarray(cuts[index], end));
}

const everyByte = (body: Buffer) => Array.from(body, (byte) => Buffer.from([byte]));

/** Scans a body whole, in two at every place, and byte by byte: all must see the same. */
function scanEveryWay(newScan: () => BodyScan, text: string): Seen {
  const body = Buffer.from(text);
  const whole = scanPieces(newScan(), [body]);
  for (let at = 0; at <= body.length; at++)
    assert.deepEqual(scanPieces(newScan(), cutAt(body, [at])), whole, `cut at ${at} of ${text}`);
  assert.deepEqual(scanPieces(newScan(), everyByte(body)), whole, `byte by byte: ${text}`);
  return whole;
}

const anyCuts = fc.array(fc.nat(), { maxLength: 10 });

test("lines are rows, the last one with or without its line end", () => {
  assert.equal(scanEveryWay(scanLines, "").rows, 0);
  assert.equal(scanEveryWay(scanLines, '{"a":1}\n').rows, 1);
  assert.equal(scanEveryWay(scanLines, '{"a":1}').rows, 1);
  assert.equal(scanEveryWay(scanLines, '{"a":1}\n{"a":2}\n{"a":3}').rows, 3);
  assert.equal(scanEveryWay(scanLines, '{"a":"ü\\n"}\n{"a":2}\n').rows, 2);
});

test("lines are counted like splitting the whole text, however it is cut", () => {
  const anyText = fc.string({ unit: fc.constantFrom("\n", "a", "ü", "😀", '{"a":1}') });
  fc.assert(
    fc.property(anyText, anyCuts, (text, cuts) => {
      const lines = text.split("\n");
      const expected = lines.at(-1) === "" ? lines.length - 1 : lines.length;
      assert.equal(scanPieces(scanLines(), cutAt(Buffer.from(text), cuts)).rows, expected);
    }),
  );
});

test("items of an object are counted by their key, wherever the body is cut", () => {
  const body = '{"values":[{"value":"a","hits":5},{"value":"b","hits":3}]}\n';
  assert.deepEqual(
    scanEveryWay(() => scanObject("hits"), body),
    { rows: 2, whole: true },
  );
  assert.deepEqual(
    scanEveryWay(() => scanObject("hits"), '{"values":[]}'),
    { rows: 0, whole: true },
  );
});

test("a key inside a text does not count, for its quotes are escaped there", () => {
  const value = JSON.stringify('x "hits":5 and \\"hits\\":6 "hits"');
  const body = `{"values":[{"value":${value},"hits":1}]}`;
  assert.equal(scanEveryWay(() => scanObject("hits"), body).rows, 1);
});

test("the key's word as a value does not count", () => {
  assert.equal(scanEveryWay(() => scanObject("hits"), '{"hit":"hits","a":["hits"],"hits":1}').rows, 1);
});

test("an object that breaks off, or is something else, is not whole", () => {
  const cases = [
    ["", false],
    ["  \n", false],
    ["{}", true],
    [' \n{"a":1}\n ', true],
    ['{"a":1', false],
    ['{"a":{"b":1}', true],
    ["[1]", false],
    ['[{"a":1}', false],
    ["upstream timed out", false],
    ['{"a":1}{', false],
  ] as const;
  for (const [body, whole] of cases)
    assert.equal(scanEveryWay(() => scanObject("hits"), body).whole, whole, body);
});

/** Answers as a server writes them: items with the key, and texts that try to look like it. */
const anyAnswer = fc
  .array(
    fc.record({
      value: fc.oneof(
        fc.string({ unit: "grapheme" }),
        fc.constantFrom('"hits":', "hits", '\\"hits":', '{"hits":1}', '"', "\\", '","hits":'),
      ),
      hits: fc.nat(),
    }),
    { maxLength: 12 },
  )
  .map((values) => ({ values }));

/** The oracle: reads the whole answer as JSON and counts the key. */
function countKey(value: unknown, key: string): number {
  if (value === null || typeof value !== "object") return 0;
  return Object.entries(value).reduce(
    (sum, [name, part]) => sum + (name === key && !Array.isArray(value) ? 1 : 0) + countKey(part, key),
    0,
  );
}

test("items are counted like reading the whole answer, however it is cut", () => {
  fc.assert(
    fc.property(anyAnswer, anyCuts, (answer, cuts) => {
      const body = Buffer.from(JSON.stringify(answer));
      const expected = { rows: countKey(answer, "hits"), whole: true };
      assert.deepEqual(scanPieces(scanObject("hits"), cutAt(body, cuts)), expected);
      assert.deepEqual(scanPieces(scanObject("hits"), everyByte(body)), expected);
    }),
    { numRuns: 500 },
  );
});

test("a scan keeps no piece that it was given: the network's buffers may be used again", () => {
  const scan = scanObject("hits");
  const buffer = Buffer.from('{"a":1,"hi');
  scan.push(buffer, 0, buffer.length);
  buffer.fill("x");
  scan.push(Buffer.from('xxts":1}x'), 2, 8);
  assert.equal(scan.rows(), 1);
});

test("lines are counted at memory's speed as they are one by one, in any stretch of the buffer that all reads share", () => {
  const anyText = fc.array(fc.constantFrom(10, 10, 9, 11, 13, 120, 0, 138, 255), { maxLength: 300 });
  fc.assert(
    fc.property(
      anyText,
      fc.nat(READ_BUFFER.length),
      fc.nat(40),
      fc.nat(40),
      (text, place, before, behind) => {
        const at = Math.min(place, READ_BUFFER.length - text.length);
        READ_BUFFER.set(text, at);
        const from = Math.max(0, at - before);
        const past = Math.min(READ_BUFFER.length, Math.max(from, at + text.length - behind));
        assert.equal(
          countLineEnds(READ_BUFFER, from, past),
          countByIndex(Buffer.from(READ_BUFFER.subarray(from, past)), 0, past - from),
        );
        assert.equal(countByIndex(READ_BUFFER, from, past), countLineEnds(READ_BUFFER, from, past));
      },
    ),
    { numRuns: 500 },
  );
});

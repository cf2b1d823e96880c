/** Streams of events as the panel reads them: whole messages, however they arrive, and when it comes back. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { FIRST_WAIT_MS, LONGEST_WAIT_MS, retryWaitMs } from "../../services/coordinator/panel/api/retry.ts";
import {
  createSseParser,
  MAX_MESSAGE_CHARS,
  type SseMessage,
} from "../../services/coordinator/panel/api/sse-parser.ts";

const STREAM = [
  'retry: 1000\nevent: event\nid: 7\ndata: {"type":"accepted"}\n\n',
  ":\n\n",
  'event: live\ndata: {"name":"日志 – ünïcode"}\n\n',
  "data:first line\r\ndata: second line\r\n\r\n",
  "event: end\rdata: {}\r\r",
].join("");

const MESSAGES: SseMessage[] = [
  { event: "event", id: "7", data: '{"type":"accepted"}' },
  { event: "live", id: "7", data: '{"name":"日志 – ünïcode"}' },
  { event: "message", id: "7", data: "first line\nsecond line" },
  { event: "end", id: "7", data: "{}" },
];

/** The stream in pieces that end at some places. */
function piecesOf(text: string, cuts: readonly number[]): string[] {
  const places = [0, ...[...cuts].sort((a, b) => a - b), text.length];
  return places.slice(1).map((end, index) => text.slice(places[index], end));
}

test("messages are read whole, wherever the network cuts them, and a comment is none", () => {
  const place = fc.integer({ min: 0, max: STREAM.length });
  fc.assert(
    fc.property(fc.array(place, { maxLength: 20 }), (cuts) => {
      const parser = createSseParser();
      assert.deepEqual(
        piecesOf(STREAM, cuts).flatMap((piece) => parser.push(piece)),
        MESSAGES,
      );
      assert.equal(parser.retryMs(), 1000);
    }),
  );
});

test("a client that comes back goes on from the id that it has", () => {
  const [message] = createSseParser("41").push("event: live\ndata: 1\n\n");
  assert.equal(message?.id, "41");
});

test("a message without an end is given up rather than kept", () => {
  const parser = createSseParser();
  const piece = `data: ${"x".repeat(MAX_MESSAGE_CHARS / 4)}\n`;
  assert.throws(() => {
    for (let sent = 0; sent < 5; sent++) parser.push(piece);
  }, RangeError);
  assert.throws(() => createSseParser().push("x".repeat(MAX_MESSAGE_CHARS + 1)), RangeError);
});

test("a lost connection is tried again at once at first, then more seldom, and never more seldom than the limit", () => {
  const waitsMs = Array.from({ length: 40 }, (_, index) => retryWaitMs(index + 1));
  assert.equal(waitsMs[0], FIRST_WAIT_MS);
  assert.deepEqual(
    waitsMs,
    [...waitsMs].sort((a, b) => a - b),
  );
  assert.equal(waitsMs.at(-1), LONGEST_WAIT_MS);
  assert.equal(retryWaitMs(1, 250), 250);
});

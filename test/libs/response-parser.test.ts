/** Answers read piece by piece: the same wherever they are cut, and what is not HTTP is refused as soon as it shows. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ResponseParser } from "../../libs/engines/http/response-parser.ts";
import { anyAnswer } from "../support/answers.ts";

/** Reads pieces, each of which lies in the same buffer as the one before, as on a connection. */
function read(
  pieces: readonly string[],
  more: { ends?: boolean; after?: readonly (readonly string[])[] } = {},
) {
  const buffer = Buffer.alloc(64 * 1024);
  const heard = { status: 0, body: "" };
  const parser = new ResponseParser({
    onStatus(status) {
      heard.status = status;
    },
    onBody(bytes, from, past) {
      heard.body += bytes.toString("latin1", from, past);
    },
  });
  for (const earlier of more.after ?? []) {
    parser.reset();
    for (const piece of earlier) parser.push(buffer, buffer.write(piece, "latin1"));
  }
  parser.reset();
  Object.assign(heard, { status: 0, body: "" });
  let unread = 0;
  for (const piece of pieces) {
    buffer.fill("!");
    const length = buffer.write(piece, "latin1");
    unread += length - parser.push(buffer, length);
  }
  if (more.ends) parser.end();
  const { isWhole, fault } = parser;
  const { staysOpen, keepAliveMs } = parser;
  return { ...heard, isWhole, fault, unread, ...(isWhole && { staysOpen, keepAliveMs }) };
}

const OK = "HTTP/1.1 200 OK\r\n";
const WHOLE = { status: 200, isWhole: true, fault: undefined, unread: 0, keepAliveMs: undefined };
const OPEN = { ...WHOLE, staysOpen: true };
const CLOSED = { ...WHOLE, staysOpen: false };

const whole: readonly [name: string, text: string, expected: object][] = [
  ["a body of a known length", `${OK}Content-Length: 3\r\n\r\nabc`, { ...OPEN, body: "abc" }],
  ["no body", `${OK}content-length: 0\r\n\r\n`, { ...OPEN, body: "" }],
  [
    "chunks, an extension, trailers",
    `${OK}Transfer-Encoding: Chunked\r\n\r\n3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nx-sum: 1\r\n\r\n`,
    { ...OPEN, body: "abc0123456789" },
  ],
  [
    "the last encoding is what counts",
    `${OK}transfer-encoding: gzip , chunked\r\n\r\n1\r\na\r\n0\r\n\r\n`,
    { ...OPEN, body: "a" },
  ],
  [
    "informational answers ahead, also those that nobody asked for",
    `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n${OK}content-length: 1\r\n\r\na`,
    { ...OPEN, body: "a" },
  ],
  ["a status that has no body", "HTTP/1.1 204 No Content\r\n\r\n", { ...OPEN, status: 204, body: "" }],
  [
    "a status that tells the length of a body that it does not have",
    "HTTP/1.1 304 Not Modified\r\ncontent-length: 10\r\n\r\n",
    { ...OPEN, status: 304, body: "" },
  ],
  [
    "a server that will close",
    `${OK}connection: x, Close\r\ncontent-length: 0\r\n\r\n`,
    { ...CLOSED, body: "" },
  ],
  [
    "a server that keeps idle connections for some time",
    `${OK}keep-alive: timeout=5, max=9\r\ncontent-length: 0\r\n\r\n`,
    { ...OPEN, body: "", keepAliveMs: 5000 },
  ],
  ["HTTP/1.0 closes", "HTTP/1.0 200 OK\r\ncontent-length: 1\r\n\r\na", { ...CLOSED, body: "a" }],
  [
    "HTTP/1.0 stays open when it says so",
    "HTTP/1.0 200 OK\r\nconnection: keep-alive\r\ncontent-length: 1\r\n\r\na",
    { ...OPEN, body: "a" },
  ],
  ["no reason in the status line", "HTTP/1.1 200\r\ncontent-length: 0\r\n\r\n", { ...OPEN, body: "" }],
  [
    "what comes behind the end is not read",
    `${OK}content-length: 1\r\n\r\nabc`,
    { ...OPEN, body: "a", unread: 2 },
  ],
];

for (const [name, text, expected] of whole) {
  test(`whole: ${name}`, () => assert.deepEqual(read([text]), expected));
}

test("without a length a body goes on until the connection ends", () => {
  const text = `${OK}x: y\r\n\r\nabc`;
  assert.deepEqual([read([text]).isWhole, read([text], { ends: true })], [false, { ...CLOSED, body: "abc" }]);
});

test("a connection that ends within an answer cuts it off, wherever that is", () => {
  const text = `${OK}transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n`;
  for (let at = 0; at < text.length; at++)
    assert.equal(read([text.slice(0, at)], { ends: true }).fault, "CLOSED_EARLY", `after ${at} bytes`);
});

/** None of these has the end of its line: it is known to be bad before that. */
const bad: readonly [fault: string, text: string][] = [
  ["BAD_STATUS_LINE", "SSH-2.0-Open"],
  ["BAD_STATUS_LINE", "HTTQ"],
  ["BAD_STATUS_LINE", "HTTP/1.1 20x OK\r\n"],
  ["BAD_STATUS_LINE", "HTTP/1.1 099 OK\r\n"],
  ["BAD_STATUS_LINE", "HTTP/3.1 200 OK\r\n"],
  ["BAD_STATUS_LINE", "HTTP/1.1 2000 OK\r\n"],
  ["BAD_STATUS_LINE", "HTTP/1.1 200 OK\n"],
  ["BAD_HEADER", `${OK}no colon`],
  ["BAD_HEADER", `${OK}a: b\r\n c`],
  ["BAD_HEADER", `${OK}a: b\0`],
  ["BAD_HEADER", `${OK}a: b\n`],
  ["BAD_HEADER", `${OK}: b`],
  ["BAD_HEADER", `${OK}content-length: 5x\r\n`],
  ["BAD_HEADER", `${OK}content-length: 5\r\ncontent-length: 5\r\n`],
  ["BAD_HEADER", `${OK}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n`],
  ["BAD_CHUNK", `${OK}transfer-encoding: chunked\r\n\r\nx`],
  ["BAD_CHUNK", `${OK}transfer-encoding: chunked\r\n\r\n3\r\nabcd`],
  ["BAD_CHUNK", `${OK}transfer-encoding: chunked\r\n\r\nffffffffffffffff\r\n`],
  ["UPGRADED", "HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n"],
  ["HEAD_TOO_LARGE", `${OK}a: ${"b".repeat(17_000)}`],
  ["HEAD_TOO_LARGE", `${OK}${"a: b\r\n".repeat(3000)}`],
  ["HEAD_TOO_LARGE", `${OK}transfer-encoding: chunked\r\n\r\n0\r\n${"a: b\r\n".repeat(3000)}`],
];

for (const [fault, text] of bad) {
  test(`${fault}: ${JSON.stringify(text.slice(0, 60))}`, () => {
    assert.equal(read([text]).fault, fault);
    assert.equal(read([...text]).fault, fault, "byte by byte");
  });
}

test("where an answer is cut makes no difference", () => {
  fc.assert(
    fc.property(anyAnswer, ({ pieces }) => {
      const cut = read(pieces, { ends: true });
      const inOne = read([pieces.join("")], { ends: true });
      assert.deepEqual({ ...cut, unread: 0 }, { ...inOne, unread: 0 });
      if (cut.isWhole) assert.equal(cut.unread, inOne.unread);
    }),
    { numRuns: 500 },
  );
});

test("an answer is the same after any others, also after one like it", () => {
  fc.assert(
    fc.property(anyAnswer, anyAnswer, ({ pieces }, { pieces: other }) => {
      const alone = read(pieces, { ends: true });
      const inOne = [pieces.join("")];
      for (const after of [[other], [pieces], [inOne], [inOne, other], [other, inOne]]) {
        assert.deepEqual(read(pieces, { ends: true, after }), alone);
        assert.deepEqual(read(inOne, { ends: true, after }), read(inOne, { ends: true }));
      }
    }),
    { numRuns: 300 },
  );
});

/** Frames of WebSockets: the examples of RFC 6455, however they are cut, and what no server may send. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { clientFrame, FrameReader } from "../../libs/engines/http/websocket-frames.ts";

const MOST_BYTES = 100_000;

/** What is heard of some bytes that come in pieces. */
function heardOf(pieces: readonly Buffer[], mostBytes = MOST_BYTES): string[] {
  const heard: string[] = [];
  const reader = new FrameReader(mostBytes, {
    message: (bytes) => heard.push(bytes.length > 20 ? `${bytes.length} bytes` : bytes.toString("utf8")),
    ping: (bytes) => heard.push(`ping ${bytes.toString("utf8")}`),
    closed: (code, reason) => heard.push(`closed ${code} ${reason}`),
  });
  for (const piece of pieces) reader.push(piece);
  return reader.fault === undefined ? heard : [...heard, `fault: ${reader.fault}`];
}

const hex = (text: string) => Buffer.from(text.replaceAll(" ", ""), "hex");
const HELLO = hex("81 05 48 65 6c 6c 6f");
const IN_PARTS = [hex("01 03 48 65 6c"), hex("80 02 6c 6f")];
const PING = hex("89 05 48 65 6c 6c 6f");
const MEDIUM = Buffer.concat([hex("82 7e 01 00"), Buffer.alloc(256)]);
const LONG = Buffer.concat([hex("82 7f 00 00 00 00 00 01 00 00"), Buffer.alloc(65_536)]);
const CLOSE = hex("88 05 03 e8 62 79 65");

test("the frames of the standard's examples are read, a ping in the middle of a message too", () => {
  const [begin, end] = IN_PARTS as [Buffer, Buffer];
  assert.deepEqual(heardOf([HELLO, begin, PING, end, MEDIUM, LONG, hex("8a 00"), CLOSE, HELLO]), [
    "Hello",
    "ping Hello",
    "Hello",
    "256 bytes",
    "65536 bytes",
    "closed 1000 bye",
  ]);
  assert.deepEqual(heardOf([hex("88 00")]), ["closed 1005 "]);
});

test("it does not matter where they are cut", () => {
  const all = Buffer.concat([HELLO, ...IN_PARTS, PING, MEDIUM, CLOSE]);
  const whole = heardOf([all]);
  assert.equal(whole.length, 5);
  const property = fc.property(fc.array(fc.nat(all.length), { maxLength: 20 }), (places) => {
    const cuts = [0, ...places.sort((a, b) => a - b), all.length];
    const pieces = cuts.slice(1).map((past, at) => all.subarray(cuts[at], past));
    assert.deepEqual(heardOf(pieces), whole);
  });
  fc.assert(property);
});

test("what is too long, masked or out of place ends it, and nothing is heard from then on", () => {
  const fault = (...pieces: Buffer[]) => heardOf([...pieces, HELLO], 1000);
  assert.deepEqual(fault(LONG), ["fault: a frame that is too long"]);
  assert.deepEqual(fault(hex("82 7f ff ff ff ff ff ff ff ff")), ["fault: a frame that is too long"]);
  const part = (first: number) => Buffer.concat([Buffer.from([first]), hex("7e 02 00"), Buffer.alloc(512)]);
  assert.deepEqual(fault(part(1), part(0)), ["fault: a message that is too long"]);
  const empty = Array.from({ length: 2000 }, () => hex("00 00"));
  assert.deepEqual(fault(hex("01 00"), ...empty), ["fault: a message that is too long"]);
  assert.deepEqual(fault(hex("81 85 37 fa 21 3d 7f 9f 4d 51 58")), ["fault: a frame that no server sends"]);
  assert.deepEqual(fault(hex("c1 00")), ["fault: a frame that no server sends"]);
  assert.deepEqual(fault(hex("80 00")), ["fault: a part of no message"]);
  assert.deepEqual(fault(hex("01 00 81 00")), ["fault: a part of no message"]);
  assert.deepEqual(fault(hex("83 00")), ["fault: a part of no message"]);
  assert.deepEqual(fault(hex("09 00")), ["fault: a control frame in parts"]);
  assert.deepEqual(fault(hex("8b 00")), ["fault: an unknown frame"]);
});

test("what a client sends is masked", () => {
  const [first, second = 0, ...rest] = clientFrame(10, Buffer.from("Hello"));
  assert.deepEqual([first, second], [0x8a, 0x85]);
  const [mask, body] = [rest.slice(0, 4), rest.slice(4)];
  const plain = body.map((byte, at) => byte ^ (mask[at % 4] as number));
  assert.equal(Buffer.from(plain).toString("utf8"), "Hello");
});

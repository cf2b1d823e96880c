/** The frames of a WebSocket, as a client reads and writes them (RFC 6455, section 5); extensions are not asked for. */

import { randomFillSync } from "node:crypto";

export const OPCODE = { more: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** A server's end of the connection without a word, and with one that names no reason. Source: RFC 6455, section 7.4.1. */
export const ABNORMAL = 1006;
const NO_CODE = 1005;
export const NORMAL = 1000;

/** Hears what a server sends. */
export interface FrameListener {
  /** A message, all parts of it. */
  message(bytes: Buffer): void;
  ping(bytes: Buffer): void;
  closed(code: number, reason: string): void;
}

interface Frame {
  readonly opcode: number;
  readonly isLast: boolean;
  readonly body: Buffer;
}

const LAST = 0x80;
const RESERVED = 0x70;
const MASKED = 0x80;
const SHORT_LENGTH = 126;
const LONG_LENGTH = 127;
/** Of a frame that says how the connection does, and not a part of a message. */
const MOST_CONTROL_BYTES = 125;
const CONTROL = 8;

/** Puts messages together from what comes. What is wrong stays in `fault`, and nothing is heard from then on. */
export class FrameReader {
  fault: string | undefined;
  /** What has come of a frame that is not whole yet, and how much it takes to go on. */
  private pieces: Buffer[] = [];
  private held = 0;
  private wanted = 2;
  /** What has come of a message. */
  private parts: Buffer[] = [];
  private partBytes = 0;
  private isOver = false;
  private readonly listener: FrameListener;
  private readonly mostBytes: number;

  /** @param mostBytes of a message */
  constructor(mostBytes: number, listener: FrameListener) {
    this.mostBytes = mostBytes;
    this.listener = listener;
  }

  push(piece: Buffer): void {
    this.pieces.push(piece);
    this.held += piece.length;
    if (this.held < this.wanted) return;
    const bytes = Buffer.concat(this.pieces);
    let at = 0;
    while (!this.isOver) {
      const past = at + this.lengthAt(bytes, at);
      if (this.isOver || past > bytes.length) break;
      this.take(bytes.subarray(at, past));
      at = past;
    }
    this.pieces = [bytes.subarray(at)];
    this.held = bytes.length - at;
  }

  /** How long the frame is that begins there, or what of it must be there to tell; kept as what is waited for. */
  private lengthAt(bytes: Buffer, at: number): number {
    this.wanted = 2;
    if (bytes.length - at < this.wanted) return this.wanted;
    const length = (bytes[at + 1] as number) & 0x7f;
    this.wanted = length === SHORT_LENGTH ? 4 : length === LONG_LENGTH ? 10 : 2;
    if (bytes.length - at >= this.wanted) this.wanted += bodyLength(bytes, at);
    if (this.wanted > this.mostBytes + 10) this.blame("a frame that is too long");
    return this.wanted;
  }

  private take(bytes: Buffer): void {
    const [first = 0, second = 0] = bytes;
    if ((first & RESERVED) !== 0 || (second & MASKED) !== 0) {
      this.blame("a frame that no server sends");
      return;
    }
    const body = bytes.subarray(bytes.length - bodyLength(bytes, 0));
    const frame = { opcode: first & 0x0f, isLast: (first & LAST) !== 0, body };
    if (frame.opcode >= CONTROL) this.takeControl(frame);
    else this.takePart(frame);
  }

  private takeControl({ opcode, isLast, body }: Frame): void {
    if (!isLast || body.length > MOST_CONTROL_BYTES) this.blame("a control frame in parts");
    else if (opcode === OPCODE.ping) this.listener.ping(body);
    else if (opcode === OPCODE.close) {
      this.isOver = true;
      this.listener.closed(body.length >= 2 ? body.readUInt16BE(0) : NO_CODE, body.toString("utf8", 2));
    } else if (opcode !== OPCODE.pong) this.blame("an unknown frame");
  }

  private takePart({ opcode, isLast, body }: Frame): void {
    const isBegun = this.parts.length > 0;
    if (opcode > OPCODE.binary || isBegun !== (opcode === OPCODE.more)) {
      this.blame("a part of no message");
      return;
    }
    this.parts.push(body);
    // Empty parts count too, so that there is an end to them.
    this.partBytes += body.length + 1;
    if (this.partBytes > this.mostBytes) {
      this.blame("a message that is too long");
      return;
    }
    if (!isLast) return;
    const message = Buffer.concat(this.parts);
    this.parts = [];
    this.partBytes = 0;
    this.listener.message(message);
  }

  private blame(fault: string): void {
    this.fault ??= fault;
    this.isOver = true;
  }
}

/** The length that a frame's head names. */
function bodyLength(bytes: Buffer, at: number): number {
  const length = (bytes[at + 1] as number) & 0x7f;
  if (length === SHORT_LENGTH) return bytes.readUInt16BE(at + 2);
  return length === LONG_LENGTH ? Number(bytes.readBigUInt64BE(at + 2)) : length;
}

/** A frame as a client must write it: short, whole, and masked. */
export function clientFrame(opcode: number, body: Buffer): Buffer {
  const mask = randomFillSync(Buffer.alloc(4));
  const masked = body.map((byte, at) => byte ^ (mask[at % 4] as number));
  return Buffer.concat([Buffer.from([LAST | opcode, MASKED | body.length]), mask, masked]);
}

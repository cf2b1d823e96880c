/**
 * Reads HTTP/1 answers from bytes, piece by piece and without I/O, and allocates next to nothing: heads are looked at in
 * place, bodies are handed on as they lie in the bytes. What it takes and refuses is what RFC 9112 says and llhttp does.
 */

import {
  endOfText,
  HeadFields,
  isChunkSizeStart,
  isHeaderStart,
  isStatusLineStart,
  readChunkSize,
  readHeader,
  readStatusLine,
} from "./response-lines.ts";

/** Who hears what an answer says. */
export interface AnswerSink {
  /** The final status; those of 1xx are passed over. */
  onStatus(status: number): void;
  /** A part of the body, which lies between two places in the bytes during the call alone. */
  onBody(bytes: Buffer, from: number, past: number): void;
}

/** Why an answer cannot be read. */
export type Fault =
  | "BAD_STATUS_LINE"
  | "BAD_HEADER"
  | "BAD_CHUNK"
  | "HEAD_TOO_LARGE"
  | "UPGRADED"
  | "CLOSED_EARLY";

/** The most bytes that a head, a chunk's first line or the trailers may have: as many as Node's own client takes. */
const MAX_HEAD_BYTES = 16 * 1024;

/** Heads up to this are remembered, to be known again. */
const MAX_KNOWN_BYTES = 1024;

const LF = 10;
const CR = 13;
const LINE_END_BYTES = 2;

/** What comes next. The order matters: from `whole` on nothing is read any more. */
const Next = {
  statusLine: 0,
  header: 1,
  chunkSize: 2,
  chunkEnd: 3,
  trailer: 4,
  sizedBody: 5,
  chunk: 6,
  endlessBody: 7,
  whole: 8,
  broken: 9,
} as const;
type Next = (typeof Next)[keyof typeof Next];

const isLineEnd = (bytes: Buffer, at: number) => bytes[at] === CR && bytes[at + 1] === LF;

export class ResponseParser {
  /** Set once the answer cannot be read; it is over then. */
  fault: Fault | undefined;
  private next: Next = Next.statusLine;
  private readonly fields = new HeadFields();
  /** Bytes of the body or of the chunk that are still to come. */
  private missing = 0;
  /** Bytes of the head so far. */
  private headBytes = 0;
  /** The beginning of a line whose end has not come yet. */
  private line: Buffer | undefined;
  private lineBytes = 0;
  /** The head that the fields are of, where it came in one piece. */
  private known: Buffer | undefined;
  private knownBytes = 0;
  /** All of this head so far stands at the beginning of the bytes that are being read. */
  private isInOne = false;
  private readonly sink: AnswerSink;

  constructor(sink: AnswerSink) {
    this.sink = sink;
  }

  /** Makes ready for another answer. */
  reset(): void {
    this.fault = undefined;
    this.lineBytes = 0;
    this.beginHead();
  }

  /** Whether the answer is there to its end. */
  get isWhole(): boolean {
    return this.next === Next.whole;
  }

  /** Whether the connection may be used again, once the answer is whole. */
  get staysOpen(): boolean {
    const { closes, keeps, isPersistent } = this.fields;
    return !closes && (isPersistent || keeps);
  }

  /** How long the server keeps an idle connection by its own word, in milliseconds; undefined when it says nothing. */
  get keepAliveMs(): number | undefined {
    return this.fields.keepAliveMs;
  }

  /**
   * Reads the first `length` bytes.
   * @returns how many of them belong to this answer: what comes behind its end is not read
   */
  push(bytes: Buffer, length: number): number {
    const isBeginning = this.next === Next.statusLine && this.headBytes === 0;
    this.isInOne = isBeginning;
    let at = isBeginning ? this.takeKnownHead(bytes, length) : 0;
    while (at < length && this.next < Next.whole)
      at = this.next < Next.sizedBody ? this.pushLine(bytes, at, length) : this.pushBody(bytes, at, length);
    return at;
  }

  /** The connection has ended: so has an answer that says no length, and any other is cut off. */
  end(): void {
    if (this.next === Next.endlessBody) this.next = Next.whole;
    else if (this.next < Next.whole) this.refuse("CLOSED_EARLY");
  }

  /** A head that is the last one's, byte for byte, says what that one said; a server's heads change once a second at most. */
  private takeKnownHead(bytes: Buffer, length: number): number {
    const { known, knownBytes } = this;
    if (known === undefined || knownBytes === 0 || length < knownBytes) return 0;
    for (let at = 0; at < knownBytes; at++) if (bytes[at] !== known[at]) return 0;
    this.endHead();
    return knownBytes;
  }

  private keepHead(bytes: Buffer, past: number): void {
    if (past > MAX_KNOWN_BYTES) return;
    this.known ??= Buffer.allocUnsafe(MAX_KNOWN_BYTES);
    bytes.copy(this.known, 0, 0, past);
    this.knownBytes = past;
  }

  /** A line that is there to its end is read where it lies. */
  private pushLine(bytes: Buffer, from: number, length: number): number {
    if (this.lineBytes > 0) return this.keepLine(bytes, from, length);
    // Empty lines before an answer are passed over, as llhttp does.
    if (this.next === Next.statusLine && (bytes[from] === CR || bytes[from] === LF)) return from + 1;
    const end = endOfText(bytes, from, length);
    const past = end + LINE_END_BYTES;
    if (past <= length && isLineEnd(bytes, end)) {
      this.count(past - from);
      if (this.fault !== undefined) return past;
      const wasHead = this.next === Next.header;
      this.takeLine(bytes, from, end);
      if (wasHead && this.isInOne && this.next > Next.header && this.next !== Next.broken)
        this.keepHead(bytes, past);
      return past;
    }
    if (end === length || (end + 1 === length && bytes[end] === CR))
      return this.keepLine(bytes, from, length);
    this.refuseLine();
    return end;
  }

  /** A line that comes in several pieces is put together. */
  private keepLine(bytes: Buffer, from: number, length: number): number {
    this.isInOne = false;
    let past = from;
    while (past < length && bytes[past++] !== LF);
    const isWhole = bytes[past - 1] === LF;
    this.count(past - from);
    if (this.fault !== undefined) return past;
    this.line ??= Buffer.allocUnsafe(MAX_HEAD_BYTES);
    bytes.copy(this.line, this.lineBytes, from, past);
    this.lineBytes += past - from;
    if (!isWhole) {
      this.checkBeginning(this.line, this.lineBytes);
      return past;
    }
    const end = this.lineBytes - LINE_END_BYTES;
    this.lineBytes = 0;
    if (end >= 0 && endOfText(this.line, 0, end) === end && isLineEnd(this.line, end))
      this.takeLine(this.line, 0, end);
    else this.refuseLine();
    return past;
  }

  private count(bytes: number): void {
    this.headBytes += bytes;
    if (this.headBytes > MAX_HEAD_BYTES) this.refuse("HEAD_TOO_LARGE");
  }

  /** What cannot become a line of its kind is refused at once: its end may never come. */
  private checkBeginning(line: Buffer, length: number): void {
    const { next } = this;
    const end = endOfText(line, 0, length);
    const isText = end === length || (end === length - 1 && line[end] === CR);
    if (!isText) {
      this.refuseLine();
    } else if (next === Next.statusLine) {
      if (!isStatusLineStart(line, length)) this.refuseLine();
    } else if (next === Next.chunkSize) {
      if (!isChunkSizeStart(line, length)) this.refuseLine();
    } else if (next === Next.chunkEnd) {
      if (line[0] !== CR || length > 1) this.refuseLine();
    } else if (!isHeaderStart(line, length)) {
      this.refuseLine();
    }
  }

  /** A whole line without its end. */
  private takeLine(bytes: Buffer, from: number, end: number): void {
    const { next, fields } = this;
    const isEmpty = end === from;
    if (next === Next.header) {
      if (isEmpty) this.endHead();
      else if (!readHeader(bytes, from, end, fields)) this.refuseLine();
    } else if (next === Next.statusLine) {
      fields.clear();
      this.knownBytes = 0;
      if (readStatusLine(bytes, from, end, fields)) this.next = Next.header;
      else this.refuseLine();
    } else if (next === Next.chunkSize) {
      this.takeChunkSize(readChunkSize(bytes, from, end));
    } else if (next === Next.chunkEnd) {
      this.headBytes = 0;
      if (isEmpty) this.next = Next.chunkSize;
      else this.refuseLine();
    } else if (isEmpty) {
      this.next = Next.whole;
    } else if (!readHeader(bytes, from, end, undefined)) {
      this.refuseLine();
    }
  }

  private takeChunkSize(size: number): void {
    if (size < 0) {
      this.refuseLine();
      return;
    }
    this.headBytes = 0;
    this.missing = size;
    this.next = size > 0 ? Next.chunk : Next.trailer;
  }

  private endHead(): void {
    const { status, length, isChunked, hasEncoding } = this.fields;
    if (status === 101) {
      this.refuse("UPGRADED");
      return;
    }
    if (status < 200) {
      this.isInOne = false;
      this.beginHead();
      return;
    }
    // Two lengths that need not agree.
    if (hasEncoding && length >= 0) {
      this.refuse("BAD_HEADER");
      return;
    }
    this.headBytes = 0;
    this.sink.onStatus(status);
    this.missing = Math.max(0, length);
    if (status === 204 || status === 304 || length === 0) this.next = Next.whole;
    else if (isChunked) this.next = Next.chunkSize;
    else if (length > 0) this.next = Next.sizedBody;
    else {
      this.next = Next.endlessBody;
      this.fields.closes = true;
    }
  }

  private pushBody(bytes: Buffer, from: number, length: number): number {
    const isEndless = this.next === Next.endlessBody;
    const past = isEndless ? length : Math.min(length, from + this.missing);
    this.sink.onBody(bytes, from, past);
    if (isEndless) return past;
    this.missing -= past - from;
    if (this.missing === 0) this.next = this.next === Next.chunk ? Next.chunkEnd : Next.whole;
    return past;
  }

  private beginHead(): void {
    this.next = Next.statusLine;
    this.headBytes = 0;
  }

  private refuseLine(): void {
    const { next } = this;
    if (next === Next.statusLine) this.refuse("BAD_STATUS_LINE");
    else this.refuse(next === Next.chunkSize || next === Next.chunkEnd ? "BAD_CHUNK" : "BAD_HEADER");
  }

  private refuse(fault: Fault): void {
    this.fault = fault;
    this.next = Next.broken;
  }
}

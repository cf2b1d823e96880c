/** The lines of an HTTP/1 answer, each read where it lies: status line, header, the first line of a chunk. */

/** What a head says that matters for reading what follows. */
export class HeadFields {
  status = 0;
  /** Of the body; -1 when the head does not say. */
  length = -1;
  hasEncoding = false;
  /** The last of the encodings is `chunked`. */
  isChunked = false;
  /** What the version and the words of `connection` say. */
  isPersistent = true;
  keeps = false;
  closes = false;
  keepAliveMs: number | undefined;

  clear(): void {
    this.status = 0;
    this.length = -1;
    this.hasEncoding = false;
    this.isChunked = false;
    this.isPersistent = true;
    this.keeps = false;
    this.closes = false;
    this.keepAliveMs = undefined;
  }
}

const SPACE = 32;
const TAB = 9;
const COLON = 58;
const COMMA = 44;
const SEMICOLON = 59;
const DELETE = 127;
const ZERO = 48;
const NINE = 57;
/** What may follow a chunk's size; nobody sends it. */
const EXTENSIONS = /^(;[!#$%&'*+\-.^_`|~0-9A-Za-z]+(=([!#$%&'*+\-.^_`|~0-9A-Za-z]*|"([^"\\]|\\.)*"))?)+$/;
/** Sets the bit in which a small letter differs from a large one. */
const SMALL = 32;

const TEXT_VERSION = Buffer.from("HTTP/");
/** Versions that are understood, as major × 10 + minor, as in llhttp. */
const VERSIONS = [9, 10, 11, 20];
/** From here on connections stay open unasked. */
const PERSISTENT_VERSION = 11;
/** `HTTP/1.1 200`: the reason behind it may be missing. */
const STATUS_LINE_BYTES = 12;

/** Bytes that may stand in a header's name. */
const isNameByte = new Uint8Array(256);
for (const byte of Buffer.from(
  "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
))
  isNameByte[byte] = 1;

/** Bytes that may stand within a line: all but control characters, of which a tab is none here. */
const isText = new Uint8Array(256).fill(1, SPACE);
isText[TAB] = 1;
isText[DELETE] = 0;

const CONTENT_LENGTH = Buffer.from("content-length");
const TRANSFER_ENCODING = Buffer.from("transfer-encoding");
const CONNECTION = Buffer.from("connection");
const KEEP_ALIVE = Buffer.from("keep-alive");
const CLOSE = Buffer.from("close");
const CHUNKED = Buffer.from("chunked");

const isDigit = (byte: number | undefined) => byte !== undefined && byte >= ZERO && byte <= NINE;

/** Where a stretch of text ends, at the latest at `end`. */
export function endOfText(bytes: Buffer, from: number, end: number): number {
  let at = from;
  while (at < end && isText[bytes[at] as number] === 1) at++;
  return at;
}

/** Whether so many bytes can be the beginning of a status line. */
export function isStatusLineStart(bytes: Buffer, length: number): boolean {
  const known = Math.min(length, TEXT_VERSION.length);
  for (let at = 0; at < known; at++) if (bytes[at] !== TEXT_VERSION[at]) return false;
  return true;
}

/** Reads a status line. @returns whether it is one */
export function readStatusLine(bytes: Buffer, from: number, end: number, fields: HeadFields): boolean {
  if (end - from < STATUS_LINE_BYTES) return false;
  for (let at = 0; at < TEXT_VERSION.length; at++) if (bytes[from + at] !== TEXT_VERSION[at]) return false;
  const digit = (at: number) => (bytes[from + at] as number) - ZERO;
  const version = digit(5) * 10 + digit(7);
  const isFormed = bytes[from + 6] === 46 && bytes[from + 8] === SPACE;
  for (let at = 9; at < STATUS_LINE_BYTES; at++) if (!isDigit(bytes[from + at])) return false;
  if (!isFormed || !VERSIONS.includes(version)) return false;
  if (end - from > STATUS_LINE_BYTES && bytes[from + STATUS_LINE_BYTES] !== SPACE) return false;
  fields.status = digit(9) * 100 + digit(10) * 10 + digit(11);
  fields.isPersistent = version === PERSISTENT_VERSION;
  return fields.status >= 100;
}

/** Whether so many bytes can be the beginning of a header. */
export function isHeaderStart(bytes: Buffer, length: number): boolean {
  if (bytes[0] === 13) return length === 1;
  for (let at = 0; at < length; at++) {
    const byte = bytes[at] as number;
    if (byte === COLON) return at > 0;
    if (isNameByte[byte] === 0) return false;
  }
  return true;
}

/** Reads a header, which is text; what it says goes to the fields, if there are any. @returns whether it is one */
export function readHeader(
  bytes: Buffer,
  from: number,
  end: number,
  fields: HeadFields | undefined,
): boolean {
  let colon = from;
  while (colon < end && isNameByte[bytes[colon] as number] === 1) colon++;
  if (colon === from || colon === end || bytes[colon] !== COLON) return false;
  if (fields === undefined) return true;
  const first = skipSpace(bytes, colon + 1, end);
  const past = trimSpace(bytes, first, end);
  const nameBytes = colon - from;
  if (nameBytes === CONTENT_LENGTH.length && isWord(bytes, from, colon, CONTENT_LENGTH))
    return readLength(bytes, first, end, fields);
  if (nameBytes === TRANSFER_ENCODING.length && isWord(bytes, from, colon, TRANSFER_ENCODING)) {
    fields.hasEncoding = true;
    fields.isChunked = isWord(bytes, lastItem(bytes, first, past), past, CHUNKED);
  } else if (nameBytes === CONNECTION.length) {
    if (isWord(bytes, from, colon, CONNECTION)) readConnection(bytes, first, past, fields);
    else if (isWord(bytes, from, colon, KEEP_ALIVE)) readKeepAlive(bytes, first, past, fields);
  }
  return true;
}

/** The size that a chunk's first line says; -1 when it says none. */
export function readChunkSize(bytes: Buffer, from: number, end: number): number {
  let size = 0;
  let at = from;
  for (; at < end; at++) {
    const value = hexValue(bytes[at] as number);
    if (value < 0) break;
    size = size * 16 + value;
  }
  if (at === from || !Number.isSafeInteger(size)) return -1;
  return at === end || EXTENSIONS.test(bytes.toString("latin1", at, end)) ? size : -1;
}

/** Whether so many bytes can be the beginning of a chunk's first line. */
export function isChunkSizeStart(bytes: Buffer, length: number): boolean {
  let digits = 0;
  while (digits < length && hexValue(bytes[digits] as number) >= 0) digits++;
  return digits === length || (digits > 0 && (bytes[digits] === SEMICOLON || bytes[digits] === 13));
}

function hexValue(byte: number): number {
  if (isDigit(byte)) return byte - ZERO;
  const letter = byte | SMALL;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}

/** Digits, and behind them spaces at most. */
function readLength(bytes: Buffer, from: number, end: number, fields: HeadFields): boolean {
  if (fields.length >= 0) return false;
  let length = 0;
  let at = from;
  for (; at < end && isDigit(bytes[at]); at++) length = length * 10 + (bytes[at] as number) - ZERO;
  if (at === from || !Number.isSafeInteger(length)) return false;
  while (at < end && bytes[at] === SPACE) at++;
  fields.length = length;
  return at === end;
}

function readConnection(bytes: Buffer, from: number, end: number, fields: HeadFields): void {
  for (let at = from; at < end; ) {
    let comma = at;
    while (comma < end && bytes[comma] !== COMMA) comma++;
    const first = skipSpace(bytes, at, comma);
    const past = trimSpace(bytes, first, comma);
    if (isWord(bytes, first, past, CLOSE)) fields.closes = true;
    else if (isWord(bytes, first, past, KEEP_ALIVE)) fields.keeps = true;
    at = comma + 1;
  }
}

function readKeepAlive(bytes: Buffer, from: number, end: number, fields: HeadFields): void {
  const seconds = /timeout=(\d+)/.exec(bytes.toString("latin1", from, end))?.[1];
  if (seconds !== undefined) fields.keepAliveMs = Number(seconds) * 1000;
}

/** Where the last item of a list begins. */
function lastItem(bytes: Buffer, from: number, end: number): number {
  let at = end;
  while (at > from && bytes[at - 1] !== COMMA) at--;
  return skipSpace(bytes, at, end);
}

/** Whether a stretch of bytes is a word, in large letters or small ones. */
function isWord(bytes: Buffer, from: number, end: number, word: Buffer): boolean {
  if (end - from !== word.length) return false;
  for (let at = 0; at < word.length; at++)
    if (((bytes[from + at] as number) | SMALL) !== word[at]) return false;
  return true;
}

function skipSpace(bytes: Buffer, from: number, end: number): number {
  let at = from;
  while (at < end && (bytes[at] === SPACE || bytes[at] === TAB)) at++;
  return at;
}

function trimSpace(bytes: Buffer, from: number, end: number): number {
  let at = end;
  while (at > from && (bytes[at - 1] === SPACE || bytes[at - 1] === TAB)) at--;
  return at;
}

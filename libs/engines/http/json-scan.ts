/**
 * Reads JSON as it streams by, down to a depth, and tells what stands where: so an answer can be judged by what it says of itself,
 * and not by what the data in it look like. Nothing is kept but the path that is being read and one short word.
 */

import type { BodyScan } from "./body.ts";

/** Hears what stands in the JSON. A path has the keys that lead there; `*` is an item of a list. */
export interface JsonVisitor {
  /** A string, number or word; a string without its quotes, its escapes as they are written. */
  value(path: readonly string[], text: string): void;
  /** An object or a list begins. */
  begin?(path: readonly string[]): void;
}

const QUOTE = 34;
const BACKSLASH = 92;
const COMMA = 44;
const COLON = 58;
const OPEN_LIST = 91;
const CLOSE_LIST = 93;
const OPEN_OBJECT = 123;
const CLOSE_OBJECT = 125;
const SPACE = 32;
const ITEM = "*";
/** Of a key or a value that is told: the rest is left out. */
const MOST_WORD_BYTES = 256;

/**
 * A reader of JSON: it finds structure and is no judge of grammar, other than that brackets must match and end.
 * @param depth of the paths that are told
 */
export class JsonReader {
  private readonly path: string[] = [];
  /** Of each open bracket the one that closes it. */
  private closers: number[] = [];
  private readonly word = Buffer.alloc(MOST_WORD_BYTES);
  private wordBytes = 0;
  private isInString = false;
  private isEscaped = false;
  private hasWord = false;
  private isBroken = false;
  private hasBegun = false;
  private readonly depth: number;
  private readonly visitor: JsonVisitor;

  constructor(depth: number, visitor: JsonVisitor) {
    this.depth = depth;
    this.visitor = visitor;
  }

  reset(): void {
    this.path.length = 0;
    this.closers = [];
    this.wordBytes = 0;
    this.isInString = false;
    this.isEscaped = false;
    this.hasWord = false;
    this.isBroken = false;
    this.hasBegun = false;
  }

  /** One value has begun, and everything that was opened is closed. */
  isWhole(): boolean {
    return this.hasBegun && !this.isBroken && !this.isInString && this.closers.length === 0;
  }

  push(bytes: Buffer, from: number, past: number): void {
    let at = from;
    while (at < past) {
      if (this.isInString) {
        at = this.passString(bytes, at, past);
        continue;
      }
      const byte = bytes[at++] as number;
      if (byte === QUOTE) this.beginString();
      else if (byte > SPACE) this.outside(byte);
    }
  }

  private beginString(): void {
    this.isInString = true;
    this.hasWord = true;
    this.wordBytes = 0;
  }

  /** Most of an answer lies in strings, and most of those too deep to be told. @returns where it went on to */
  private passString(bytes: Buffer, from: number, past: number): number {
    const isTold = this.closers.length <= this.depth;
    for (let at = from; at < past; at++) {
      const byte = bytes[at] as number;
      if (this.isEscaped) this.isEscaped = false;
      else if (byte === BACKSLASH) this.isEscaped = true;
      else if (byte === QUOTE) {
        this.isInString = false;
        return at + 1;
      }
      if (isTold) this.keep(byte);
    }
    return past;
  }

  private outside(byte: number): void {
    switch (byte) {
      case COLON:
        this.nameKey();
        break;
      case COMMA:
        this.endValue();
        break;
      case OPEN_OBJECT:
      case OPEN_LIST:
        this.open(byte === OPEN_LIST);
        break;
      case CLOSE_OBJECT:
      case CLOSE_LIST:
        this.close(byte);
        break;
      default:
        this.hasWord = true;
        this.keep(byte);
    }
  }

  private keep(byte: number): void {
    if (this.wordBytes < MOST_WORD_BYTES) this.word[this.wordBytes++] = byte;
  }

  private takeWord(): string {
    const text = this.word.toString("utf8", 0, this.wordBytes);
    this.wordBytes = 0;
    this.hasWord = false;
    return text;
  }

  private nameKey(): void {
    const level = this.closers.length;
    if (level > 0 && level <= this.depth) this.path[level - 1] = this.takeWord();
    this.wordBytes = 0;
    this.hasWord = false;
  }

  private endValue(): void {
    if (!this.hasWord) return;
    const level = this.closers.length;
    if (level <= this.depth) this.visitor.value(this.path, this.takeWord());
    this.wordBytes = 0;
    this.hasWord = false;
  }

  private open(isList: boolean): void {
    const level = this.closers.length;
    if (level === 0 && this.hasBegun) this.isBroken = true;
    this.hasBegun = true;
    if (level <= this.depth) this.visitor.begin?.(this.path);
    this.closers.push(isList ? CLOSE_LIST : CLOSE_OBJECT);
    if (level < this.depth) this.path.push(isList ? ITEM : "");
    this.wordBytes = 0;
    this.hasWord = false;
  }

  private close(byte: number): void {
    this.endValue();
    if (this.closers.pop() !== byte) this.isBroken = true;
    this.path.length = Math.min(this.path.length, this.closers.length);
  }
}

/** A scan by such a reader; what it heard makes the rows, the fault, the server's time. */
export function scanJson(depth: number, answer: JsonAnswer): BodyScan {
  const reader = new JsonReader(depth, answer);
  return {
    push: (bytes, from, past) => reader.push(bytes, from, past),
    reset() {
      reader.reset();
      answer.reset();
    },
    rows: answer.rows,
    isWhole: () => reader.isWhole(),
    fault: answer.fault,
    serverMs: answer.serverMs,
  };
}

/** What is made of an answer in JSON. */
export interface JsonAnswer extends JsonVisitor {
  reset(): void;
  rows(): number;
  fault: NonNullable<BodyScan["fault"]>;
  serverMs: NonNullable<BodyScan["serverMs"]>;
}

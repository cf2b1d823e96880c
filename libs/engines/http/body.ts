/** Looks at an answer's body as it streams by: counts its rows and checks its shape, and keeps nothing of it. */

import type { Classified } from "./classify.ts";
import { countLineEnds } from "./read-buffer.ts";

/** What is known of a body, piece by piece. */
export interface BodyScan {
  /** Looks at a piece, which lies between two places in some bytes. */
  push(bytes: Buffer, from: number, past: number): void;
  /** Makes ready for another body. */
  reset(): void;
  /** How many rows or items there were. */
  rows(): number;
  /** Whether the body, now at its end, has the shape that was promised. */
  isWhole(): boolean;
  /** What a whole body says against itself: a good status alone is not a good answer. */
  fault?(): Classified | undefined;
  /** What the body says that the target took. */
  serverMs?(): number | undefined;
  /** Of a body without an end: whether all that was waited for has come. */
  isEnough?(): boolean;
}

const NEWLINE = 10;
const SPACE = 32;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;
const NOTHING = Buffer.alloc(0);

/** Lines of JSON: a row a line, the last one with or without its newline. */
export function scanLines(): BodyScan {
  return new LineScan();
}

class LineScan implements BodyScan {
  private newlines = 0;
  private last = NEWLINE;

  push(bytes: Buffer, from: number, past: number): void {
    if (past <= from) return;
    this.newlines += countLineEnds(bytes, from, past);
    this.last = bytes[past - 1] as number;
  }

  reset(): void {
    this.newlines = 0;
    this.last = NEWLINE;
  }

  rows(): number {
    return this.newlines + (this.last === NEWLINE ? 0 : 1);
  }

  isWhole(): boolean {
    return true;
  }
}

/**
 * One JSON object: a row for each time that a key stands in it. The key is looked for with its quotes and colon, which
 * cannot stand inside a JSON string, where quotes are escaped. Whole means that it begins and ends with a brace.
 */
export function scanObject(key: string): BodyScan {
  const marker = Buffer.from(`"${key}":`);
  let tail: Buffer = NOTHING;
  let rows = 0;
  let first = 0;
  let last = 0;
  return {
    push(bytes, from, past) {
      const chunk = bytes.subarray(from, past);
      if (first === 0) first = chunk.find((byte) => byte > SPACE) ?? 0;
      const end = chunk.findLast((byte) => byte > SPACE);
      if (end !== undefined) last = end;
      // A marker may be cut in two: the end of the chunk before is looked at together with this one's beginning.
      const seam = Buffer.concat([tail, chunk.subarray(0, marker.length - 1)]);
      rows += countOf(seam, marker) + countOf(chunk, marker);
      tail = endOf(tail, chunk, marker.length - 1);
    },
    reset() {
      tail = NOTHING;
      rows = 0;
      first = 0;
      last = 0;
    },
    rows: () => rows,
    isWhole: () => first === OPEN_BRACE && last === CLOSE_BRACE,
  };
}

/** The last bytes of two chunks together. */
function endOf(before: Buffer, chunk: Buffer, length: number): Buffer {
  if (chunk.length >= length) return Buffer.from(chunk.subarray(chunk.length - length));
  const both = Buffer.concat([before, chunk]);
  return both.subarray(Math.max(0, both.length - length));
}

function countOf(bytes: Buffer, marker: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(marker); at >= 0; at = bytes.indexOf(marker, at + marker.length)) count++;
  return count;
}

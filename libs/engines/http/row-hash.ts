/** A hash of an answer's rows that does not depend on their order: servers give rows in whatever order they find them. */

import type { BodyScan } from "./body.ts";
import { type FindingScan, passedOn } from "./find-text.ts";

const NEWLINE = 10;
const CARRIAGE_RETURN = 13;

/** FNV-1a's offset and prime, and a second pair of both, so that a row has 64 bits. */
const FIRST = { offset: 0x811c9dc5 | 0, prime: 0x01000193 } as const;
const SECOND = { offset: 0x9747b28c | 0, prime: 0x5bd1e995 } as const;

export interface HashingScan extends BodyScan {
  /** Of all rows, as sixteen hexadecimal digits. */
  hash(): string;
}

/**
 * A scan that hashes each line besides. The hashes of the lines are added up, so neither their order nor where the body is cut
 * matters, and a line that comes twice is not the same as one that comes once. An answer that is one object is one line.
 */
export function scanHashing(scan: BodyScan): HashingScan {
  let [first, second] = [FIRST.offset as number, SECOND.offset as number];
  let [firstSum, secondSum] = [0, 0];
  let isInLine = false;

  function endLine(one: number, two: number): void {
    firstSum = (firstSum + mixed(one)) >>> 0;
    secondSum = (secondSum + mixed(two)) >>> 0;
  }

  return {
    push(bytes, from, past) {
      scan.push(bytes, from, past);
      let [one, two, isOpen] = [first, second, isInLine];
      for (let at = from; at < past; at++) {
        const byte = bytes[at] as number;
        if (byte === NEWLINE) {
          if (isOpen) endLine(one, two);
          one = FIRST.offset;
          two = SECOND.offset;
          isOpen = false;
        } else if (byte !== CARRIAGE_RETURN) {
          one = Math.imul(one ^ byte, FIRST.prime);
          two = Math.imul(two ^ byte, SECOND.prime);
          isOpen = true;
        }
      }
      first = one;
      second = two;
      isInLine = isOpen;
    },
    reset() {
      scan.reset();
      first = FIRST.offset;
      second = SECOND.offset;
      isInLine = false;
      firstSum = 0;
      secondSum = 0;
    },
    ...passedOn(scan),
    ...found(scan),
    hash() {
      if (isInLine) endLine(first, second);
      isInLine = false;
      return hex(firstSum) + hex(secondSum);
    },
  };
}

/** What the scan within has found, if it looks for anything. */
function found(scan: BodyScan): Partial<FindingScan> {
  const { has, lacks } = scan as Partial<FindingScan>;
  return has && lacks ? { has, lacks } : {};
}

/** The last step of MurmurHash3 (32 bits): similar rows must not have similar hashes, since they are added up. */
function mixed(hash: number): number {
  let value = hash;
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}

function hex(value: number): string {
  return value.toString(16).padStart(8, "0");
}

/** Looks for texts in a body as it streams by. */

import type { BodyScan } from "./body.ts";

export interface FindingScan extends BodyScan {
  /** Whether the text that must not be there was seen. */
  has(): boolean;
  /** Whether the text that must be there was not. */
  lacks(): boolean;
}

/** A scan that looks for a text that must stand in the body, and for one that must not. */
export function scanFinding(
  scan: BodyScan,
  wanted: string | undefined,
  unwanted: string | undefined,
): FindingScan {
  const good = wanted === undefined ? undefined : createFinder(wanted);
  const bad = unwanted === undefined ? undefined : createFinder(unwanted);
  return {
    ...passedOn(scan),
    push(bytes, from, past) {
      scan.push(bytes, from, past);
      good?.push(bytes, from, past);
      bad?.push(bytes, from, past);
    },
    reset() {
      scan.reset();
      good?.reset();
      bad?.reset();
    },
    has: () => bad?.isFound() ?? false,
    lacks: () => good !== undefined && !good.isFound(),
  };
}

/** What a scan around another one leaves to it. */
export function passedOn(scan: BodyScan): Omit<BodyScan, "push" | "reset"> {
  return {
    rows: () => scan.rows(),
    isWhole: () => scan.isWhole(),
    fault: () => scan.fault?.(),
    serverMs: () => scan.serverMs?.(),
  };
}

interface Finder {
  push(bytes: Buffer, from: number, past: number): void;
  reset(): void;
  isFound(): boolean;
}

function createFinder(text: string): Finder {
  const wanted = Buffer.from(text.toWellFormed());
  /** The end of what came before: the text may be cut in two, or in many. */
  let tail: Buffer = Buffer.alloc(0);
  let isFound = false;
  return {
    push(bytes, from, past) {
      if (isFound) return;
      const piece = Buffer.concat([tail, bytes.subarray(from, past)]);
      isFound = piece.includes(wanted);
      tail = piece.subarray(Math.max(0, piece.length - wanted.length + 1));
    },
    reset() {
      tail = Buffer.alloc(0);
      isFound = false;
    },
    isFound: () => isFound,
  };
}

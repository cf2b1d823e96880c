/** The ledger as parts of a strip, whose lengths add up to all of it. Pure. */

import type { LedgerLine, LedgerState } from "../../../../libs/protocol/ledger.ts";
import { STATES, sumOf } from "./view.ts";

export interface Part {
  /** `open`: planned, and not settled yet. */
  readonly state: LedgerState | "open";
  readonly count: number;
}

export interface PlacedPart extends Part {
  readonly x: number;
  readonly width: number;
}

export interface Strip {
  /** Every part, those that are empty too: planned is their sum. */
  readonly shown: readonly Part[];
  /** Those that are not empty, as long as they are many. */
  readonly parts: readonly PlacedPart[];
  /** Not more ended than was planned. */
  readonly holds: boolean;
}

/** The strip in its own units, and the least that a state which happened gets: three queries in a million show. */
export const STRIP = { width: 1000, leastWidth: 4 } as const;

export function stripOf(ledger: LedgerLine): Strip {
  const open = ledger.planned - sumOf(ledger);
  const shown: Part[] = [
    ...STATES.map((state) => ({ state, count: ledger[state] })),
    { state: "open", count: Math.max(0, open) },
  ];
  return { shown, parts: placed(shown.filter(({ count }) => count > 0)), holds: open >= 0 };
}

function placed(parts: readonly Part[]): PlacedPart[] {
  const total = parts.reduce((sum, { count }) => sum + count, 0);
  const widths = parts.map(({ count }) => Math.max(STRIP.leastWidth, (count / total) * STRIP.width));
  const scale = STRIP.width / widths.reduce((sum, width) => sum + width, 0);
  let x = 0;
  return parts.map((part, index) => {
    const width = (widths[index] as number) * scale;
    const there = { ...part, x, width };
    x += width;
    return there;
  });
}

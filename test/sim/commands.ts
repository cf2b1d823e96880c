/** What operators ask of runs on the way: pauses, other loads, other weights, and now and then an end at once. */

import type { Draw } from "./scenario.ts";

export interface Command {
  readonly atMs: number;
  readonly order: number;
  readonly ask:
    | { readonly kind: "kill" }
    /** The kill switch is set, and cleared after so long. */
    | { readonly kind: "switch"; readonly forMs: number }
    /** The run is resumed after so long. */
    | { readonly kind: "pause"; readonly forMs: number }
    | {
        readonly kind: "change";
        readonly load?: number;
        readonly weights?: Readonly<Record<string, number>>;
      };
}

/** One history in so many has commands. */
const COMMANDED_ONE_IN = 3;
const MOST_COMMANDS = 4;

/** @param spansMs how long the runs are reckoned to last */
export function commandsOf(draw: Draw, orders: number, spansMs: number, isClean: boolean): Command[] {
  if (draw.int(1, COMMANDED_ONE_IN) > 1) return [];
  return Array.from({ length: draw.int(1, MOST_COMMANDS) }, () => ({
    atMs: draw.between(500, spansMs),
    order: draw.int(0, orders - 1),
    ask: askOf(draw, isClean),
  })).sort((a, b) => a.atMs - b.atMs);
}

/** One history in so many has somebody who ends all load. */
const SWITCHED_ONE_IN = 16;

/** @param spansMs how long the runs are reckoned to last */
export function switchesOf(draw: Draw, spansMs: number, isClean: boolean): Command[] {
  if (isClean || draw.int(1, SWITCHED_ONE_IN) > 1) return [];
  const ask = { kind: "switch", forMs: draw.between(2500, 6000) } as const;
  return [{ atMs: draw.between(500, spansMs), order: 0, ask }];
}

/** When nothing more comes of a command. */
export function commandEndMs({ atMs, ask }: Command): number {
  return ask.kind === "switch" ? atMs + ask.forMs : atMs;
}

function askOf(draw: Draw, isClean: boolean): Command["ask"] {
  const kind = draw.oneOf("pause" as const, "change" as const, "change" as const);
  if (!isClean && draw.chance(0.08)) return { kind: "kill" };
  if (kind === "pause") return { kind, forMs: draw.oneOf(draw.between(50, 1500), draw.between(1500, 6000)) };
  return {
    kind,
    ...(draw.chance(0.8) && { load: draw.int(1, 12) }),
    weights: { q0: draw.oneOf(1, 2, 7) },
  };
}

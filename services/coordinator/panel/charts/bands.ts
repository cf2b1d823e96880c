/** Stretches of a run whose figures are not to be trusted, or not counted: drawn as a ground behind the lines. Pure. */

import type { Point } from "./points.ts";

/** `late`: the generator sent late, so that what it measured there is its own doing. */
export type BandKind = "late" | "warm_up";

export interface Band {
  readonly kind: BandKind;
  readonly fromS: number;
  readonly toS: number;
}

/** Sends that are later than this at p99 speak against the generator: the verdict's own limit. */
const LATE_MS = 100;

export function bandsOf(points: readonly Point[], warmUpS = 0): Band[] {
  const bands: Band[] = warmUpS > 0 ? [{ kind: "warm_up", fromS: 0, toS: warmUpS }] : [];
  for (const { second, stepS, lag_p99_ms: lagMs } of points) {
    if (lagMs === null || lagMs <= LATE_MS) continue;
    const last = bands.at(-1);
    const isNext = last?.kind === "late" && last.toS === second;
    if (isNext) bands[bands.length - 1] = { ...last, toS: second + stepS };
    else bands.push({ kind: "late", fromS: second, toS: second + stepS });
  }
  return bands;
}

/** Stretches of equal length, one behind another: when there are too many, each two become one. */

import { createRecent } from "./recent.ts";
import {
  addSnapshot,
  emptyStretch,
  mergeInto,
  pack,
  type Stretch,
  type StretchSnapshot,
  stretchToSnapshot,
} from "./stretch.ts";

/** Stretches by their place. */
export interface Stretches {
  readonly at: Map<number, Stretch>;
  /** To be called at each use. */
  readonly used: (stretch: Stretch) => void;
}

export interface PointLimits {
  /** When there are more, each two become one. */
  readonly most: number;
  /**
   * Those that lie open: results come within some seconds, so that the others are hardly ever added to. They are packed, and
   * the memory of a long run stays flat.
   */
  readonly open: number;
}

export interface PointsSnapshot {
  readonly stepS: number;
  readonly points: readonly StretchSnapshot[];
}

export interface Points {
  /** Seconds that a point covers. */
  stepS(): number;
  /** The one that a second lies in, to be added to. */
  at(second: number): Stretch;
  /** In the order of time, each with the second at which it begins. */
  all(): [second: number, stretch: Stretch][];
  toSnapshot(): { stepS: number; points: StretchSnapshot[] };
  /** Bytes that its distributions take. */
  heldBytes(): number;
}

/** Lengths that people count time in. */
const STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600];

/** How many seconds a point covers, so that a run of a length has so many at most. */
export function stepFor(durationMs: number, mostPoints: number): number {
  const seconds = durationMs / 1000;
  return STEPS_S.find((step) => seconds / step <= mostPoints) ?? (STEPS_S.at(-1) as number);
}

export function createPoints(
  firstStepS: number,
  { most, open }: PointLimits,
  snapshot?: PointsSnapshot,
): Points {
  let stepS = snapshot?.stepS ?? firstStepS;
  let points = stretchesFrom(open, snapshot?.points);

  function coarsen(): void {
    const before = points;
    points = stretchesFrom(open);
    stepS *= 2;
    for (const [index, stretch] of before.at) mergeInto(stretchAt(points, Math.floor(index / 2)), stretch);
  }

  function at(second: number): Stretch {
    const stretch = stretchAt(points, Math.floor(second / stepS));
    if (points.at.size <= most) return stretch;
    coarsen();
    return stretchAt(points, Math.floor(second / stepS));
  }

  return {
    stepS: () => stepS,
    at,
    all: () =>
      [...points.at]
        .sort(([a], [b]) => a - b)
        .map(([index, stretch]): [number, Stretch] => [index * stepS, stretch]),
    toSnapshot: () => ({ stepS, points: stretchesToSnapshot(points) }),
    heldBytes: () => heldBytes(points),
  };
}

export function stretchesToSnapshot(stretches: Stretches): StretchSnapshot[] {
  return [...stretches.at].map(([at, stretch]) => stretchToSnapshot(at, stretch));
}

/** @param open how many lie open */
export function stretchesFrom(open: number, snapshot: readonly StretchSnapshot[] = []): Stretches {
  const stretches: Stretches = { at: new Map(), used: createRecent(open, pack) };
  for (const told of snapshot) addSnapshot(stretchAt(stretches, told.at), told);
  return stretches;
}

export function stretchAt(stretches: Stretches, at: number): Stretch {
  let stretch = stretches.at.get(at);
  if (!stretch) {
    stretch = emptyStretch();
    stretches.at.set(at, stretch);
  }
  stretches.used(stretch);
  return stretch;
}

export function heldBytes(stretches: Stretches): number {
  let bytes = 0;
  for (const { service, response, lag } of stretches.at.values())
    bytes += service.heldBytes + response.heldBytes + lag.heldBytes;
  return bytes;
}

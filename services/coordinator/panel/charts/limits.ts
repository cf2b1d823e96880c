/** Limits of thresholds that are about all queries, as lines in the charts of what they limit. Pure. */

import type { LiveThreshold } from "../../../../libs/protocol/threshold.ts";

export interface Limit {
  readonly value: number;
  readonly name: string;
}

/** In milliseconds, and as shares. */
export interface Limits {
  readonly latency: readonly Limit[];
}

export function limitsOf(thresholds: readonly LiveThreshold[]): Limits {
  const latency = thresholds.flatMap(({ name, line }) =>
    line?.unit === "ms" ? [{ value: line.limit, name: name.replace(/ of all queries.*$/, "") }] : [],
  );
  return { latency };
}

/** A limit far above all values would press them to the ground, and is not shown. */
const FAR_ABOVE = 3;

/** The highest value, or a limit that is not far above it. */
export function withLimits(most: number | null, limits: readonly Limit[]): number | null {
  const near = limits.map(({ value }) => value).filter((value) => value <= (most ?? 0) * FAR_ABOVE);
  return near.reduce<number | null>((top, value) => Math.max(top ?? 0, value), most);
}

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

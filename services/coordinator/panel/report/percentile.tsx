/** A percentile in a table, or a dash that says why there is none. */

import type { Latency } from "../../../../libs/protocol/report.ts";
import { count, milliseconds, SAMPLES_FOR } from "../../../../libs/report/words.ts";
import { NOTHING } from "../frame/figures.ts";
import { tell } from "./words/words.ts";

export type PercentileName = keyof typeof SAMPLES_FOR;
export const PERCENTILES = ["p50", "p90", "p95", "p99", "p99_9", "max"] as const;

export const nameOf = (percentile: PercentileName) => percentile.replace("_", ".");

interface PercentileProps {
  readonly latency: Latency;
  readonly name: PercentileName;
}

export function Percentile({ latency, name }: PercentileProps) {
  const value = latency[name];
  if (latency.count === 0 || value === null) return <abbr title={tell("not_measured")}>{NOTHING}</abbr>;
  if (latency.count >= SAMPLES_FOR[name]) return <>{milliseconds(value)}</>;
  const [needed, there] = [count(SAMPLES_FOR[name]), count(latency.count)];
  return <abbr title={tell("too_few", { name: nameOf(name), needed, there })}>{NOTHING}</abbr>;
}

/** What a column of it is sorted by. */
export function sortedBy({ latency, name }: PercentileProps): number | null {
  return latency.count >= SAMPLES_FOR[name] ? latency[name] : null;
}

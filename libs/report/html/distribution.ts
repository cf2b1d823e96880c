/** Distributions as the points of a curve: how long all but the slowest tenth, hundredth, thousandth took. */

import type { QueryReport } from "../../protocol/report.ts";
import { Histogram } from "../../stats/histogram.ts";

export interface Distribution {
  /** Of which query; of all together where none is named. */
  readonly name: string | null;
  readonly count: number;
  /** Percentiles and their latencies in milliseconds, both rising. */
  readonly points: readonly (readonly [percent: number, ms: number])[];
}

/** Points to each nine. */
const STEPS = 12;
/** Up to 99.9999 %. */
const MOST_NINES = 6;
/** Curves beside that of all: more could not be told apart. */
const MOST_CURVES = 6;

/** Of all queries, and of those that were asked most. */
export function distributionsOf(queries: readonly QueryReport[]): Distribution[] {
  const all = new Histogram();
  const each = queries.flatMap(({ name, service_histogram: text }) => {
    if (text === null) return [];
    const histogram = Histogram.fromHdrV2(text);
    all.add(histogram);
    return [{ name, histogram }];
  });
  if (all.count === 0) return [];
  const most = [...each].sort((a, b) => b.histogram.count - a.histogram.count).slice(0, MOST_CURVES);
  const shown = each.length > 1 ? each.filter((entry) => most.includes(entry)) : [];
  return [{ name: null, histogram: all }, ...shown].map(({ name, histogram }) => ({
    name,
    count: histogram.count,
    points: pointsOf(histogram),
  }));
}

/** As far as there are values: of a hundred, one is the slowest hundredth. */
function pointsOf(histogram: Histogram): [number, number][] {
  const nines = Math.min(MOST_NINES, Math.log10(histogram.count));
  const percents = Array.from(
    { length: Math.floor(nines * STEPS) + 1 },
    (_, step) => 100 * (1 - 10 ** (-step / STEPS)),
  );
  const values = histogram.percentilesMs(percents);
  return percents.map((percent, index) => [Number(percent.toFixed(6)), values[index] ?? 0]);
}

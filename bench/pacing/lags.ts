/** What came of sending at a rate: how late each query was sent, and how many went in each second against the plan. */

import { z } from "zod";

/** Figures of one run of a generator, without the seconds in which it warmed up. */
export const Punctuality = z.object({
  sent: z.number(),
  /** Sent after the intended time, in milliseconds. */
  lagP50Ms: z.number(),
  lagP99Ms: z.number(),
  /** The 99th percentile of each second, those of the warming up first. */
  lagP99MsBySecond: z.array(z.number()),
  /** The largest difference of a second's queries from its plan, as a share of the plan. */
  worstWindow: z.number(),
  /** Sent → answered. */
  serviceP50Ms: z.number(),
  cpuUsPerQuery: z.number(),
});
export type Punctuality = z.infer<typeof Punctuality>;

export interface LagBook {
  /** Times are milliseconds of the run. */
  record(intendedMs: number, sentMs: number, doneMs: number): void;
  /** @param cpuUs what was used from `warmS` until `endS` */
  sum(warmS: number, endS: number, cpuUs: number): Punctuality;
}

export function createLagBook(capacity: number): LagBook {
  const intended = new Float64Array(capacity);
  const lags = new Float64Array(capacity);
  const services = new Float64Array(capacity);
  let recorded = 0;

  /** What was recorded of the queries that were intended between two seconds, in rising order. */
  function between(values: Float64Array, fromS: number, toS: number): Float64Array {
    const inside = (_: number, index: number) =>
      index < recorded &&
      (intended[index] as number) >= fromS * 1000 &&
      (intended[index] as number) < toS * 1000;
    return values.filter(inside).sort();
  }

  function worstWindow(fromS: number, toS: number): number {
    const planned = new Float64Array(toS + 1);
    const sent = new Float64Array(toS + 1);
    for (let index = 0; index < recorded; index++) {
      const at = intended[index] as number;
      for (const [counts, ms] of [[planned, at] as const, [sent, at + (lags[index] as number)] as const]) {
        const second = Math.floor(ms / 1000);
        if (second <= toS) counts[second] = (counts[second] as number) + 1;
      }
    }
    let worst = 0;
    for (let second = fromS; second < toS; second++) {
      const plan = planned[second] as number;
      worst = Math.max(worst, Math.abs((sent[second] as number) - plan) / plan);
    }
    return worst;
  }

  return {
    record(intendedMs, sentMs, doneMs) {
      intended[recorded] = intendedMs;
      lags[recorded] = sentMs - intendedMs;
      services[recorded] = doneMs - sentMs;
      recorded++;
    },
    sum(warmS, endS, cpuUs) {
      const counted = between(lags, warmS, endS);
      return {
        sent: counted.length,
        lagP50Ms: percentile(counted, 0.5),
        lagP99Ms: percentile(counted, 0.99),
        lagP99MsBySecond: Array.from({ length: endS }, (_, second) =>
          percentile(between(lags, second, second + 1), 0.99),
        ),
        worstWindow: worstWindow(warmS, endS),
        serviceP50Ms: percentile(between(services, warmS, endS), 0.5),
        cpuUsPerQuery: cpuUs / counted.length,
      };
    },
  };
}

function percentile(sorted: Float64Array, share: number): number {
  return sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN;
}

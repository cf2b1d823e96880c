/** Reports of runs that never were: latencies are drawn, so that it is known what a comparison of two must say. */

import { createBlocks } from "../../libs/fold/blocks.ts";
import { emptyCounts } from "../../libs/protocol/ledger.ts";
import type { Report } from "../../libs/protocol/report.ts";
import { Histogram } from "../../libs/stats/histogram.ts";
import { Recorder } from "../../libs/stats/recorder.ts";
import { readSparse } from "../../libs/stats/sparse.ts";
import { exampleReport } from "./example-report.ts";

export interface DrawnRun {
  /** In [0, 1). */
  readonly random: () => number;
  readonly seconds: number;
  readonly perSecond: number;
  /** The queries' median latencies. */
  readonly mediansMs: Readonly<Record<string, number>>;
  /** How much of a second's slowness the next one inherits: 0 for answers that are independent. */
  readonly memory?: number;
  /** The size of the slowness that comes and goes: a deviation of logarithms. */
  readonly unrest?: number;
  /** The spread of single latencies: a deviation of logarithms. */
  readonly spread?: number;
  readonly errorRate?: number;
  /** The queries are of two sides in turn. */
  readonly isPaired?: boolean;
}

/** A draw from the normal distribution. */
function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** The report of a run whose latencies are log-normal, and are slow and fast for stretches. */
export function drawnReport(run: DrawnRun): Report {
  const { random, seconds, perSecond, memory = 0, unrest = 0, spread = 0.5, errorRate = 0, isPaired } = run;
  const names = Object.keys(run.mediansMs);
  const blocks = createBlocks(names.length);
  const whole = names.map(() => new Histogram());
  let slowness = 0;
  for (let second = 0; second < seconds; second++) {
    slowness = memory * slowness + Math.sqrt(1 - memory ** 2) * normal(random);
    for (const [query, name] of names.entries()) {
      const inSecond = new Recorder();
      let failed = 0;
      for (let nth = 0; nth < perSecond; nth++) {
        if (random() < errorRate) failed++;
        else {
          const logarithm = unrest * slowness + spread * normal(random);
          inSecond.record((run.mediansMs[name] as number) * Math.exp(logarithm));
        }
      }
      const text = inSecond.encode();
      const service = text === undefined ? undefined : readSparse(text);
      whole[query]?.addSparse(service);
      blocks.addCell({
        ...emptyCounts(),
        query,
        second,
        ok: inSecond.count,
        failed,
        bytes: 0,
        rows: 0,
        service,
        response: service,
        lag: undefined,
        failedService: undefined,
      });
    }
  }
  const [pattern] = exampleReport.queries;
  return {
    ...exampleReport,
    verdict: "passed",
    verdict_reasons: [],
    duration_ms: seconds * 1000,
    blocks: blocks.report(isPaired),
    queries: names.map((name, query) => ({
      ...(pattern as Report["queries"][number]),
      name,
      service_histogram: whole[query]?.toHdrV2() ?? null,
    })),
  };
}

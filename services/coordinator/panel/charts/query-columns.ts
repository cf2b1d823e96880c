/** One query that is not kept over time, out of the few dozen blocks that a report has of each. Pure. */

import type { Report } from "../../../../libs/protocol/report.ts";
import type { Values } from "./columns.ts";

/** Queries per second, and the mean of what their answers took. */
export interface QueryColumns {
  readonly second: readonly number[];
  readonly ok: Values;
  readonly bad: Values;
  readonly meanMs: Values;
}

export function columnsOfBlocks(report: Report, name: string): QueryColumns {
  const { blocks, queries, warm_up: warmUp } = report;
  const scatter = blocks.queries[queries.findIndex((query) => query.name === name)];
  const { ok = [], bad = [], sum_ms: sumMs = [] } = scatter ?? {};
  return {
    second: ok.map((_, at) => (warmUp?.duration_s ?? 0) + at * blocks.length_s),
    ok: ok.map((count) => count / blocks.length_s),
    bad: bad.map((count) => count / blocks.length_s),
    meanMs: ok.map((count, at) => (count > 0 ? (sumMs[at] ?? 0) / count : null)),
  };
}

/**
 * One query over time. A live run tells each second what became of each so far, so what came in between is the difference;
 * a report has a few dozen blocks of each. Pure, and bounded.
 */

import type { Live, LiveQuery } from "../../../../libs/protocol/live.ts";
import type { Report } from "../../../../libs/protocol/report.ts";
import type { Values } from "./columns.ts";

/** Queries per second, and what their answers took. */
export interface QueryColumns {
  readonly second: readonly number[];
  readonly ok: Values;
  readonly bad: Values;
  readonly unsent: Values;
  readonly meanMs: Values;
  /** Of all of the run up to there. */
  readonly p50Ms: Values;
  readonly p99Ms: Values;
}

/** What a live run told of its queries, at a second of the run. */
export interface Told {
  readonly second: number;
  readonly queries: readonly LiveQuery[];
}

/** Rows of queries that a page keeps: five minutes of sixty queries, or an hour of five. */
const MAX_ROWS = 20_000;

export function withTold(
  told: readonly Told[],
  { elapsed_ms: elapsedMs, queries }: Pick<Live, "elapsed_ms" | "queries">,
): readonly Told[] {
  const second = Math.floor(elapsedMs / 1000);
  const last = told.at(-1);
  if (queries.length === 0 || second <= 0 || (last && last.second >= second)) return told;
  const most = Math.max(2, Math.floor(MAX_ROWS / queries.length));
  return [...told, { second, queries }].slice(-most);
}

export function columnsOfTold(told: readonly Told[], name: string): QueryColumns {
  const rows = told.flatMap(({ second, queries }) => {
    const query = queries.find((each) => each.name === name);
    return query ? [{ second, query }] : [];
  });
  const spans = rows.slice(1).map((row, at) => ({ from: rows[at] as (typeof rows)[number], to: row }));
  const rate = (of: (line: LiveQuery["ledger"]) => number) =>
    spans.map(
      ({ from, to }) => Math.max(0, of(to.query.ledger) - of(from.query.ledger)) / (to.second - from.second),
    );
  return {
    second: spans.map(({ from }) => from.second),
    ok: rate(({ ok }) => ok),
    bad: rate(({ failed, timed_out: timedOut }) => failed + timedOut),
    unsent: rate(({ missed, lost }) => missed + lost),
    meanMs: spans.map(() => null),
    p50Ms: spans.map(({ to }) => to.query.response_ms?.p50 ?? null),
    p99Ms: spans.map(({ to }) => to.query.response_ms?.p99 ?? null),
  };
}

export function columnsOfBlocks(report: Report, name: string): QueryColumns {
  const { blocks, queries, warm_up: warmUp } = report;
  const scatter = blocks.queries[queries.findIndex((query) => query.name === name)];
  const { ok = [], bad = [], sum_ms: sumMs = [] } = scatter ?? {};
  const none = ok.map(() => null);
  return {
    second: ok.map((_, at) => (warmUp?.duration_s ?? 0) + at * blocks.length_s),
    ok: ok.map((count) => count / blocks.length_s),
    bad: bad.map((count) => count / blocks.length_s),
    unsent: none,
    meanMs: ok.map((count, at) => (count > 0 ? (sumMs[at] ?? 0) / count : null)),
    p50Ms: none,
    p99Ms: none,
  };
}

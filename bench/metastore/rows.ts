/**
 * The rows of a comparison of two stores: what each workload measured of either, round by round, and what that says. Every verdict is
 * the product's own (libs/compare), and the scorecard is counted from the rows.
 */

import { compare } from "../../libs/compare/compare.ts";
import { DEFAULT_MIN_EFFECT, type Judged, judgeRepeats } from "../../libs/compare/rows.ts";
import type { ComparedMetric, Comparison } from "../../libs/protocol/comparison.ts";
import type { Figures, Report } from "../../libs/protocol/report.ts";

export const WORKLOADS = ["large", "sustained", "mixed", "watch", "txn"] as const;
export type Workload = (typeof WORKLOADS)[number];

/** What one round measured of one store; a workload that did not come to its end has no report. */
export type Round = Readonly<Partial<Record<Workload, Report>>>;

/** A store, and what each round measured of it. */
export interface Store {
  readonly name: string;
  readonly rounds: readonly Round[];
}

/** The product's words; unknown also where a run was inconclusive, whose figures cannot be believed. */
export type Verdict = Judged["verdict"] | "not run";

/** A figure that stores are compared by: one that runs are compared by anyway, or one of a report, by its repeats. */
interface Measure {
  readonly group: "reliability" | "throughput" | "latency" | "watch" | "transactions" | "cost";
  readonly workload: Workload;
  readonly name: string;
  readonly unit: string;
  readonly compared?: { readonly query: string | null; readonly metric: ComparedMetric };
  readonly isMoreBad?: boolean;
  readonly of: (report: Report) => number | null | undefined;
}

export interface Row extends Pick<Measure, "group" | "name" | "unit"> {
  /** Of the rounds in which there is one. */
  readonly baseline: readonly number[];
  readonly contender: readonly number[];
  readonly judged: Judged | undefined;
  readonly verdict: Verdict;
}

/** Of a report, what the comparison calls by that name. */
const FIGURES: Readonly<Record<ComparedMetric, (figures: Figures) => number | null>> = {
  p50: ({ service_ms: { p50 } }) => p50,
  p90: ({ service_ms: { p90 } }) => p90,
  p99: ({ service_ms: { p99 } }) => p99,
  p99_9: ({ service_ms: { p99_9 } }) => p99_9,
  mean: ({ service_ms: { mean } }) => mean,
  error_rate: ({ error_rate: share }) => 100 * share,
  rate: ({ completed_per_s: rate }) => rate,
};
const UNITS: Readonly<Partial<Record<ComparedMetric, string>>> = { error_rate: "%", rate: "ops/s" };

type Words = readonly [Measure["group"], Workload, name: string];

/** A figure that runs are compared by. @param query all together when not given */
function compared(
  [group, workload, name]: Words,
  metric: ComparedMetric,
  query: string | null = null,
): Measure {
  const figuresOf = ({ queries, totals }: Report) =>
    query === null ? totals : queries.find((figures) => figures.name === query);
  const of = (report: Report) => {
    const figures = figuresOf(report);
    return figures && FIGURES[metric](figures);
  };
  return { group, workload, name, unit: UNITS[metric] ?? "ms", compared: { query, metric }, of };
}

function figure([group, workload, name]: Words, unit: string, of: Measure["of"], isMoreBad = true): Measure {
  return { group, workload, name, unit, isMoreBad, of };
}

/** Events that came to watchers, per second. */
export function deliveredPerSecond({ totals, duration_ms: ms }: Report): number | undefined {
  return totals.delivery_ms && (1000 * totals.delivery_ms.count) / ms;
}

export const MEASURES: readonly Measure[] = [
  compared(["throughput", "large", "large load"], "rate"),
  compared(["latency", "large", "large load, mean"], "mean"),
  compared(["latency", "large", "large load, p50"], "p50"),
  figure(["latency", "large", "large load, p95"], "ms", ({ totals }) => totals.service_ms.p95),
  compared(["latency", "large", "large load, p99"], "p99"),
  compared(["latency", "large", "GET, p99"], "p99", "get"),
  compared(["latency", "large", "PUT, p99"], "p99", "put"),
  figure(["cost", "large", "CPU of the store per operation"], "ms", (report) => {
    return report.server?.servers[0]?.cpu_ms_per_query;
  }),
  compared(["throughput", "sustained", "sustained load, of 2,000 ops/s"], "rate"),
  figure(["latency", "sustained", "sustained load, p99 from the intended start"], "ms", (report) => {
    return report.totals.response_ms.p99;
  }),
  compared(["throughput", "mixed", "mixed load"], "rate"),
  compared(["latency", "mixed", "mixed load, p99"], "p99"),
  figure(["watch", "watch", "watch, events delivered"], "1/s", deliveredPerSecond, false),
  figure(["watch", "watch", "watch, put to delivery, p50"], "ms", ({ totals }) => totals.delivery_ms?.p50),
  figure(["watch", "watch", "watch, put to delivery, p99"], "ms", ({ totals }) => totals.delivery_ms?.p99),
  compared(["transactions", "txn", "transactions"], "rate"),
  compared(["transactions", "txn", "transactions, p99"], "p99"),
  ...WORKLOADS.map((workload) => compared(["reliability", workload, `${workload}, errors`], "error_rate")),
];

/** Of each workload that both stores came to the end of, the comparison of all its rounds. */
export type Comparisons = Readonly<Partial<Record<Workload, Comparison>>>;

export function comparisonsOf(baseline: Store, contender: Store): Comparisons {
  const side = ({ name, rounds }: Store, workload: Workload) => {
    return { name, reports: rounds.flatMap((round) => round[workload] ?? []) };
  };
  const found = WORKLOADS.flatMap((workload) => {
    const [from, to] = [side(baseline, workload), side(contender, workload)];
    if (from.reports.length === 0 || to.reports.length === 0) return [];
    return [[workload, compare(from, to, { minEffect: DEFAULT_MIN_EFFECT })] as const];
  });
  return Object.fromEntries(found);
}

export function rowsOf(baseline: Store, contender: Store, comparisons: Comparisons): Row[] {
  return MEASURES.map((measure) => {
    const { group, name, unit, workload, of } = measure;
    const values = ({ rounds }: Store) =>
      rounds.flatMap((round) => {
        const report = round[workload];
        return (report && of(report)) ?? [];
      });
    const sides = { baseline: values(baseline), contender: values(contender) };
    return { group, name, unit, ...sides, ...judge(measure, sides, comparisons[workload]) };
  });
}

function judge(
  { compared, isMoreBad = true }: Measure,
  { baseline, contender }: Pick<Row, "baseline" | "contender">,
  comparison: Comparison | undefined,
): Pick<Row, "judged" | "verdict"> {
  if (!comparison || baseline.length === 0 || contender.length === 0)
    return { judged: undefined, verdict: "not run" };
  const judged = compared
    ? comparison.rows.find((row) => row.query === compared.query && row.metric === compared.metric)
    : judgeRepeats(baseline, contender, { isMoreBad, minEffect: DEFAULT_MIN_EFFECT });
  if (!judged) return { judged, verdict: "not run" };
  return { judged, verdict: comparison.verdict === "inconclusive" ? "unknown" : judged.verdict };
}

const VERDICTS = ["better", "same", "worse", "unknown", "not run"] as const satisfies readonly Verdict[];

/** How the rows of a group came out, and what share of those that say something is no worse. */
export interface Score {
  readonly group: string;
  readonly counts: Readonly<Record<Verdict, number>>;
  /** Null where no row says anything. */
  readonly share: number | null;
}

/** The scorecard: nothing in it but the rows. */
export function scorecardOf(rows: readonly Row[]): Score[] {
  const groups = [...new Set(rows.map(({ group }) => group))];
  const ofGroup = groups.map((group) =>
    scoreOf(
      group,
      rows.filter((row) => row.group === group),
    ),
  );
  return [...ofGroup, scoreOf("all", rows)];
}

function scoreOf(group: string, rows: readonly Row[]): Score {
  const count = (verdict: Verdict) => rows.filter((row) => row.verdict === verdict).length;
  const counts = Object.fromEntries(VERDICTS.map((verdict) => [verdict, count(verdict)])) as Score["counts"];
  const noWorse = counts.better + counts.same;
  const known = noWorse + counts.worse;
  return { group, counts, share: known === 0 ? null : noWorse / known };
}

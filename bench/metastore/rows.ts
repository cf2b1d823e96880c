/**
 * The rows of a comparison of two stores: what each workload measured of either, round by round, and what that says. Pure: a row's
 * verdict comes from how the rounds scatter, and the scorecard from the rows.
 */

import type { Report } from "../../libs/protocol/report.ts";
import { studentT } from "../../libs/stats/student.ts";

export const WORKLOADS = ["large", "sustained", "mixed", "watch", "txn"] as const;
export type Workload = (typeof WORKLOADS)[number];

/** What one round measured of one store; a workload that did not come to its end has no report. */
export type Round = Readonly<Partial<Record<Workload, Report>>>;

export type RowVerdict = "better" | "same" | "worse" | "not run";

/** A figure that stores are compared by. */
interface Measure {
  readonly group: "reliability" | "throughput" | "latency" | "watch" | "transactions" | "cost";
  readonly name: string;
  readonly unit: string;
  readonly workload: Workload;
  readonly isMoreBetter: boolean;
  readonly of: (report: Report) => number | null | undefined;
}

export interface Row extends Pick<Measure, "group" | "name" | "unit"> {
  /** Of the rounds in which there is one. */
  readonly baseline: readonly number[];
  readonly contender: readonly number[];
  /** Relative, of the means. */
  readonly difference: number | null;
  readonly verdict: RowVerdict;
}

/** The least relative difference that matters. */
export const LEAST_EFFECT = 0.05;
const CONFIDENCE = 0.95;

const perSecond = ({ ledger, duration_ms: ms }: Report) => (1000 * ledger.ok) / ms;
const errors = ({ ledger }: Report) => 100 * (1 - ledger.ok / Math.max(1, ledger.planned));
const service = (percentile: "mean" | "p50" | "p95" | "p99") => (report: Report) =>
  report.totals.service_ms[percentile];
const queryP99 = (name: string) => (report: Report) =>
  report.queries.find((query) => query.name === name)?.service_ms.p99;
const deliveredPerSecond = ({ totals, duration_ms: ms }: Report) =>
  (1000 * (totals.delivery_ms?.count ?? 0)) / ms;
const cpuPerQuery = ({ server }: Report) => server?.servers[0]?.cpu_ms_per_query;

type Words = readonly [Measure["group"], Workload, name: string, unit: string];
const more = ([group, workload, name, unit]: Words, of: Measure["of"]): Measure => {
  return { group, workload, name, unit, isMoreBetter: true, of };
};
const less = (words: Words, of: Measure["of"]): Measure => ({ ...more(words, of), isMoreBetter: false });

export const MEASURES: readonly Measure[] = [
  more(["throughput", "large", "large load", "ops/s"], perSecond),
  less(["latency", "large", "large load, mean", "ms"], service("mean")),
  less(["latency", "large", "large load, p50", "ms"], service("p50")),
  less(["latency", "large", "large load, p95", "ms"], service("p95")),
  less(["latency", "large", "large load, p99", "ms"], service("p99")),
  less(["latency", "large", "GET, p99", "ms"], queryP99("get")),
  less(["latency", "large", "PUT, p99", "ms"], queryP99("put")),
  less(["cost", "large", "CPU of the store per operation", "ms"], cpuPerQuery),
  more(["throughput", "sustained", "sustained load, of 2,000 ops/s", "ops/s"], perSecond),
  less(
    ["latency", "sustained", "sustained load, p99 from the intended start", "ms"],
    ({ totals }) => totals.response_ms.p99,
  ),
  more(["throughput", "mixed", "mixed load", "ops/s"], perSecond),
  less(["latency", "mixed", "mixed load, p99", "ms"], service("p99")),
  more(["watch", "watch", "watch, events delivered", "1/s"], deliveredPerSecond),
  less(["watch", "watch", "watch, put to delivery, p50", "ms"], ({ totals }) => totals.delivery_ms?.p50),
  less(["watch", "watch", "watch, put to delivery, p99", "ms"], ({ totals }) => totals.delivery_ms?.p99),
  more(["transactions", "txn", "transactions", "1/s"], perSecond),
  less(["transactions", "txn", "transactions, p99", "ms"], service("p99")),
  ...WORKLOADS.map((workload) =>
    less(["reliability", workload, `${workload}, not answered well`, "%"], errors),
  ),
];

/** @param baseline rounds of the one store, @param contender of the other */
export function rowsOf(baseline: readonly Round[], contender: readonly Round[]): Row[] {
  return MEASURES.map((measure) => {
    const of = (rounds: readonly Round[]) =>
      rounds.flatMap((round) => {
        const report = round[measure.workload];
        const value = report && measure.of(report);
        return value === undefined || value === null ? [] : [value];
      });
    const { group, name, unit, isMoreBetter } = measure;
    const sides = { baseline: of(baseline), contender: of(contender) };
    return { group, name, unit, ...sides, ...judge(sides.baseline, sides.contender, isMoreBetter) };
  });
}

/**
 * What two sets of rounds say: they differ where the whole interval of their difference (Student's, with the scatter of both) lies
 * beyond the least effect that matters. One round a side has no scatter, and says nothing.
 */
export function judge(
  baseline: readonly number[],
  contender: readonly number[],
  isMoreBetter: boolean,
): Pick<Row, "difference" | "verdict"> {
  if (baseline.length === 0 || contender.length === 0) return { difference: null, verdict: "not run" };
  const [from, to] = [meanOf(baseline), meanOf(contender)];
  const difference = from === 0 ? (to === 0 ? 0 : null) : to / from - 1;
  const degrees = baseline.length + contender.length - 2;
  if (degrees < 1 || baseline.length < 2 || contender.length < 2) return { difference, verdict: "same" };
  const variance = (squaresOf(baseline) + squaresOf(contender)) / degrees;
  const reach =
    studentT(CONFIDENCE, degrees) * Math.sqrt(variance * (1 / baseline.length + 1 / contender.length));
  const least = LEAST_EFFECT * Math.abs(from);
  if (Math.abs(to - from) - reach <= least) return { difference, verdict: "same" };
  return { difference, verdict: to > from === isMoreBetter ? "better" : "worse" };
}

/** How the rows of a group came out, and what share of those that were run is no worse. */
export interface Score {
  readonly group: string;
  readonly counts: Readonly<Record<RowVerdict, number>>;
  /** Null where no row was run. */
  readonly share: number | null;
}

/** The scorecard: nothing in it but the rows. */
export function scorecardOf(rows: readonly Row[]): Score[] {
  const groups = [...new Set(rows.map(({ group }) => group))];
  return [
    ...groups.map((group) =>
      scoreOf(
        group,
        rows.filter((row) => row.group === group),
      ),
    ),
    scoreOf("all", rows),
  ];
}

function scoreOf(group: string, rows: readonly Row[]): Score {
  const of = (verdict: RowVerdict) => rows.filter((row) => row.verdict === verdict).length;
  const counts = { better: of("better"), same: of("same"), worse: of("worse"), "not run": of("not run") };
  const run = rows.length - counts["not run"];
  return { group, counts, share: run === 0 ? null : (counts.better + counts.same) / run };
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function squaresOf(values: readonly number[]): number {
  const mean = meanOf(values);
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
}

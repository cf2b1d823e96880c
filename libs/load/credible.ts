/**
 * Whether a result can be true under the plan. Coordinator and aggregator ask this same question of every result, so both
 * take the same ones, and no message can unbalance the books or put a figure into them that no worker can have measured.
 */

import { stateOf, sumOfStates } from "../protocol/ledger.ts";
import type { ErrorEntry, Result } from "../protocol/result.ts";
import { type MeasuredResult, measured } from "../stats/measured.ts";
import { type Seconds, whyCellIsNot } from "./credible-cell.ts";
import { boundsOf, type Plan, plannedInSlice, slicesInLane, stretchOf } from "./plan.ts";

/** Later than any run can last: a time beyond it is a fault. */
const LAST_MS = 10 * 86_400_000;
/** Muster and clocks that are being set may put a time before the run's start. */
const FIRST_MS = -86_400_000;
/** How far a worker's clock may be set while it has a slice. */
const CLOCK_STEP_MS = 1000;
/** Due times are computed, and a computed time on a window's edge may fall to either side. */
const OPEN_SLACK_S = 1;
/** Closed slices begin queries within their window, by a clock that may be off and a process that may be late. */
const CLOSED_SLACK_S = 60;
/** A worker is one thread: so many queries a second it cannot begin. */
const MOST_PER_SECOND = 1_000_000;
/** Answers of one slice, in bytes or rows: more than a network card brings in the time that a query may take. */
const MOST_ANSWERED = 2 ** 42;
/** Cores and megabytes that no machine has. */
const MOST_CORES = 4096;
const MOST_MB = 2 ** 24;
/** JetStream counts deliveries, and gives up long before. */
const MOST_ATTEMPTS = 1000;

/**
 * @param read the same result with its distributions decoded, where the caller has use for them
 * @returns why a result cannot be true, or undefined when it can
 */
export function whyNotCredible(plan: Plan, result: Result, read = measured(result)): string | undefined {
  if (result.lane >= plan.lanes) return "lane";
  if (result.window >= slicesInLane(plan, result.lane)) return "window";
  if (isEmptySlice(plan, result.lane, result.window)) return "window";
  if (read.kind === "verdict") return undefined;
  if (read.attempt < 1 || read.attempt > MOST_ATTEMPTS) return "attempt";
  return whyNotBalanced(plan, read) ?? whyNotPlanned(plan, read) ?? whyNotMeasured(plan, read);
}

/** Every query ended in one state, and in no other number than the result answers for. */
function whyNotBalanced(plan: Plan, result: MeasuredResult): string | undefined {
  const { planned, cells } = result;
  if (planned.length !== plan.queries) return "queries";
  const counted = new Array<number>(plan.queries).fill(0);
  const seen = new Set<number>();
  for (const cell of cells) {
    if (cell.query >= plan.queries || cell.second > LAST_MS / 1000) return "cell";
    const key = cell.second * plan.queries + cell.query;
    if (seen.has(key)) return "cell";
    seen.add(key);
    counted[cell.query] = (counted[cell.query] as number) + sumOfStates(cell);
  }
  if (planned.some((count, query) => count !== counted[query])) return "balance";
  return areReasonsWhole(result) && areErrorsFewer(result, plan.queries) ? undefined : "reasons";
}

/** What the slice answers for is what the plan has for it; in the closed model, what its window has time for. */
function whyNotPlanned(plan: Plan, result: MeasuredResult): string | undefined {
  const { planned, lane, window } = result;
  if (plan.model === "closed") {
    const { startMs, endMs } = boundsOf(plan, lane, window);
    const most = ((endMs - startMs) / 1000 + CLOSED_SLACK_S) * MOST_PER_SECOND;
    return planned.reduce((sum, count) => sum + count, 0) <= most ? undefined : "plan";
  }
  const expected = plannedInSlice(plan, lane, window);
  if (planned.some((count, query) => count !== expected[query])) return "plan";
  const { first, count } = stretchOf(plan, lane, window);
  return result.next === first + count ? undefined : "next";
}

/** What was measured can have been. */
function whyNotMeasured(plan: Plan, result: MeasuredResult): string | undefined {
  const { cells, health } = result;
  if (!areTimesCredible(plan, result)) return "times";
  const seconds = secondsOf(plan, result);
  const isIntended = plan.model === "open";
  for (const cell of cells) {
    const why = whyCellIsNot(cell, seconds, isIntended);
    if (why) return why;
  }
  if (cells.reduce((sum, cell) => sum + cell.bytes, 0) > MOST_ANSWERED) return "bytes";
  if (cells.reduce((sum, cell) => sum + cell.rows, 0) > MOST_ANSWERED) return "rows";
  const isHealthy =
    health.cpu_cores <= MOST_CORES &&
    health.rss_mb <= MOST_MB &&
    Math.max(health.loop_delay_p99_ms, health.clock_error_ms) <= LAST_MS;
  return isHealthy ? undefined : "health";
}

function areTimesCredible(plan: Plan, result: MeasuredResult): boolean {
  const { published_ms, started_ms, ended_ms, driven_user_ms, errors } = result;
  const times = [published_ms, started_ms, ended_ms];
  for (const { first_ms, last_ms, samples } of errors)
    times.push(first_ms, last_ms, ...samples.map(({ at_ms }) => at_ms));
  if (times.some((at) => at < FIRST_MS || at > LAST_MS)) return false;
  return plan.model !== "closed" || (driven_user_ms >= 0 && ended_ms >= started_ms - CLOCK_STEP_MS);
}

/** The seconds of the run in which a slice's queries can have been due, or sent where nothing is due. */
function secondsOf(plan: Plan, { lane, window }: MeasuredResult): Seconds {
  if (plan.model === "count") return { first: 0, last: LAST_MS / 1000 };
  const { startMs, endMs } = boundsOf(plan, lane, window);
  const slack = plan.model === "closed" ? CLOSED_SLACK_S : OPEN_SLACK_S;
  return { first: Math.floor(startMs / 1000) - slack, last: Math.floor(endMs / 1000) + slack };
}

/** Every query that was not sent, or that was cut short, has its reason: no more and no fewer. */
function areReasonsWhole({ cells, reasons }: MeasuredResult): boolean {
  const open = new Map<string, number>();
  const add = (query: number, state: string, count: number) => {
    if (count !== 0) open.set(`${query} ${state}`, (open.get(`${query} ${state}`) ?? 0) + count);
  };
  for (const cell of cells)
    for (const state of ["missed", "lost", "cancelled"] as const) add(cell.query, state, cell[state]);
  for (const { query, state, count } of reasons) add(query, state, -count);
  return [...open.values()].every((count) => count === 0);
}

/** No more errors are told of a query than it had. */
function areErrorsFewer({ cells, errors }: MeasuredResult, queries: number): boolean {
  if (errors.length === 0) return true;
  const left = new Map<string, number>();
  const keyOf = (error: ErrorEntry) => `${error.query} ${stateOf(error.class)}`;
  for (const cell of cells)
    for (const state of ["failed", "timed_out", "cancelled"] as const)
      left.set(`${cell.query} ${state}`, (left.get(`${cell.query} ${state}`) ?? 0) + cell[state]);
  for (const error of errors) left.set(keyOf(error), (left.get(keyOf(error)) ?? 0) - error.count);
  return errors.every((error) => error.query < queries && (left.get(keyOf(error)) ?? -1) >= 0);
}

/** Whether a slice asks for nothing, and so is never published. Closed slices are published as users need them. */
export function isEmptySlice(plan: Plan, lane: number, window: number): boolean {
  return plan.model === "open" && plan.arrivals.stretch(lane, window).count === 0;
}

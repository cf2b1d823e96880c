/** The states in which a planned query can end, and the sum that must always hold. */

import { z } from "zod";

/** Every planned query ends in exactly one of these. */
export const LEDGER_STATES = ["ok", "failed", "timed_out", "missed", "lost", "cancelled"] as const;
export type LedgerState = (typeof LEDGER_STATES)[number];
export type StateCounts = Record<LedgerState, number>;

/** How one query ended, as the engine that ran it tells. */
export const OUTCOME_CLASSES = [
  "ok",
  "timeout",
  "connect",
  "tls",
  "http_4xx",
  "http_5xx",
  "protocol",
  "parse",
  "expect",
  "aborted",
] as const;
export type OutcomeClass = (typeof OUTCOME_CLASSES)[number];

/** The ledger state of a query that was sent. */
export function stateOf(outcome: OutcomeClass): LedgerState {
  if (outcome === "ok") return "ok";
  if (outcome === "timeout") return "timed_out";
  return outcome === "aborted" ? "cancelled" : "failed";
}

const Count = z.number().int().nonnegative();

/** A ledger line: `superseded` counts queries of repeated attempts, extra load on top of the plan. */
export const LedgerLine = z.object({
  planned: Count,
  ok: Count,
  failed: Count,
  timed_out: Count,
  missed: Count,
  lost: Count,
  cancelled: Count,
  superseded: Count,
});
export type LedgerLine = z.infer<typeof LedgerLine>;

export function emptyCounts(): StateCounts {
  return { ok: 0, failed: 0, timed_out: 0, missed: 0, lost: 0, cancelled: 0 };
}

/** State by state, without a list of their names: both are asked for of every cell. */
export function sumOfStates({
  ok,
  failed,
  timed_out,
  missed,
  lost,
  cancelled,
}: Readonly<StateCounts>): number {
  return ok + failed + timed_out + missed + lost + cancelled;
}

export function addStates(total: StateCounts, more: Readonly<StateCounts>): void {
  total.ok += more.ok;
  total.failed += more.failed;
  total.timed_out += more.timed_out;
  total.missed += more.missed;
  total.lost += more.lost;
  total.cancelled += more.cancelled;
}

/** Counts in the order of the states, as snapshots keep them. */
export function countsToList(counts: Readonly<StateCounts>): number[] {
  return LEDGER_STATES.map((state) => counts[state]);
}

export function countsFrom(list: readonly number[]): StateCounts {
  const counts = emptyCounts();
  LEDGER_STATES.forEach((state, index) => {
    counts[state] = list[index] ?? 0;
  });
  return counts;
}

/** The books balance: planned = ok + failed + timed_out + missed + lost + cancelled. */
export function isBalanced(line: LedgerLine): boolean {
  return line.planned === sumOfStates(line);
}

/** Why a query was not sent, or why it is not known whether it was. */
export const REASONS = [
  /** missed: its time had passed by more than the limit when a worker had it. */
  "came_too_late",
  /** missed: the worker's in-flight places were all taken until it was too late. */
  "no_free_place",
  /** lost: the worker that held the slice died, and the query's time had passed. */
  "worker_died",
  /** lost: the slice was delivered too often without a result. */
  "poisoned",
  /** lost: the slice's result never came. */
  "no_result",
  /** cancelled: the run was stopped. */
  "stopped",
  /** cancelled: the count model's time was up. */
  "time_up",
] as const;
export type Reason = (typeof REASONS)[number];

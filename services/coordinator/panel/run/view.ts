/** What the page of a run shows, whether its figures come live or with its report. */

import type { LedgerLine, LedgerState, OutcomeClass } from "../../../../libs/protocol/ledger.ts";
import type { Verdict } from "../../../../libs/protocol/run.ts";
import type { LiveThreshold } from "../../../../libs/protocol/threshold.ts";

/** In the order of the books. */
export const STATES = [
  "ok",
  "failed",
  "timed_out",
  "missed",
  "lost",
  "cancelled",
] as const satisfies LedgerState[];

export interface LatencyMs {
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
  readonly max: number | null;
  /** Values that the percentiles are of. */
  readonly count: number;
}

export interface QueryRow {
  readonly name: string;
  readonly category: string;
  readonly ledger: LedgerLine;
  readonly responseMs: LatencyMs;
}

export interface ErrorRow {
  readonly query: string;
  readonly class: OutcomeClass;
  readonly detail: string;
  readonly count: number;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly samples: readonly { readonly message: string; readonly request: string; readonly node: string }[];
}

export interface NodeRow {
  readonly id: string;
  readonly state: string;
  readonly slots: number | undefined;
  readonly slotsBusy: number | undefined;
  readonly inFlight: number | undefined;
  readonly slices: number | undefined;
  readonly cpuCores: number | undefined;
  readonly rssMb: number | undefined;
  readonly loopDelayMs: number | undefined;
  /** Of what it sent: 99th percentile of intended → sent. */
  readonly lagMs: number | undefined;
  /** Its clock against that of the leader. */
  readonly clockOffsetMs: number | undefined;
  readonly clockErrorMs: number | undefined;
}

/** The figures at the top. Rates are of the last complete ten seconds while it goes on, and of all of it when it is over. */
export interface Headline {
  readonly plannedPerS: number | undefined;
  readonly sentPerS: number | undefined;
  readonly okPerS: number | undefined;
  readonly inFlight: number | undefined;
  readonly p95Ms: number | undefined;
  /** Of those that were sent. */
  readonly errorShare: number | undefined;
  readonly workers: number | undefined;
}

export interface Figures {
  readonly headline: Headline;
  readonly ledger: LedgerLine;
  readonly queries: readonly QueryRow[];
  readonly errors: readonly ErrorRow[];
  readonly thresholds: readonly LiveThreshold[];
  /** Up to which second of the run all is settled; of one that is over nothing is open. */
  readonly settledS: number;
}

/** Share of the sent ones that failed or timed out; undefined where none was sent. */
export function errorShareOf({ ok, failed, timed_out: timedOut }: LedgerLine): number | undefined {
  const sent = ok + failed + timedOut;
  return sent === 0 ? undefined : (failed + timedOut) / sent;
}

export function sumOf(ledger: LedgerLine): number {
  return STATES.reduce((sum, state) => sum + ledger[state], 0);
}

/** What the thresholds say so far; the run's verdict is more than that, and comes at its end. */
export function standingOf(thresholds: readonly LiveThreshold[]): Verdict | undefined {
  if (thresholds.length === 0) return undefined;
  if (thresholds.some(({ state }) => state === "failed")) return "failed";
  return thresholds.every(({ state }) => state === "passed") ? "passed" : "inconclusive";
}

/** Live figures tell an error's or a query's own words as they are; so do the tables. */
export function narrowed<T extends { readonly query: string }>(
  rows: readonly T[],
  query: string | undefined,
): readonly T[] {
  return query === undefined ? rows : rows.filter((row) => row.query === query);
}

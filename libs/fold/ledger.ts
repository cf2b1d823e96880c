/** The ledger of a run: settles each slice once, by its first result, and counts what became of every query. */

import { isEmptySlice, whyNotCredible } from "../load/credible.ts";
import { type Plan, plannedInSlice, plannedPerQuery, slicesInLane } from "../load/plan.ts";
import {
  emptyCounts,
  LEDGER_STATES,
  type LedgerLine,
  type Reason,
  type StateCounts,
} from "../protocol/ledger.ts";
import type { Result } from "../protocol/result.ts";

type UnsentState = "missed" | "lost" | "cancelled";

/** What the ledger says of a result that was offered to it. */
export type Settlement =
  | { readonly kind: "settled" }
  | { readonly kind: "superseded" }
  | { readonly kind: "refused"; readonly why: string };

interface QueryBooks {
  planned: number;
  readonly states: StateCounts;
  superseded: number;
}

export interface Ledger {
  /** Offers a result: the first one of a slice settles it. */
  offer(result: Result): Settlement;
  /** The run is over: what was planned and never published is cancelled. */
  cancelRest(reason: Reason): void;
  /** The line of one query, or of all. */
  line(query?: number): LedgerLine;
  lineOf(queries: readonly number[]): LedgerLine;
  reasons(): { query: number; state: UnsentState; reason: Reason; count: number }[];
  slicesSettled(): number;
  slicesRedelivered(): number;
  slicesSuperseded(): number;
  /** The first window of a lane that is not settled: all before it are, or were passed over. */
  frontier(lane: number): number;
}

export function createLedger(plan: Plan): Ledger {
  const settled = new Set<string>();
  const frontiers = new Array<number>(plan.lanes).fill(0);
  const reasons = new Map<string, { query: number; state: UnsentState; reason: Reason; count: number }>();
  const wholePlan = plannedPerQuery(plan);
  const books: QueryBooks[] = Array.from({ length: plan.queries }, (_, query) => ({
    planned: wholePlan?.[query] ?? 0,
    states: emptyCounts(),
    superseded: 0,
  }));
  let redelivered = 0;
  let superseded = 0;

  function addReason(query: number, state: UnsentState, reason: Reason, count: number): void {
    if (count === 0) return;
    const key = `${query} ${state} ${reason}`;
    const entry = reasons.get(key);
    if (entry) entry.count += count;
    else reasons.set(key, { query, state, reason, count });
  }

  /** Books queries of a slice that nobody ran, as many as the plan says. */
  function bookUnsent(lane: number, window: number, state: "lost" | "cancelled", reason: Reason): void {
    if (plan.model === "closed") return;
    plannedInSlice(plan, lane, window).forEach((count, query) => {
      (books[query] as QueryBooks).states[state] += count;
      addReason(query, state, reason, count);
    });
  }

  function book(result: Result): void {
    if (result.kind === "verdict") {
      bookUnsent(result.lane, result.window, result.state, result.reason);
      return;
    }
    for (const cell of result.cells) {
      const { states } = books[cell.query] as QueryBooks;
      for (const state of LEDGER_STATES) states[state] += cell[state];
    }
    // In the closed model what was begun is what was planned; the worker counts it apart from how it ended.
    if (plan.model === "closed") {
      result.planned.forEach((count, query) => {
        (books[query] as QueryBooks).planned += count;
      });
    }
    for (const { query, state, reason, count } of result.reasons) addReason(query, state, reason, count);
  }

  function bookSuperseded(result: Result): void {
    superseded++;
    if (result.kind === "verdict") return;
    for (const cell of result.cells) {
      (books[cell.query] as QueryBooks).superseded += cell.ok + cell.failed + cell.timed_out;
    }
  }

  /**
   * A closed lane passes windows over, so a settled one settles all before it. Elsewhere every window that asks for
   * something has a result of its own: the frontier moves over what is settled or empty.
   */
  function markSettled(lane: number, window: number): void {
    if (plan.model === "closed") {
      frontiers[lane] = window + 1;
      return;
    }
    settled.add(key(lane, window));
    moveFrontier(lane);
  }

  function moveFrontier(lane: number): void {
    let frontier = frontiers[lane] as number;
    const windows = slicesInLane(plan, lane);
    while (frontier < windows && (settled.has(key(lane, frontier)) || isEmptySlice(plan, lane, frontier))) {
      settled.delete(key(lane, frontier));
      frontier++;
    }
    frontiers[lane] = frontier;
  }

  /** Behind the frontier everything is settled, so only what lies ahead of it is remembered. */
  function isSettled(lane: number, window: number): boolean {
    return window < (frontiers[lane] as number) || settled.has(key(lane, window));
  }

  let slices = 0;
  for (let lane = 0; lane < plan.lanes; lane++) moveFrontier(lane);
  return {
    offer(result) {
      const why = whyNotCredible(plan, result);
      if (why) return { kind: "refused", why };
      if (isSettled(result.lane, result.window)) {
        bookSuperseded(result);
        return { kind: "superseded" };
      }
      book(result);
      slices++;
      if (result.attempt > 1) redelivered++;
      markSettled(result.lane, result.window);
      return { kind: "settled" };
    },
    cancelRest(reason) {
      if (plan.model === "closed") return;
      for (let lane = 0; lane < plan.lanes; lane++) {
        for (let window = frontiers[lane] as number; window < slicesInLane(plan, lane); window++) {
          if (!isSettled(lane, window)) bookUnsent(lane, window, "cancelled", reason);
        }
        frontiers[lane] = slicesInLane(plan, lane);
      }
    },
    line(query) {
      const chosen = query === undefined ? books : [books[query] as QueryBooks];
      return sumBooks(chosen);
    },
    lineOf: (queries) => sumBooks(queries.map((query) => books[query] as QueryBooks)),
    reasons: () => [...reasons.values()],
    slicesSettled: () => slices,
    slicesRedelivered: () => redelivered,
    slicesSuperseded: () => superseded,
    frontier: (lane) => frontiers[lane] as number,
  };
}

function key(lane: number, window: number): string {
  return `${lane}.${window}`;
}

function sumBooks(books: readonly QueryBooks[]): LedgerLine {
  const line: LedgerLine = { planned: 0, ...emptyCounts(), superseded: 0 };
  for (const { planned, states, superseded } of books) {
    line.planned += planned;
    line.superseded += superseded;
    for (const state of LEDGER_STATES) line[state] += states[state];
  }
  return line;
}

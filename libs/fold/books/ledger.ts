/** The ledger of a run: settles each slice once, by its first result, and counts what became of every query. */

import { z } from "zod";
import { type Plan, plannedInSlice, plannedPerQuery } from "../../load/plan.ts";
import {
  addStates,
  emptyCounts,
  type LedgerLine,
  type Reason,
  type StateCounts,
} from "../../protocol/ledger.ts";
import type { Result, VerdictResult } from "../../protocol/result.ts";
import type { MeasuredResult } from "../../stats/measured.ts";
import type { Course } from "../course.ts";
import { createFrontiers } from "../frontiers.ts";
import { createExtras, type Extras, ExtrasSnapshot } from "./extras.ts";
import { createReasons, type KeptReason, ReasonsSnapshot } from "./reasons.ts";

/** What the ledger says of a result that was offered to it. */
export type Settlement =
  | { readonly kind: "settled" }
  | { readonly kind: "superseded" }
  | { readonly kind: "refused"; readonly why: string };

interface QueryBooks {
  planned: number;
  readonly states: StateCounts;
}

const Counts = z.object({
  ok: z.number(),
  failed: z.number(),
  timed_out: z.number(),
  missed: z.number(),
  lost: z.number(),
  cancelled: z.number(),
});

export const LedgerSnapshot = z.object({
  slices: z.number(),
  redelivered: z.number(),
  books: z.array(z.object({ planned: z.number(), states: Counts })),
  /** Of each lane, the first window that is not settled; and slices ahead of it that are, as lane.window. */
  frontiers: z.array(z.number()),
  ahead: z.array(z.string()),
  reasons: ReasonsSnapshot,
  extras: ExtrasSnapshot,
});
export type LedgerSnapshot = z.infer<typeof LedgerSnapshot>;

export interface Ledger {
  /** Offers a result: the first one of a slice settles it. @param read the same with its distributions decoded */
  offer(result: Result, read?: MeasuredResult | VerdictResult): Settlement;
  /** From a time of the run on it is planned anew: the course knows how. */
  replan(fromMs: number): void;
  /** What settles nothing. */
  readonly extras: Extras;
  /** The run is over: what was planned and never published is cancelled. */
  cancelRest(reason: Reason): void;
  /** The line of one query, or of all. */
  line(query?: number): LedgerLine;
  lineOf(queries: readonly number[]): LedgerLine;
  reasons(): readonly KeptReason[];
  slicesSettled(): number;
  slicesRedelivered(): number;
  /** The first window of a lane that is not settled: all before it are, or were passed over. */
  frontier(lane: number): number;
  toSnapshot(): LedgerSnapshot;
}

export function createLedger(course: Course, snapshot?: LedgerSnapshot): Ledger {
  const first = course.plan();
  const settled = createFrontiers(course, snapshot);
  const reasons = createReasons(snapshot?.reasons);
  const extras = createExtras(first.queries, snapshot?.extras);
  const books: QueryBooks[] = snapshot?.books ?? emptyBooks(first);
  let slices = snapshot?.slices ?? 0;
  let redelivered = snapshot?.redelivered ?? 0;

  /** Books queries of a slice that nobody ran, as many as the plan says. */
  function bookUnsent(lane: number, window: number, state: "lost" | "cancelled", reason: Reason): void {
    const plan = course.plan();
    if (plan.model === "closed") return;
    plannedInSlice(plan, lane, window).forEach((count, query) => {
      (books[query] as QueryBooks).states[state] += count;
      reasons.add(query, state, reason, count, key(lane, window));
    });
  }

  function book(result: Result): void {
    if (result.kind === "verdict") {
      bookUnsent(result.lane, result.window, result.state, result.reason);
      return;
    }
    for (const cell of result.cells) {
      addStates((books[cell.query] as QueryBooks).states, cell);
    }
    // In the closed model what was begun is what was planned; the worker counts it apart from how it ended.
    if (first.model === "closed") {
      result.planned.forEach((count, query) => {
        (books[query] as QueryBooks).planned += count;
      });
    }
    const slice = key(result.lane, result.window);
    for (const { query, state, reason, count } of result.reasons)
      reasons.add(query, state, reason, count, slice, result.node);
  }

  function lineOf(queries: readonly number[]): LedgerLine {
    const line: LedgerLine = { planned: 0, ...emptyCounts(), superseded: 0 };
    for (const query of queries) {
      const { planned, states } = books[query] as QueryBooks;
      const { ok, failed, timed_out } = extras.load(query);
      line.planned += planned;
      line.superseded += ok + failed + timed_out;
      addStates(line, states);
    }
    return line;
  }

  return {
    offer(result, read) {
      const judgement = course.judge(result, read);
      if (judgement.kind === "refused") {
        extras.addRefused(judgement.why, result.node);
        return judgement;
      }
      if (judgement.kind === "replaced" || settled.isSettled(result.lane, result.window)) {
        extras.addSuperseded(result);
        return { kind: "superseded" };
      }
      book(result);
      slices++;
      if (result.attempt > 1) redelivered++;
      settled.settle(result.lane, result.window);
      return { kind: "settled" };
    },
    replan(fromMs) {
      plannedPerQuery(course.plan())?.forEach((planned, query) => {
        (books[query] as QueryBooks).planned = planned;
      });
      settled.replan(fromMs);
    },
    cancelRest(reason) {
      if (first.model === "closed") return;
      for (let lane = 0; lane < first.lanes; lane++) {
        for (const window of settled.close(lane)) bookUnsent(lane, window, "cancelled", reason);
      }
    },
    line: (query) => lineOf(query === undefined ? books.map((_, index) => index) : [query]),
    lineOf,
    extras,
    reasons: reasons.all,
    slicesSettled: () => slices,
    slicesRedelivered: () => redelivered,
    frontier: settled.of,
    toSnapshot: () => ({
      slices,
      redelivered,
      books,
      ...settled.toSnapshot(),
      reasons: reasons.toSnapshot(),
      extras: extras.toSnapshot(),
    }),
  };
}

function key(lane: number, window: number): string {
  return `${lane}.${window}`;
}

function emptyBooks(plan: Plan): QueryBooks[] {
  const wholePlan = plannedPerQuery(plan);
  return Array.from({ length: plan.queries }, (_, query) => ({
    planned: wholePlan?.[query] ?? 0,
    states: emptyCounts(),
  }));
}

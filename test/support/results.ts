/** Results of slices as workers would send them, made by hand or at random, but always true to their plan. */

import { isEmptySlice } from "../../libs/load/credible.ts";
import { type Plan, plannedInSlice, slicesInLane, stretchOf } from "../../libs/load/plan.ts";
import { below, type Random } from "../../libs/load/random.ts";
import { emptyCounts, LEDGER_STATES, type LedgerState, type Reason } from "../../libs/protocol/ledger.ts";
import type { Cell, RanResult, ReasonEntry, VerdictResult } from "../../libs/protocol/result.ts";

export interface SliceRef {
  readonly lane: number;
  readonly window: number;
}

const COMMON = { v: 1, run: "run", epoch: 1 } as const;

/** A cell in which nothing happened, but for what the test says. */
export function cellOf(cell: Partial<Cell> = {}): Cell {
  return { query: 0, second: 0, ...emptyCounts(), bytes: 0, rows: 0, ...cell };
}

/** The result of a slice in which every query was answered well, but for what the test says. */
export function ranOf(plan: Plan, slice: SliceRef, change: Partial<RanResult> = {}): RanResult {
  const planned =
    change.planned ??
    (plan.model === "closed"
      ? new Array<number>(plan.queries).fill(0)
      : plannedInSlice(plan, slice.lane, slice.window));
  return {
    ...COMMON,
    kind: "ran",
    ...slice,
    attempt: 1,
    node: "node-1",
    planned,
    next: nextOf(plan, slice),
    published_ms: 0,
    started_ms: 0,
    ended_ms: 0,
    driven_user_ms: 0,
    cells: planned.map((ok, query) => cellOf({ query, ok })),
    reasons: [],
    errors: [],
    health: { loop_delay_p99_ms: 1, cpu_cores: 0.1, rss_mb: 50, clock_error_ms: 0.1 },
    ...change,
  };
}

function nextOf(plan: Plan, { lane, window }: SliceRef): number {
  if (plan.model === "closed") return 0;
  const { first, count } = stretchOf(plan, lane, window);
  return first + count;
}

/** The coordinator's word on a slice that nobody reports on. */
export function verdictFor(
  slice: SliceRef,
  state: "lost" | "cancelled" = "lost",
  reason: Reason = "no_result",
): VerdictResult {
  return { ...COMMON, kind: "verdict", ...slice, attempt: 0, node: "coordinator", state, reason };
}

/** The slices that a plan publishes, unless the run is stopped. */
export function slicesOf(plan: Plan): SliceRef[] {
  return Array.from({ length: plan.lanes }, (_, lane) =>
    Array.from({ length: slicesInLane(plan, lane) }, (_, window) => ({ lane, window })),
  )
    .flat()
    .filter(({ lane, window }) => !isEmptySlice(plan, lane, window));
}

const REASON_OF = { missed: "came_too_late", lost: "worker_died", cancelled: "stopped" } as const;

/** A result in which each query ended in some state, in some second. */
export function randomRan(plan: Plan, slice: SliceRef, random: Random): RanResult {
  const planned =
    plan.model === "closed"
      ? Array.from({ length: plan.queries }, () => below(random, 5))
      : plannedInSlice(plan, slice.lane, slice.window);
  const cells = new Map<string, Cell>();
  const reasons = new Map<string, ReasonEntry>();
  planned.forEach((count, query) => {
    for (let index = 0; index < count; index++) {
      const second = slice.window + below(random, 2);
      const state = LEDGER_STATES[below(random, LEDGER_STATES.length)] as LedgerState;
      const key = `${query}.${second}`;
      const cell = cells.get(key) ?? cellOf({ query, second });
      cells.set(key, { ...cell, [state]: cell[state] + 1 });
      if (state === "ok" || state === "failed" || state === "timed_out") continue;
      const entry = reasons.get(`${query} ${state}`);
      reasons.set(`${query} ${state}`, {
        query,
        state,
        reason: REASON_OF[state],
        count: (entry?.count ?? 0) + 1,
      });
    }
  });
  return ranOf(plan, slice, {
    planned,
    cells: [...cells.values()],
    reasons: [...reasons.values()],
    attempt: 1 + below(random, 3),
  });
}

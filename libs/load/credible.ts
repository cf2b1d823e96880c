/**
 * Whether a result can be true under the plan. Coordinator and aggregator ask this same question of every result, so both
 * take the same ones, and no message can unbalance the books.
 */

import { LEDGER_STATES } from "../protocol/ledger.ts";
import type { RanResult, Result } from "../protocol/result.ts";
import { type Plan, plannedInSlice, slicesInLane, stretchOf } from "./plan.ts";

/** Later than any run can last: a second beyond it is a fault, and would cost memory. */
const LAST_SECOND = 10 * 86_400;

/** @returns why a result cannot be true, or undefined when it can */
export function whyNotCredible(plan: Plan, result: Result): string | undefined {
  if (result.lane >= plan.lanes) return "lane";
  if (result.window >= slicesInLane(plan, result.lane)) return "window";
  return result.kind === "ran" ? whyNotBalanced(plan, result) : undefined;
}

function whyNotBalanced(plan: Plan, result: RanResult): string | undefined {
  const { planned, cells } = result;
  if (planned.length !== plan.queries) return "queries";
  const counted = new Array<number>(plan.queries).fill(0);
  for (const cell of cells) {
    if (cell.query >= plan.queries || cell.second > LAST_SECOND) return "cell";
    for (const state of LEDGER_STATES) counted[cell.query] = (counted[cell.query] as number) + cell[state];
  }
  if (planned.some((count, query) => count !== counted[query])) return "balance";
  if (!areReasonsWhole(result) || result.errors.some(({ query }) => query >= plan.queries)) return "reasons";
  if (plan.model === "closed")
    return result.driven_user_ms >= 0 && result.ended_ms >= result.started_ms ? undefined : "times";
  const expected = plannedInSlice(plan, result.lane, result.window);
  if (planned.some((count, query) => count !== expected[query])) return "plan";
  const { first, count } = stretchOf(plan, result.lane, result.window);
  return result.next === first + count ? undefined : "next";
}

/** Every query that was not sent, or that was cut short, has its reason: no more and no fewer. */
function areReasonsWhole({ cells, reasons }: RanResult): boolean {
  const open = new Map<string, number>();
  const add = (query: number, state: string, count: number) => {
    if (count !== 0) open.set(`${query} ${state}`, (open.get(`${query} ${state}`) ?? 0) + count);
  };
  for (const cell of cells)
    for (const state of ["missed", "lost", "cancelled"] as const) add(cell.query, state, cell[state]);
  for (const { query, state, count } of reasons) add(query, state, -count);
  return [...open.values()].every((count) => count === 0);
}

/** Whether a slice asks for nothing, and so is never published. Closed slices are published as users need them. */
export function isEmptySlice(plan: Plan, lane: number, window: number): boolean {
  return plan.model === "open" && plan.arrivals.stretch(lane, window).count === 0;
}

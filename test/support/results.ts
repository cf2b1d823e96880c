/** Results of slices as workers would send them, made by hand or at random, but always true to their plan. */

import { isEmptySlice } from "../../libs/load/credible.ts";
import { phaseOf, queryAt } from "../../libs/load/mix.ts";
import { boundsOf, type Plan, plannedInSlice, slicesInLane, stretchOf } from "../../libs/load/plan.ts";
import { below, type Random } from "../../libs/load/random.ts";
import {
  emptyCounts,
  LEDGER_STATES,
  type LedgerState,
  OUTCOME_CLASSES,
  type Reason,
  stateOf,
} from "../../libs/protocol/ledger.ts";
import type { Cell, RanResult, VerdictResult } from "../../libs/protocol/result.ts";
import { Recorder } from "../../libs/stats/recorder.ts";
import { Tally } from "../../libs/stats/tally.ts";

export interface SliceRef {
  readonly lane: number;
  readonly window: number;
}

const COMMON = { v: 1, run: "run", epoch: 1 } as const;

/** A cell in which nothing happened, but for what the test says. */
export function cellOf(cell: Partial<Cell> = {}): Cell {
  return { query: 0, second: 0, ...emptyCounts(), bytes: 0, rows: 0, ...cell };
}

/** A distribution of so many values. */
export function distributionOf(count: number, ms = 10): string | undefined {
  const recorder = new Recorder();
  for (let index = 0; index < count; index++) recorder.record(ms);
  return recorder.encode();
}

/** A cell of a slice, in its first second, with the distributions that its counts ask for. */
export function measuredCell(plan: Plan, slice: SliceRef, cell: Partial<Cell>): Cell {
  const { ok = 0, failed = 0, timed_out: timedOut = 0 } = cell;
  const startMs = plan.model === "count" ? 0 : boundsOf(plan, slice.lane, slice.window).startMs;
  const intended = plan.model === "open";
  return cellOf({
    second: Math.floor(startMs / 1000),
    service: distributionOf(ok),
    response: intended ? distributionOf(ok) : undefined,
    lag: intended ? distributionOf(ok + failed + timedOut, 1) : undefined,
    failed_service: distributionOf(failed + timedOut),
    ...cell,
  });
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
    cells: planned.map((ok, query) => measuredCell(plan, slice, { query, ok })),
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

/** When the queries of a slice are due, or sent where nothing is due, and which they are. */
function arrivalsOf(plan: Plan, slice: SliceRef, random: Random): { query: number; atMs: number }[] {
  const { lane, window } = slice;
  const phase = phaseOf(plan.mix, lane, plan.lanes);
  const { first, count } =
    plan.model === "closed" ? { first: 0, count: below(random, 8) } : stretchOf(plan, lane, window);
  const { startMs, endMs } =
    plan.model === "count"
      ? { startMs: window * 500, endMs: window * 500 + 1500 }
      : boundsOf(plan, lane, window);
  const times =
    plan.model === "open"
      ? plan.arrivals.timesMs(lane, window)
      : Array.from({ length: count }, () => startMs + random() * (endMs - startMs));
  return [...times].map((atMs, index) => ({ query: queryAt(plan.mix, phase, first + index), atMs }));
}

/** A result in which each query ended in some way, counted as a worker counts it. */
export function randomRan(plan: Plan, slice: SliceRef, random: Random): RanResult {
  const tally = new Tally(plan.queries);
  for (const { query, atMs } of arrivalsOf(plan, slice, random)) {
    tally.plan(query);
    const state = LEDGER_STATES[below(random, LEDGER_STATES.length)] as LedgerState;
    const outcomes = OUTCOME_CLASSES.filter((of) => stateOf(of) === state);
    const outcome = outcomes[below(random, Math.max(1, outcomes.length))];
    if (outcome === undefined || (state === "cancelled" && random() < 0.5)) {
      const of = state as keyof typeof REASON_OF;
      tally.unsent(query, atMs, of, REASON_OF[of]);
      continue;
    }
    const sentMs = atMs + random() * 20;
    const doneMs = sentMs + random() * 2000;
    tally.sent({
      ...{ query, outcome, sentMs, doneMs, bytes: below(random, 5000), rows: below(random, 50) },
      intendedMs: plan.model === "open" ? atMs : undefined,
      resent: below(random, 10) === 0,
      ...(outcome !== "ok" && { error: { detail: outcome, message: "m", request: () => "r" } }),
    });
  }
  return ranOf(plan, slice, {
    planned: tally.planned,
    cells: tally.toCells(),
    reasons: tally.toReasons(),
    errors: tally.toErrors(),
    attempt: 1 + below(random, 3),
  });
}

/** The rolling windows of a live run, and how complete each is. */

import { type ClosedPlan, type OpenPlan, type Plan, slicesInLane } from "../load/plan.ts";
import type { Interval } from "../load/profile.ts";
import { activeIntervals } from "../load/users.ts";
import { windowAt } from "../load/windows.ts";
import type { RollingWindow } from "../protocol/live.ts";
import type { Ledger } from "./books/ledger.ts";
import { type Timeline, WINDOW_LENGTHS_S } from "./timeline.ts";

/** Rolling windows end this long before now: a result comes when its slice is over. */
export const WINDOW_DELAY_MS = 3000;

/** @param nowMs the time of the run */
export function rollingWindows(
  plan: Plan,
  ledger: Ledger,
  timeline: Timeline,
  nowMs: number,
): RollingWindow[] {
  const toS = Math.max(0, Math.floor((nowMs - WINDOW_DELAY_MS) / 1000));
  return WINDOW_LENGTHS_S.map((lengthS) => {
    const window = timeline.window(lengthS, toS);
    const slices = slicesOf(plan, ledger, window.from_s * 1000, window.to_s * 1000);
    return {
      ...window,
      slices_expected: slices.expected,
      slices_settled: slices.settled,
      complete: slices.settled === slices.expected,
    };
  });
}

/** How many slices reach into a stretch of the run, and how many of them are settled. */
function slicesOf(
  plan: Plan,
  ledger: Ledger,
  fromMs: number,
  toMs: number,
): { expected: number; settled: number } {
  if (plan.model === "count" || toMs <= fromMs) return { expected: 0, settled: 0 };
  let expected = 0;
  let settled = 0;
  for (let lane = 0; lane < plan.lanes; lane++) {
    const asked = stretchAsked(plan, lane, { startMs: fromMs, endMs: toMs });
    if (!asked) continue;
    const first = windowAt(plan.cuts, lane, asked.startMs);
    const last = Math.min(windowAt(plan.cuts, lane, asked.endMs - 1), slicesInLane(plan, lane) - 1);
    // The run was over before the stretch began.
    if (last < first) continue;
    expected += last - first + 1;
    settled += Math.max(0, Math.min(ledger.frontier(lane), last + 1) - first);
  }
  return { expected, settled };
}

/** The part of a stretch for which a lane has slices: in the closed model only while it has users at work. */
function stretchAsked(plan: OpenPlan | ClosedPlan, lane: number, stretch: Interval): Interval | undefined {
  if (plan.model === "open") return stretch;
  const active = activeIntervals(plan, lane, stretch);
  const [first] = active;
  const last = active.at(-1);
  return first && last && { startMs: first.startMs, endMs: last.endMs };
}

/** The queries of a slice that nobody reported, put together from the plan: no worker told what became of them. */

import { eraOfWindow } from "../../load/eras.ts";
import { phaseOf, queryAt } from "../../load/mix.ts";
import type { Plan } from "../../load/plan.ts";
import { emptyCounts } from "../../protocol/ledger.ts";
import type { MeasuredCell } from "../../stats/measured.ts";

const NOTHING_MEASURED = {
  ...{ bytes: 0, rows: 0 },
  ...{ service: undefined, response: undefined, lag: undefined, failedService: undefined },
};

/** They were offered when they were due, and are lost. In the other models than the open one nothing is due at a time. */
export function lostCells(plan: Plan, lane: number, window: number): MeasuredCell[] {
  if (plan.model !== "open") return [];
  const cells = new Map<string, { query: number; second: number; lost: number }>();
  const { mix } = eraOfWindow(plan.eras, plan.cuts, lane, window);
  const phase = phaseOf(mix, lane, plan.lanes);
  const { first } = plan.arrivals.stretch(lane, window);
  plan.arrivals.timesMs(lane, window).forEach((dueMs, index) => {
    const query = queryAt(mix, phase, first + index);
    const second = Math.floor(dueMs / 1000);
    const cell = cells.get(`${query} ${second}`) ?? { query, second, lost: 0 };
    cell.lost++;
    cells.set(`${query} ${second}`, cell);
  });
  return [...cells.values()].map((cell) => ({ ...emptyCounts(), ...NOTHING_MEASURED, ...cell }));
}

/** Whether everything that was planned was published, settled and booked, to the unit. */

import { refusedIn } from "../../libs/fold/report.ts";
import { isEmptySlice } from "../../libs/load/credible.ts";
import { type OpenPlan, slicesInLane } from "../../libs/load/plan.ts";
import { isBalanced } from "../../libs/protocol/ledger.ts";
import type { FleetOptions, FleetOutcome } from "./simulate.ts";

/** A number that was counted in one place, and what another place says it must be. */
export interface Count {
  readonly what: string;
  readonly counted: number;
  readonly expected: number;
}

/** What must be equal after a run of the fleet. */
export function countsOf(options: FleetOptions, outcome: FleetOutcome): Count[] {
  const { plan, fold, dispatcher, queue, told } = outcome;
  const { ledger } = fold;
  const line = ledger.line();
  const slices = slicesPlanned(plan);
  const unsent = ledger.reasons().reduce((total, { count }) => total + count, 0);
  const lanes = Array.from({ length: plan.lanes }, (_, lane) => lane);
  return [
    ["queries planned", line.planned, options.queriesPerSecond * options.durationS],
    ["queries booked in any state", isBalanced(line) ? line.planned : Number.NaN, line.planned],
    ["queries lost or missed, by reason", unsent, line.lost + line.missed + line.cancelled],
    ["queries answered", line.ok + line.failed + line.timed_out + line.superseded, told.answered],
    [
      "queries on the time line",
      sum(fold.timeline.points(() => 0).map(({ planned }) => planned)),
      line.planned,
    ],
    ["latencies recorded", sum(fold.measures.map(({ service }) => service.count)), line.ok],
    ["slices published", queue.published(), slices],
    ["slices published, by lane", sum(dispatcher.publishedPerLane()), slices],
    ["slices settled", ledger.slicesSettled(), slices],
    ["windows closed", sum(lanes.map(ledger.frontier)), sum(lanes.map((lane) => slicesInLane(plan, lane)))],
    ["results taken", ledger.slicesSettled() + ledger.extras.results(), told.results],
    ["results refused", refusedIn(fold), 0],
    ["slices left in the queue", queue.depth() + dispatcher.outstandingCount(), 0],
    ["runs not complete", fold.isComplete() ? 0 : 1, 0],
  ].map(([what, counted, expected]) => ({ what, counted, expected }) as Count);
}

/** Slices that a plan asks for. */
function slicesPlanned(plan: OpenPlan): number {
  let slices = 0;
  for (let lane = 0; lane < plan.lanes; lane++)
    for (let window = 0; window < slicesInLane(plan, lane); window++)
      if (!isEmptySlice(plan, lane, window)) slices++;
  return slices;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

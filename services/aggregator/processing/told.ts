/** What processors are told, made of what the fold knows. */

import { exitCodeOf } from "../../../libs/protocol/exit-codes.ts";
import { LEDGER_STATES } from "../../../libs/protocol/ledger.ts";
import type { RollingWindow } from "../../../libs/protocol/live.ts";
import type {
  RunEnded,
  SettledSlice,
  SlicesSettled,
  WindowClosed,
} from "../../../libs/protocol/processing.ts";
import type { Report } from "../../../libs/protocol/report.ts";
import type { VerdictResult } from "../../../libs/protocol/result.ts";
import type { LiveThreshold } from "../../../libs/protocol/threshold.ts";
import { isoTime } from "../../../libs/runtime/clock.ts";
import type { MeasuredResult } from "../../../libs/stats/measured.ts";

export function sliceOf(result: MeasuredResult | VerdictResult): SettledSlice {
  const { lane, window, attempt, node } = result;
  const counts = Object.fromEntries(LEDGER_STATES.map((state) => [state, 0])) as Pick<
    SettledSlice,
    (typeof LEDGER_STATES)[number]
  >;
  const common = { lane, window, attempt, node, ...counts };
  if (result.kind === "verdict") return { ...common, kind: result.state, reason: result.reason };
  for (const cell of result.cells) for (const state of LEDGER_STATES) common[state] += cell[state];
  return { ...common, kind: "ran" };
}

/** @param seq of the last one in the log of results, so that no two of these have one id */
export function slicesTold(
  run: string,
  slices: readonly SettledSlice[],
  leftOut: number,
  seq: number,
  nowMs: number,
): SlicesSettled {
  return { id: `${run}.slices.${seq}`, run, at: isoTime(nowMs), slices: [...slices], left_out: leftOut };
}

export function windowTold(
  run: string,
  window: RollingWindow,
  thresholds: readonly LiveThreshold[],
  t0Ms: number,
): WindowClosed {
  const at = isoTime(t0Ms + window.to_s * 1000);
  return { id: `${run}.window.${window.from_s}`, run, at, window, thresholds: [...thresholds] };
}

const endId = (run: string) => `${run}.end`;

export function endTold(report: Report): RunEnded {
  const { run_id: run, name, phase, verdict, ended_at: at } = report;
  return {
    id: endId(run),
    run,
    at,
    name,
    phase,
    verdict,
    exit_code: exitCodeOf(report),
    report,
  };
}

/** A run that failed before it could have a report. */
export function failureTold(run: string, name: string, failure: string, atMs: number): RunEnded {
  const phase = "failed";
  return { id: endId(run), run, at: isoTime(atMs), name, phase, exit_code: exitCodeOf({ phase }), failure };
}

/** What a run or a series tells the execution that made it: its verdict, and why. */

import { WORST_LAST } from "../../../libs/protocol/library/documents.ts";
import type { Outcome } from "../../../libs/protocol/library/execution.ts";
import type { RunRecord, Verdict } from "../../../libs/protocol/run.ts";
import type { SeriesRecord } from "../../../libs/protocol/series.ts";

type Ended = Pick<Outcome, "phase" | "verdict" | "reason">;

/** A run that never came to a verdict has failed. */
export function outcomeOfRun({ phase, verdict, verdict_reasons: reasons, failure }: RunRecord): Ended {
  const reason = failure ?? reasons[0];
  return { phase, verdict: verdict ?? "failed", ...(reason !== undefined && { reason }) };
}

export function outcomeOfSeries({ phase, kind, steps, result, failure }: SeriesRecord): Ended {
  if (phase !== "completed" && phase !== "running")
    return { phase, verdict: "failed", ...(failure !== undefined && { reason: failure }) };
  if (kind === "search") {
    const endedBy = result?.ended_by ?? "undecided";
    return { phase: "completed", verdict: verdictOfSearch(endedBy), reason: `the search ended: ${endedBy}` };
  }
  const worst = WORST_LAST.findLast((verdict) => steps.some((step) => step.verdict === verdict)) ?? "failed";
  return { phase: "completed", verdict: worst };
}

/** A search that found a load at which the thresholds hold has done what it is for. */
function verdictOfSearch(endedBy: string): Verdict {
  if (endedBy === "none") return "failed";
  return endedBy === "knee" || endedBy === "limit" ? "passed" : "inconclusive";
}

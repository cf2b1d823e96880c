/** What processors are told of a run; how the end that they are still owed is kept; and their words when they give up. */

import { z } from "zod";
import { LEDGER_STATES, LedgerLine, type LedgerState } from "./ledger.ts";
import { RollingWindow } from "./live.ts";
import { Report } from "./report.ts";
import { Phase, Verdict } from "./run.ts";
import { LiveThreshold } from "./threshold.ts";

const Count = z.number().int().nonnegative();

const common = {
  /** The same whenever it is told again: what was heard already can be dropped by it. */
  id: z.string(),
  run: z.string(),
  /** RFC 3339. */
  at: z.string(),
};

const SettledSlice = z.object({
  lane: Count,
  window: Count,
  attempt: Count,
  node: z.string(),
  /** Ran: a worker told what became of its queries. Else the coordinator settled it, for a reason. */
  kind: z.enum(["ran", "lost", "cancelled"]),
  reason: z.string().optional(),
  /** Of its queries, where a worker told. */
  ...(Object.fromEntries(LEDGER_STATES.map((state) => [state, Count])) as Record<LedgerState, typeof Count>),
});
export type SettledSlice = z.infer<typeof SettledSlice>;

/** Slices that were settled within a second or so. */
export const SlicesSettled = z.object({
  ...common,
  slices: z.array(SettledSlice),
  /** So many more were settled, and are not told. */
  left_out: Count,
});
export type SlicesSettled = z.infer<typeof SlicesSettled>;

/** A stretch of the run, by intended start; with how the thresholds stand. */
export const WindowClosed = z.object({
  ...common,
  window: RollingWindow,
  thresholds: z.array(LiveThreshold),
});
export type WindowClosed = z.infer<typeof WindowClosed>;

/** A run is over; without a report where it failed before it could have one. */
export const RunEnded = z.object({
  ...common,
  name: z.string(),
  phase: Phase,
  verdict: Verdict.optional(),
  /** That the command line ends with. */
  exit_code: Count,
  /** Why it failed. */
  failure: z.string().optional(),
  report: Report.optional(),
});
export type RunEnded = z.infer<typeof RunEnded>;

/** The end of a run as a message says it: the report itself can be fetched. */
export const RunEndedMessage = RunEnded.omit({ id: true, at: true, report: true }).extend({
  ...Report.pick({
    verdict_reasons: true,
    started_at: true,
    ended_at: true,
    duration_ms: true,
    totals: true,
    thresholds: true,
  }).partial().shape,
  ledger: LedgerLine.optional(),
});
export type RunEndedMessage = z.infer<typeof RunEndedMessage>;

/** The processors that were told the end of a run, or have given it up; kept until that is all of them. */
export const Owed = z.object({ v: z.literal(1), run: z.string(), done: z.array(z.string()) });
export type Owed = z.infer<typeof Owed>;

export const owedKey = (run: string) => `owed.${run}`;

/** What the log of results says of a run, entry by entry: the coordinator asks of each what the ledger asks. */

import type { Course } from "../../../../libs/fold/course.ts";
import { createStanding, type Worth } from "../../../../libs/fold/verdict/standing.ts";
import type { LogEntry } from "../../../../libs/protocol/result.ts";

export type Word =
  | Worth
  /** A result of a slice as it was planned before a change: it settles nothing. */
  | { readonly kind: "replaced" };

export interface Settlements {
  take(entry: LogEntry): Word;
  /** When the last slice ended, in milliseconds of the run; 0 before any has. */
  lastEndedMs(): number;
}

export function createSettlements(course: Course): Settlements {
  const standing = createStanding();
  let lastEndedMs = 0;

  return {
    take(entry) {
      const worth = standing.take(entry);
      if (worth.kind !== "result") return worth;
      const { result } = worth;
      const judgement = course.judge(result);
      if (judgement.kind !== "current") return judgement;
      if (result.kind === "ran") lastEndedMs = Math.max(lastEndedMs, result.ended_ms);
      return worth;
    },
    lastEndedMs: () => lastEndedMs,
  };
}

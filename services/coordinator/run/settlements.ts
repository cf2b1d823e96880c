/** What the log of results says of a run, entry by entry: the coordinator asks of each what the ledger asks. */

import { whyNotCredible } from "../../../libs/load/credible.ts";
import type { Plan } from "../../../libs/load/plan.ts";
import type { LogEntry, Result } from "../../../libs/protocol/result.ts";

export type Word =
  /** A leader's mark. */
  | { readonly kind: "fence"; readonly epoch: number }
  | { readonly kind: "result"; readonly result: Result }
  | { readonly kind: "refused"; readonly why: string };

export interface Settlements {
  take(entry: LogEntry, seq: number): Word;
  /** The place in the log of the last entry that was taken. */
  lastSeq(): number;
  /** When the last slice ended, in milliseconds of the run; 0 before any has. */
  lastEndedMs(): number;
}

export function createSettlements(plan: Plan): Settlements {
  let epoch = 0;
  let lastSeq = 0;
  let lastEndedMs = 0;

  /** Results of workers count whichever leader published their slice; verdicts count only from the leader of their time. */
  function whyNot(result: Result): string | undefined {
    if (result.kind === "verdict" && result.epoch < epoch) return "deposed leader";
    return whyNotCredible(plan, result);
  }

  return {
    take(entry, seq) {
      lastSeq = Math.max(lastSeq, seq);
      if (entry.kind === "fence") {
        epoch = Math.max(epoch, entry.epoch);
        return { kind: "fence", epoch: entry.epoch };
      }
      const why = whyNot(entry);
      if (why) return { kind: "refused", why };
      if (entry.kind === "ran") lastEndedMs = Math.max(lastEndedMs, entry.ended_ms);
      return { kind: "result", result: entry };
    },
    lastSeq: () => lastSeq,
    lastEndedMs: () => lastEndedMs,
  };
}

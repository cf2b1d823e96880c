/** What the log of results says of a run, entry by entry: the coordinator asks of each what the ledger asks. */

import { createStanding, type Worth } from "../../../libs/fold/standing.ts";
import { whyNotCredible } from "../../../libs/load/credible.ts";
import type { Plan } from "../../../libs/load/plan.ts";
import type { LogEntry } from "../../../libs/protocol/result.ts";

export interface Settlements {
  take(entry: LogEntry): Worth;
  /** When the last slice ended, in milliseconds of the run; 0 before any has. */
  lastEndedMs(): number;
}

export function createSettlements(plan: Plan): Settlements {
  const standing = createStanding();
  let lastEndedMs = 0;

  return {
    take(entry) {
      const worth = standing.take(entry);
      if (worth.kind !== "result") return worth;
      const { result } = worth;
      const why = whyNotCredible(plan, result);
      if (why) return { kind: "refused", why };
      if (result.kind === "ran") lastEndedMs = Math.max(lastEndedMs, result.ended_ms);
      return worth;
    },
    lastEndedMs: () => lastEndedMs,
  };
}

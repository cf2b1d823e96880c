/**
 * What an entry of the log of results is worth where it stands: who may still decide, and whether the run is over. Whoever
 * reads the log from its beginning comes to the same answers.
 */

import { z } from "zod";
import type { AftercareEntry } from "../../protocol/aftercare.ts";
import type { Changed, FleetEntry, LogEntry, Result, ServerEntry } from "../../protocol/result.ts";

export const StandingSnapshot = z.object({
  /** The highest epoch of a fence. */
  epoch: z.number(),
  isOver: z.boolean(),
});
export type StandingSnapshot = z.infer<typeof StandingSnapshot>;

/** Why a leader's word does not count that stands behind the fence of a later one. */
const DEPOSED = "deposed leader";

export type Worth =
  | { readonly kind: "result"; readonly result: Result }
  /** A leader changes the run. */
  | { readonly kind: "changed"; readonly entry: Changed }
  /** A leader takes over. */
  | { readonly kind: "fence"; readonly epoch: number }
  /** How the target's servers do. */
  | { readonly kind: "server"; readonly entry: ServerEntry }
  /** How the run's workers and its queue stand. */
  | { readonly kind: "fleet"; readonly entry: FleetEntry }
  /** What was found at the target after the last query. */
  | { readonly kind: "aftercare"; readonly entry: AftercareEntry }
  /** The run is over: said once, by the leader of that time. */
  | { readonly kind: "end" }
  | { readonly kind: "refused"; readonly why: string }
  /** Behind the end, or a figure that a deposed leader has read: it changes nothing. */
  | { readonly kind: "behind" };

export interface Standing {
  /** Takes the next entry of the log. */
  take(entry: LogEntry): Worth;
  isOver(): boolean;
  toSnapshot(): StandingSnapshot;
}

export function createStanding(snapshot: StandingSnapshot = { epoch: 0, isOver: false }): Standing {
  let { epoch, isOver } = snapshot;

  return {
    take(entry) {
      if (entry.kind === "fence") {
        epoch = Math.max(epoch, entry.epoch);
        return { kind: "fence", epoch: entry.epoch };
      }
      if (isOver) return { kind: "behind" };
      if (isReading(entry)) return entry.epoch < epoch ? { kind: "behind" } : readingOf(entry);
      // Results of workers count whichever leader published their slice.
      if (entry.kind !== "ran" && entry.epoch < epoch) return { kind: "refused", why: DEPOSED };
      if (entry.kind === "changed") return { kind: "changed", entry };
      if (entry.kind !== "end") return { kind: "result", result: entry };
      isOver = true;
      return { kind: "end" };
    },
    isOver: () => isOver,
    toSnapshot: () => ({ epoch, isOver }),
  };
}

/** What a leader has read somewhere: it decides nothing. */
type Reading = ServerEntry | FleetEntry | AftercareEntry;

export function isReading(entry: LogEntry): entry is Reading {
  return entry.kind === "server" || entry.kind === "fleet" || entry.kind === "aftercare";
}

function readingOf(entry: Reading): Worth {
  if (entry.kind === "server") return { kind: "server", entry };
  return entry.kind === "fleet" ? { kind: "fleet", entry } : { kind: "aftercare", entry };
}

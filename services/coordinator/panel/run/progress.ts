/** How far a run is: what of its phase is over, and what is left. Pure. */

import type { Live } from "../../../../libs/protocol/live.ts";
import type { RunRecord } from "../../../../libs/protocol/run.ts";

export type Progress =
  | { readonly kind: "waiting_for_start" }
  | { readonly kind: "waiting_for_word"; readonly leftMs: number }
  | { readonly kind: "mustering"; readonly held: number; readonly needed: number }
  /** A count model without a limit has no length. */
  | { readonly kind: "going"; readonly elapsedMs: number; readonly lengthMs: number | undefined }
  | { readonly kind: "over"; readonly agoMs: number | undefined };

interface Heard {
  readonly live: Pick<Live, "elapsed_ms" | "duration_ms">;
  readonly atMs: number;
}

/** @param heard the last figures and when they came, by the same clock as now: between them the time goes on */
export function progressOf(record: RunRecord, heard: Heard | undefined, nowMs: number): Progress {
  switch (record.phase) {
    case "created":
    case "requested":
      return { kind: "waiting_for_start" };
    case "awaiting_approval":
      return { kind: "waiting_for_word", leftMs: Math.max(0, (record.approval?.until_ms ?? nowMs) - nowMs) };
    case "mustering":
      return { kind: "mustering", held: record.slots_held ?? 0, needed: record.slots_needed };
    case "running":
    case "paused":
    case "draining":
    case "reporting":
      return going(record, heard, nowMs);
    case "completed":
    case "stopped":
    case "aborted":
    case "failed":
      return { kind: "over", agoMs: record.ended_ms === undefined ? undefined : nowMs - record.ended_ms };
    default:
      return record.phase satisfies never;
  }
}

function going(record: RunRecord, heard: Heard | undefined, nowMs: number): Progress {
  // A pause moves the rest of the run, so the newest word on its length counts.
  const lengthMs = heard?.live.duration_ms ?? record.duration_ms;
  const elapsedMs = heard ? heard.live.elapsed_ms + Math.max(0, nowMs - heard.atMs) : 0;
  return { kind: "going", elapsedMs: Math.min(elapsedMs, lengthMs ?? elapsedMs), lengthMs };
}

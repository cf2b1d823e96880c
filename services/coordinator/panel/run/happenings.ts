/** The events of a run as the panel keeps them, whether they come live or with a report. Pure. */

import type { Report } from "../../../../libs/protocol/report.ts";
import type { RunEvent } from "../../../../libs/protocol/run.ts";

export interface Happening {
  readonly type: RunEvent["type"];
  /** The time of the run; unknown before it has begun. */
  readonly runMs: number | undefined;
  /** Where only the report tells of it, this is not known. */
  readonly atMs: number | undefined;
  /** What happened, beyond its type, in the words and names of the run itself. */
  readonly text: string;
}

/** A run has some dozens; a fleet that comes and goes all day is cut here, the oldest first. */
export const MAX_HAPPENINGS = 1000;

export function happeningsOf(events: readonly RunEvent[], t0Ms: number | undefined): Happening[] {
  return events.map((event) => ({
    type: event.type,
    atMs: event.at_ms,
    runMs: runMsOf(event, t0Ms),
    text: textOf(event),
  }));
}

export function happeningsIn({ events, started_at }: Report): Happening[] {
  const t0Ms = Date.parse(started_at);
  return events.slice(-MAX_HAPPENINGS).map(({ at_ms, type, text }) => ({
    type: type as RunEvent["type"],
    runMs: at_ms,
    atMs: t0Ms + at_ms,
    text,
  }));
}

/** A change counts from when it holds. */
function runMsOf(event: RunEvent, t0Ms: number | undefined): number | undefined {
  if ("change" in event) return event.change.at_ms;
  if ("run_ms" in event) return event.run_ms;
  return t0Ms === undefined ? undefined : event.at_ms - t0Ms;
}

/** Names, figures and reasons: what there is to say is in the type's own words. */
function textOf(event: RunEvent): string {
  switch (event.type) {
    case "accepted":
      return [event.name, event.by].filter(Boolean).join(" · ");
    case "approval_awaited":
      return event.reasons.join("; ");
    case "approved":
    case "approval_refused":
      return [event.by, event.reason].filter(Boolean).join(" · ");
    case "mustering":
      return String(event.slots_needed);
    case "started":
      return event.nodes.join(", ");
    case "paused":
    case "resumed":
    case "changed":
      return changeText(event.change);
    case "spec_refused":
      return event.problems.map(({ path, message }) => `${path} ${message}`).join("; ");
    case "threshold_crossed":
      return event.words;
    case "node_joined":
    case "node_lost":
    case "taken_over":
      return event.node;
    case "reported":
      return [event.verdict, ...event.verdict_reasons].join("; ");
    case "stopping":
    case "killed":
    case "failed":
      return event.reason;
    case "processor_failed":
      return `${event.processor} ${event.hook}: ${event.reason}`;
    case "drained":
      return "";
    case "completed":
      return event.phase;
    default:
      return event satisfies never;
  }
}

function changeText(change: Extract<RunEvent, { type: "changed" }>["change"]): string {
  if (change.kind !== "change") return change.by;
  const { load, weights, by } = change;
  return [load === undefined ? "" : `→ ${load}`, weights ? `weights ${weights.join(", ")}` : "", by]
    .filter((word) => word !== "")
    .join(" · ");
}

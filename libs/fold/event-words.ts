/** What happened to a run, in words. */

import type { Change } from "../protocol/change.ts";
import type { Report } from "../protocol/report.ts";
import type { RunEvent } from "../protocol/run.ts";
import { round } from "./figures.ts";
import type { RunFold } from "./run-fold.ts";

/** A query of the run by its name. */
export function nameOf(fold: RunFold, query: number): string {
  return fold.config.spec.queries[query]?.name ?? String(query);
}

/** An event as the report tells it. */
export function eventReport(fold: RunFold, event: RunEvent, t0Ms: number): Report["events"][number] {
  return { at_ms: round(event.at_ms - t0Ms, 0), type: event.type, text: eventText(fold, event) };
}

/** What was changed from when on, and by whom. */
function changeText(fold: RunFold, change: Change): string {
  const words = `from ${round(change.at_ms / 1000, 1)} s on, by ${change.by}`;
  if (change.kind !== "change") return `${change.kind === "pause" ? "paused" : "resumed"} ${words}`;
  const { load, weights } = change;
  const unit = fold.plan.model === "open" ? "queries per second" : "users";
  const changed = [
    ...(load === undefined ? [] : [`${load} ${unit}`]),
    ...(weights?.map((weight, query) => `${nameOf(fold, query)}=${weight}`) ?? []),
  ];
  return `${changed.join(", ")} ${words}`;
}

function approvalText(
  event: Extract<RunEvent, { type: "approval_awaited" | "approved" | "approval_refused" }>,
) {
  if (event.type === "approval_awaited") return `must be approved: ${event.reasons.join("; ")}`;
  const why = event.reason === undefined ? "" : `: ${event.reason}`;
  return `${event.type === "approved" ? "approved" : "not approved"}${event.by ? ` by ${event.by}` : ""}${why}`;
}

/** An event in words. */
function eventText(fold: RunFold, event: RunEvent): string {
  switch (event.type) {
    case "accepted":
      return `run ${event.name} was accepted`;
    case "approval_awaited":
    case "approved":
    case "approval_refused":
      return approvalText(event);
    case "mustering":
      return `waiting for ${event.slots_needed} slots`;
    case "started":
      return `began with ${event.slots_held} slots on ${event.nodes.length} workers`;
    case "stopping":
      return `stopping: ${event.reason}`;
    case "killed":
      return `killed: ${event.reason}`;
    case "paused":
    case "resumed":
    case "changed":
      return changeText(fold, event.change);
    case "spec_refused":
      return `a spec was refused: ${event.problems.map(({ path }) => path).join(", ")}, by ${event.by}`;
    case "node_joined":
      return `worker ${event.node} joined`;
    case "node_lost":
      return `worker ${event.node} fell silent${event.slices.length > 0 ? ` with ${event.slices.length} slices` : ""}`;
    case "taken_over":
      return `coordinator ${event.node} took over`;
    case "threshold_crossed":
      return `threshold ${event.words}`;
    case "drained":
      return "every slice is settled";
    case "reported":
      return `verdict: ${event.verdict}`;
    case "completed":
      return event.phase;
    case "failed":
      return event.reason;
    case "processor_failed":
      return `${event.processor} could not be told ${event.id}: ${event.reason}`;
    default:
      return event satisfies never;
  }
}

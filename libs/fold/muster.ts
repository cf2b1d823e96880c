/** How the workers gathered before a run: how long it took from the first call until there were the slots that it began with. */

import type { Report } from "../protocol/report.ts";
import type { RunEvent } from "../protocol/run.ts";

/** The time to capacity; null where the events do not tell it. */
export function musterOf(events: readonly RunEvent[]): Report["muster"] {
  const called = events.find((event) => event.type === "mustering");
  const begun = events.find((event) => event.type === "started");
  if (!called || !begun) return null;
  return {
    slots_needed: called.slots_needed,
    slots_held: begun.slots_held,
    workers: begun.nodes.length,
    // Two leaders may have said them, each by its own clock.
    duration_ms: Math.max(0, Math.round(begun.at_ms - called.at_ms)),
  };
}

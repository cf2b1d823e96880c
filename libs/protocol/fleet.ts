/** How a run's workers and its queue stand at a moment, as its leader sees them: in the run's log, in live figures and in the report. */

import { z } from "zod";

const Count = z.number().int().nonnegative();

export const FleetPoint = z.object({
  /** Seconds of the run. */
  second: z.number(),
  /** Workers that hold something of the run. */
  workers: Count,
  /** Queries that these have sent, and that are not answered yet. */
  in_flight: Count,
  /** Slices that are published and that nobody holds. */
  queued: Count,
  /** Slices that are published and not settled, held or not: the queue's depth, as an autoscaler sees it. */
  outstanding: Count,
});
export type FleetPoint = z.infer<typeof FleetPoint>;

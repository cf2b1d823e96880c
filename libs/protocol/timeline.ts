/** A run over time, as the report keeps it and as a live run tells its newest stretches. */

import { z } from "zod";
import { FleetPoint } from "./fleet.ts";
import { OUTCOME_CLASSES } from "./ledger.ts";
import { LiveServer } from "./server.ts";

const Count = z.number().int().nonnegative();

const PointLatency = z.object({
  p50: z.number().nullable(),
  p95: z.number().nullable(),
  p99: z.number().nullable(),
  /** Points of before have none. */
  p99_9: z.number().nullable().default(null),
  max: z.number().nullable(),
});

/** A stretch of the run, by intended start: a timeline's step in seconds from `second` on. */
export const TimelinePoint = z.object({
  second: Count,
  /** Load that the plan asked for: queries per second, or users. */
  load: z.number(),
  planned: Count,
  ok: Count,
  failed: Count,
  timed_out: Count,
  missed: Count,
  lost: Count,
  cancelled: Count,
  bytes: Count,
  service_ms: PointLatency,
  /** From the intended start; service time where none is intended. */
  response_ms: PointLatency,
  lag_p99_ms: z.number().nullable(),
  /** The response times as a heat map draws them (`heatOf`): cells that are not empty, each followed by its count. */
  heat: z.array(Count).default([]),
  /** Failures and timeouts by class, by when they were sent. */
  classes: z.partialRecord(z.enum(OUTCOME_CLASSES), Count).default({}),
});
export type TimelinePoint = z.infer<typeof TimelinePoint>;

/** A stretch of one query, as its points are kept; states in which none of it ended are left out. */
export const QueryPoint = z.object({
  second: Count,
  ok: Count.optional(),
  failed: Count.optional(),
  timed_out: Count.optional(),
  missed: Count.optional(),
  lost: Count.optional(),
  cancelled: Count.optional(),
  /** From the intended start; service time where none is intended. */
  response_ms: PointLatency,
  heat: z.array(Count),
  classes: z.partialRecord(z.enum(OUTCOME_CLASSES), Count),
});
export type QueryPoint = z.infer<typeof QueryPoint>;

/** One query over time: kept for those with the largest weights, in fewer points than the run's. */
export const QueryTimeline = z.object({
  query: z.string(),
  /** Seconds that one point covers. */
  step_s: Count.min(1),
  points: z.array(QueryPoint),
});
export type QueryTimeline = z.infer<typeof QueryTimeline>;

/**
 * A live run over time, all of it or a part: what comes later for a second replaces what was told of it before. Each second the
 * newest is told, and of what is older a part in turn, so that whoever begins to listen in the middle knows all before long.
 */
export const LiveTimeline = z.object({
  /** Seconds that one point covers. */
  step_s: Count.min(1),
  points: z.array(TimelinePoint),
  queries: z.array(QueryTimeline).default([]),
  fleet: z.array(FleetPoint).default([]),
  servers: z.array(LiveServer).default([]),
});
export type LiveTimeline = z.infer<typeof LiveTimeline>;

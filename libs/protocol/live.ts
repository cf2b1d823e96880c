/** The figures of a run while it goes on. */

import { z } from "zod";
import { LedgerLine, OUTCOME_CLASSES } from "./ledger.ts";
import { TOKEN } from "./names.ts";
import { Phase } from "./run.ts";
import { LiveServer } from "./server.ts";
import { LiveThreshold } from "./threshold.ts";
import { LiveTimeline } from "./timeline.ts";

const Count = z.number().int().nonnegative();

const LatencyMs = z.object({ p50: z.number(), p95: z.number(), p99: z.number(), max: z.number() });

/** One rolling window, by intended time; complete when every slice that reaches into it is settled. */
export const RollingWindow = z.object({
  length_s: Count,
  from_s: z.number(),
  to_s: z.number(),
  slices_expected: Count,
  slices_settled: Count,
  complete: z.boolean(),
  completed_per_s: z.number(),
  error_rate: z.number(),
  service_ms: LatencyMs.optional(),
});
export type RollingWindow = z.infer<typeof RollingWindow>;

/** What one query of a live run did so far, in the figures that the report has of it too. */
export const LiveQuery = z.object({
  name: z.string(),
  category: z.string(),
  ledger: LedgerLine,
  /** Intended → answered, of the ok ones; none where nothing was answered yet. */
  response_ms: LatencyMs.optional(),
});
export type LiveQuery = z.infer<typeof LiveQuery>;

/** Failures of one kind so far. */
export const LiveError = z.object({
  query: z.string(),
  class: z.enum(OUTCOME_CLASSES),
  detail: z.string(),
  count: Count,
  first_ms: z.number(),
  last_ms: z.number(),
});
export type LiveError = z.infer<typeof LiveError>;

/** The figures of a live run, each second. Aggregator → whoever looks. */
export const Live = z.object({
  v: z.literal(1),
  run: z.string().regex(TOKEN),
  at_ms: z.number(),
  phase: Phase,
  elapsed_ms: z.number(),
  duration_ms: z.number().optional(),
  /** What the plan asks for at this moment: queries per second (open), users (closed), queries in all (count). */
  load: z.number(),
  /** Of the queries planned in the last complete ten seconds. */
  offered_per_s: z.number(),
  windows: z.array(RollingWindow),
  ledger: LedgerLine,
  in_flight: Count,
  workers: Count,
  slices_settled: Count,
  slices_redelivered: Count,
  results_refused: Count,
  /** How the thresholds stand, in the order of the spec. */
  thresholds: z.array(LiveThreshold),
  /** The newest figures of the target's servers, as far as they tell any. */
  servers: z.array(LiveServer).default([]),
  /** The newest stretches of the run. */
  timeline: LiveTimeline.optional(),
  /** The first queries of the spec. */
  queries: z.array(LiveQuery).default([]),
  /** The most frequent ones. */
  errors: z.array(LiveError).default([]),
});
export type Live = z.infer<typeof Live>;

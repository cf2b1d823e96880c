/** The report: everything that a run found out, in one document. Its schema is a promise; a change raises the version. */

import { z } from "zod";
import { Comparison } from "./comparison.ts";
import { MODELS } from "./config/workload.ts";
import { FleetPoint } from "./fleet.ts";
import { LedgerLine, OUTCOME_CLASSES, REASONS } from "./ledger.ts";
import { GENERATOR_FAULTS, Phase, Verdict } from "./run.ts";
import { ServerSide } from "./server.ts";
import { ThresholdReport } from "./threshold.ts";
import { QueryTimeline, TimelinePoint } from "./timeline.ts";

export const REPORT_SCHEMA_VERSION = 3;

const Count = z.number().int().nonnegative();

/** A latency distribution in milliseconds; percentiles come from merged histograms. Absent figures: nothing was measured. */
export const Latency = z.object({
  count: Count,
  mean: z.number().nullable(),
  p50: z.number().nullable(),
  p90: z.number().nullable(),
  p95: z.number().nullable(),
  p99: z.number().nullable(),
  p99_9: z.number().nullable(),
  max: z.number().nullable(),
});
export type Latency = z.infer<typeof Latency>;

/** What is said of any group of queries: all, one, a category, a node. */
export const Figures = z.object({
  ledger: LedgerLine,
  /** Answered well, per second of the run's length. */
  ok_per_s: z.number(),
  /** Sent and answered, well or badly, per second of the run's length. */
  completed_per_s: z.number(),
  /** Share of the sent queries that failed or timed out. */
  error_rate: z.number(),
  bytes: Count,
  rows: Count,
  /** Sent twice, because a server's end of an idle connection had crossed them. */
  resent: Count.default(0),
  /** Sent → answered, of the ok ones. */
  service_ms: Latency,
  /** Intended → answered, of the ok ones; service time where no start is intended. */
  response_ms: Latency,
  /** Intended → sent; empty where no start is intended. */
  schedule_lag_ms: Latency,
  /** Sent → given up, of those that failed or timed out. */
  failed_service_ms: Latency,
  /** What the target says that it took, of the ok ones; only where it says so. */
  server_ms: Latency.optional(),
  /** Sent → delivered, of what subscriptions brought; only where there are any. */
  delivery_ms: Latency.optional(),
});
export type Figures = z.infer<typeof Figures>;

const QueryReport = Figures.extend({
  name: z.string(),
  category: z.string(),
  api: z.string(),
  template: z.string(),
  weight: z.number(),
  /** Share of the mix that the weights ask for, and that was planned. */
  share_target: z.number(),
  share_actual: z.number(),
  /** The whole service time distribution: HdrHistogram V2, compressed, base64, in microseconds. */
  service_histogram: z.string().nullable(),
});
export type QueryReport = z.infer<typeof QueryReport>;

const NodeReport = Figures.extend({
  node_id: z.string(),
  /** `lost`: it fell silent while the run was live. */
  state: z.enum(["finished", "lost"]),
  slices: Count,
  slices_redelivered: Count,
  first_ms: z.number(),
  last_ms: z.number(),
  // The worst of what it said with its results.
  loop_delay_p99_ms_max: z.number(),
  cpu_cores_max: z.number(),
  rss_mb_max: z.number(),
  clock_error_ms_max: z.number(),
});

/** The percentiles that runs are compared by. */
export const COMPARED_PERCENTS = { p50: 50, p90: 90, p99: 99, p99_9: 99.9 } as const;
export type ComparedPercentile = keyof typeof COMPARED_PERCENTS;

/** What a group of queries did in each block of the run: how the figures scatter says how sure they are. */
const Scatter = z.object({
  /** Answered well, and the sum of their service times. */
  ok: z.array(Count),
  sum_ms: z.array(z.number()),
  /** Failed or timed out. */
  bad: z.array(Count),
  /** Service times at or below the percentile of the whole run. */
  below: z.object({ p50: z.array(Count), p90: z.array(Count), p99: z.array(Count), p99_9: z.array(Count) }),
});
export type Scatter = z.infer<typeof Scatter>;

/** What is measured of the run, cut into a few dozen blocks of equal length, by intended start; the queries are in the report's order. */
const Blocks = z.object({
  length_s: Count.min(1),
  totals: Scatter,
  /** Of a run on two targets: the queries of each. */
  sides: z.object({ a: Scatter, b: Scatter }).optional(),
  queries: z.array(Scatter),
});
export type Blocks = z.infer<typeof Blocks>;

const ErrorReport = z.object({
  query: z.string(),
  class: z.enum(OUTCOME_CLASSES),
  detail: z.string(),
  count: Count,
  first_ms: z.number(),
  last_ms: z.number(),
  samples: z.array(
    z.object({ at_ms: z.number(), node_id: z.string(), message: z.string(), request: z.string() }),
  ),
});
export type ErrorReport = z.infer<typeof ErrorReport>;

const ReasonReport = z.object({
  state: z.enum(["missed", "lost", "cancelled"]),
  reason: z.enum(REASONS),
  query: z.string(),
  count: Count,
  /** Its slices, as lane.window: the first ones, and how many more there are. */
  slices: z.array(z.string()),
  slices_more: Count,
  /** Who reported it; of what is lost, the workers that fell silent with these slices, as far as that is known. */
  nodes: z.array(z.string()),
});

/** What the target held after the last query, against the ledger, and what was removed there. */
export const Aftercare = z.object({
  checks: z.array(
    z.object({
      query: z.string(),
      /** Operations that the target holds. */
      counted: Count,
      /** What it must hold: those that were answered well at the least, and those whose end is not known on top of them at the most. */
      least: Count,
      most: Count,
      holds: z.boolean(),
    }),
  ),
  cleaned: z.object({ removed: Count, left: Count }).nullable(),
  failure: z.string().nullable(),
});
export type Aftercare = z.infer<typeof Aftercare>;

/** Queries that were sent on top of the plan: further results of slices that were settled before. */
const Superseded = z.object({ results: Count, ok: Count, failed: Count, timed_out: Count, bytes: Count });

/** Results that cannot be true, or come from a leader that was deposed: nothing of them counts. */
const RefusedReport = z.object({
  why: z.string(),
  count: Count,
  /** Some of the nodes that they name. */
  nodes: z.array(z.string()),
});

/** Why users of the closed model were not driven. */
export const IDLE_REASONS = [
  "slice_turnover",
  "worker_died",
  "waiting_for_capacity",
  /** Nobody published the lane's next slice: the leader changed, or the bus was away. */
  "waiting_for_dispatch",
  /** The run was paused: its users wait, and the rest of the run with them. */
  "paused",
  "stopped",
] as const;
export type IdleReason = (typeof IDLE_REASONS)[number];

/** The closed model's second balance: planned = driven + idle, in user-seconds. */
const UserSeconds = z.object({
  planned: z.number(),
  driven: z.number(),
  idle: z.number(),
  idle_by_reason: z.object({
    slice_turnover: z.number(),
    worker_died: z.number(),
    waiting_for_capacity: z.number(),
    waiting_for_dispatch: z.number(),
    /** Reports of before there were pauses do not have it. */
    paused: z.number().default(0),
    stopped: z.number(),
  } satisfies Record<(typeof IDLE_REASONS)[number], z.ZodType>),
});
export type UserSeconds = z.infer<typeof UserSeconds>;

export const Report = z.object({
  schema_version: z.literal(REPORT_SCHEMA_VERSION),
  run_id: z.string(),
  name: z.string(),
  model: z.enum(MODELS),
  phase: Phase,
  verdict: Verdict,
  verdict_reasons: z.array(z.string()),
  /** Why the figures cannot be believed, if they cannot. */
  generator_faults: z.array(z.string()),
  /** The same by what they are, in their order; reports of before do not have them. */
  generator_fault_codes: z.array(z.enum(GENERATOR_FAULTS)).default([]),
  thresholds: z.array(ThresholdReport),
  /** The first stretch of the run: its queries are in the ledgers and on the timeline, and in no figure and no threshold. */
  warm_up: z.object({ duration_s: Count, ok: Count, failed: Count, timed_out: Count }).nullable(),
  /** How the workers gathered, and how long it took until they had the slots; reports of before do not have it. */
  muster: z
    .object({ slots_needed: Count, slots_held: Count, workers: Count, duration_ms: z.number() })
    .nullable()
    .default(null),
  started_at: z.string(),
  ended_at: z.string(),
  /** From the start to the last settled slice. */
  duration_ms: z.number(),
  /** What the plan said; none in a count model without a limit. */
  planned_duration_ms: z.number().nullable(),
  ledger: LedgerLine,
  ledger_balanced: z.boolean(),
  user_seconds: UserSeconds.nullable(),
  totals: Figures,
  queries: z.array(QueryReport),
  categories: z.array(Figures.extend({ category: z.string() })),
  /** Who sent what. Queries that nobody sent, because a slice was given up or never published, are no node's. */
  nodes: z.array(NodeReport),
  /** Seconds that one point of the timeline covers. */
  timeline_step_s: Count.min(1),
  timeline: z.array(TimelinePoint),
  /** Of the queries with the largest weights; reports of before have none. */
  query_timelines: z.array(QueryTimeline).default([]),
  /** Workers and queue over time, as the leader saw them; reports of before have none. */
  fleet: z.array(FleetPoint).default([]),
  blocks: Blocks,
  /** What the target's servers told of themselves; none where nobody was asked. Reports of before it was asked for have none. */
  server: ServerSide.nullable().default(null),
  /** Of a run on two targets: the second against the first. */
  comparison: Comparison.optional(),
  /** Of engines that leave something at the target. */
  aftercare: Aftercare.optional(),
  errors: z.array(ErrorReport),
  reasons: z.array(ReasonReport),
  superseded: Superseded,
  refused: z.array(RefusedReport),
  slices: z.object({
    planned: Count.nullable(),
    published: Count,
    settled: Count,
    redelivered: Count,
    superseded: Count,
    results_refused: Count,
  }),
  events: z.array(z.object({ at_ms: z.number(), type: z.string(), text: z.string() })),
  warnings: z.array(z.string()),
  /** The config, without its secrets. */
  spec: z.unknown(),
  seed: Count,
  schedule_hash: z.string(),
  versions: z.record(z.string(), z.string()),
});
export type Report = z.infer<typeof Report>;

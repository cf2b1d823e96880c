/** What a comparison of runs says: one document, of which text, Markdown and JSON are faces. Its schema is a promise. */

import { z } from "zod";
import { Verdict } from "./run.ts";

export const COMPARISON_SCHEMA_VERSION = 1;

/** What is compared, per query and in total; latencies are service times of what was answered well. */
export const COMPARED_METRICS = ["p50", "p90", "p99", "p99_9", "mean", "error_rate", "rate"] as const;
export type ComparedMetric = (typeof COMPARED_METRICS)[number];

/**
 * better, worse: the whole interval of the difference lies beyond the least effect that matters.
 * same: no such difference is shown; the interval says how large a one could hide.
 * unknown: there is too little to say anything.
 */
export const RowVerdict = z.enum(["better", "same", "worse", "unknown"]);
export type RowVerdict = z.infer<typeof RowVerdict>;

const ComparisonRow = z.object({
  /** None in the rows of all queries together. */
  query: z.string().nullable(),
  metric: z.enum(COMPARED_METRICS),
  /** Milliseconds, queries per second, or a share; of several runs the mean, geometric where the difference is relative. */
  baseline: z.number(),
  contender: z.number(),
  /** Relative: 0.1 is a tenth more. Of the error rate it is the difference itself. */
  difference: z.number(),
  /** The difference's interval at the comparison's confidence; an end that is open is null. */
  low: z.number().nullable(),
  high: z.number().nullable(),
  /** The difference that repeats of one and the same run show by themselves; null without repeats. */
  noise: z.number().nullable(),
  verdict: RowVerdict,
});
export type ComparisonRow = z.infer<typeof ComparisonRow>;

const Side = z.object({
  name: z.string(),
  runs: z.array(z.object({ run_id: z.string(), started_at: z.string(), verdict: Verdict })),
});

/** Something besides the figures in which the two sides differ. */
const Unlike = z.object({
  kind: z.enum(["schedule", "target", "environment", "run"]),
  what: z.string(),
  baseline: z.string(),
  contender: z.string(),
});
export type Unlike = z.infer<typeof Unlike>;

export const Comparison = z.object({
  schema_version: z.literal(COMPARISON_SCHEMA_VERSION),
  /** inconclusive: the figures of one of the runs cannot be believed, or too little was measured to compare them. */
  verdict: z.enum(["better", "same", "worse", "inconclusive"]),
  verdict_reasons: z.array(z.string()),
  baseline: Side,
  contender: Side,
  unlike: z.array(Unlike),
  /** That all rows together hold, as far as runs scatter within themselves. */
  confidence: z.number(),
  /** The least relative difference that matters, and the least difference of error rates. */
  min_effect: z.number(),
  min_error_effect: z.number(),
  rows: z.array(ComparisonRow),
});
export type Comparison = z.infer<typeof Comparison>;

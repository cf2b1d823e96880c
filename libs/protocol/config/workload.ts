/** The `workload` part of a config: how much load, in which model, for how long. */

import { z } from "zod";
import { Duration } from "./scalars.ts";

export const MODELS = ["closed", "open", "count"] as const;

/** Bounds on what one run may ask for, so that a slip of the pen cannot ask for a million users. */
export const WORKLOAD_LIMITS = {
  users: 100_000,
  queriesPerSecond: 1_000_000,
  queries: 1_000_000_000,
  stages: 100,
  lanes: 10_000,
} as const;

/** How a search for the highest load goes on. */
const Search = z.strictObject({
  load: z
    .enum(["open", "closed"])
    .default("open")
    .describe("what is raised: queries per second (open) or users (closed)"),
  from: z.number().positive().describe("the first load; each step doubles it until the thresholds fail"),
  to: z.number().positive().describe("the highest load that it may ask for"),
  settle: Duration.default(5000).describe(
    "how long each step takes to reach its load; whole seconds, of which nothing counts",
  ),
  step: Duration.default(20_000).describe("how long each step stays at its load"),
  precision: z
    .number()
    .min(0.005)
    .max(0.5)
    .default(0.02)
    .describe("how near the loads that pass and fail must come, as a share of the load"),
  confirm: z.number().int().min(0).max(20).default(3).describe("how often both loads are tried again"),
});
export type Search = z.infer<typeof Search>;

const Stage = z.strictObject({
  duration: Duration,
  target: z.number().min(0).describe("users (closed) or queries per second (open) at the end of the stage"),
});

export const Workload = z.strictObject({
  model: z
    .enum([...MODELS, "search"])
    .default("closed")
    .describe(
      "closed: users that wait for their answers; open: a rate that never waits; count: a number of queries; search: runs one behind another that find the highest load which meets the thresholds",
    ),
  search: Search.optional().describe("search: from which load to which, in what steps"),
  total_concurrent_users: z
    .number()
    .int()
    .min(1)
    .max(WORKLOAD_LIMITS.users)
    .optional()
    .describe("closed and count: users of all workers together"),
  target_qps: z
    .number()
    .positive()
    .max(WORKLOAD_LIMITS.queriesPerSecond)
    .optional()
    .describe("open: queries per second of all workers together"),
  total_queries: z
    .number()
    .int()
    .min(1)
    .max(WORKLOAD_LIMITS.queries)
    .optional()
    .describe("count: queries in all"),
  duration: Duration.optional().describe("length of the run, ramp included; in the count model a limit"),
  ramp_up_time: Duration.optional().describe("from nothing to the full load, in a straight line"),
  warm_up: Duration.optional().describe(
    "the first stretch of the run: its queries are sent and counted in the ledger, but in no figure and no threshold",
  ),
  stages: z
    .array(Stage)
    .min(1)
    .max(WORKLOAD_LIMITS.stages)
    .optional()
    .describe(
      "straight lines from one load to the next, beginning at nothing; in place of duration and ramp",
    ),
  arrival: z
    .enum(["constant", "poisson"])
    .default("constant")
    .describe("open: even spacing, or random arrivals of the same rate"),
  think_time: Duration.default(0).describe("closed: a user's pause between an answer and the next query"),
  lanes: z
    .number()
    .int()
    .min(1)
    .max(WORKLOAD_LIMITS.lanes)
    .optional()
    .describe("into how many shares the load is cut; chosen from the load when not given"),
});
export type Workload = z.infer<typeof Workload>;

/** From when on queries are measured, in whole seconds of the run: by intended start, or by the send where none is intended. */
export function measuredFromS({ warm_up: warmUpMs = 0 }: Workload): number {
  return warmUpMs / 1000;
}

/** The length of the run as written; undefined where nothing limits it. */
export function durationOf({ duration, stages }: Workload): number | undefined {
  return stages ? stages.reduce((sum, stage) => sum + stage.duration, 0) : duration;
}

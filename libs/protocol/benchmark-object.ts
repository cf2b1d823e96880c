/** A BenchmarkConfig as an object of a Kubernetes API: what the operator reads of it, and the status that it writes. */

import { z } from "zod";
import { API_VERSION } from "./config/schema.ts";
import { Verdict } from "./run.ts";

const [GROUP = "", VERSION = ""] = API_VERSION.split("/");

/** Its place in the API. */
export const BENCHMARK_RESOURCE = {
  group: GROUP,
  version: VERSION,
  kind: "BenchmarkConfig",
  plural: "benchmarkconfigs",
  singular: "benchmarkconfig",
} as const;

/** While an object has it, its run is not stopped yet: the API keeps the object until it is taken off. */
export const FINALIZER = `${GROUP}/run`;

const CONDITION_TYPES = ["Accepted", "Complete", "Passed"] as const;
export type ConditionType = (typeof CONDITION_TYPES)[number];

/** As the API's conventions have them. */
export const Condition = z.object({
  type: z
    .enum(CONDITION_TYPES)
    .describe("Accepted: the spec, as it is; Complete: its run is over; Passed: the run's verdict"),
  status: z.enum(["True", "False", "Unknown"]),
  reason: z.string().describe("why, as one word"),
  message: z.string().describe("why, for people"),
  lastTransitionTime: z.string().describe("when the status became what it is"),
  observedGeneration: z.number().int().describe("the spec that it is about"),
});
export type Condition = z.infer<typeof Condition>;

export const BenchmarkStatus = z.object({
  observedGeneration: z.number().int().optional().describe("the spec that was last taken up, or refused"),
  phase: z.string().optional().describe("Invalid, Waiting, or the phase of its run"),
  runId: z.string().optional().describe("the run that it is, or was last"),
  seriesId: z.string().optional().describe("the series of runs that it is"),
  progress: z.string().optional().describe("how much of the run's time is over"),
  verdict: Verdict.optional().describe("passed, failed or inconclusive"),
  report: z
    .object({ store: z.string(), name: z.string(), path: z.string() })
    .optional()
    .describe("where the report is: its name in the object store, and its path on a coordinator"),
  startTime: z.string().optional(),
  completionTime: z.string().optional(),
  message: z.string().optional().describe("what is to be known of it, in a sentence"),
  conditions: z.array(Condition).optional(),
});
export type BenchmarkStatus = z.infer<typeof BenchmarkStatus>;

export const BenchmarkObject = z.object({
  metadata: z.object({
    name: z.string(),
    namespace: z.string(),
    uid: z.string(),
    resourceVersion: z.string(),
    generation: z.number().int(),
    labels: z.record(z.string(), z.string()).optional(),
    finalizers: z.array(z.string()).optional(),
    deletionTimestamp: z.string().optional(),
  }),
  spec: z.unknown(),
  status: BenchmarkStatus.optional(),
});
export type BenchmarkObject = z.infer<typeof BenchmarkObject>;

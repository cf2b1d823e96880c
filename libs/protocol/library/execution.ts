/** An execution: a plan, a suite or a scenario that is run, stage by stage; its state, its events and its result. */

import { z } from "zod";
import { TOKEN } from "../names.ts";
import { Phase, Verdict } from "../run.ts";
import { RUNNABLE_KINDS, STAGE_ENDS } from "./documents.ts";

const Count = z.number().int().nonnegative();

/** A stage as it was when the execution began: a later change of the library does not touch it. */
const ExecutionStage = z.object({
  name: z.string(),
  /** How stages before must have ended. */
  if: z.record(z.string(), z.array(z.enum(STAGE_ENDS))),
  /** A failure of the stage ends the execution. */
  stops: z.boolean(),
  /** A failed run ends the stage. */
  cuts: z.boolean(),
  scenarios: z.array(z.string()).min(1),
  state: z.enum(["waiting", "running", ...STAGE_ENDS]),
});
export type ExecutionStage = z.infer<typeof ExecutionStage>;

/** What became of one run, or of one series where the scenario asks for one. */
export const Outcome = z.object({
  stage: Count,
  /** Its place in the stage. */
  run: Count,
  /** The first one of a series. */
  run_id: z.string(),
  series: z.string().optional(),
  phase: Phase,
  verdict: Verdict,
  reason: z.string().optional(),
});
export type Outcome = z.infer<typeof Outcome>;

const EVENT_TYPES = [
  "created",
  "stage_started",
  "stage_ended",
  "run_started",
  "run_ended",
  "stopping",
  "ended",
] as const;

const ExecutionEvent = z.object({
  at_ms: z.number(),
  type: z.enum(EVENT_TYPES),
  stage: z.string().optional(),
  run_id: z.string().optional(),
  text: z.string(),
});
export type ExecutionEvent = z.infer<typeof ExecutionEvent>;

/** In the bucket of runs, under `execution.<id>`; the configs of its runs stand under `spec.<id>.<n>`, counted from 1. */
export const Execution = z.object({
  v: z.literal(1),
  id: z.string().regex(TOKEN),
  kind: z.enum(RUNNABLE_KINDS),
  name: z.string(),
  /** Of what it executes, in the library. */
  revision: Count,
  phase: z.enum(["running", "completed", "stopped", "failed"]),
  /** The worst of its stages. */
  verdict: Verdict.optional(),
  created_ms: z.number(),
  created_by: z.string(),
  ended_ms: z.number().optional(),
  /** The schedule that started it, and for which time. */
  schedule: z.string().optional(),
  fire_ms: z.number().optional(),
  failure: z.string().optional(),
  /** Somebody asked for its end. */
  stopping: z.object({ by: z.string(), reason: z.string() }).optional(),
  stages: z.array(ExecutionStage),
  /** The run that is live, or is about to be: written before it is made, so that it is never made twice. */
  current: z
    .object({ stage: Count, run: Count, run_id: z.string(), created_ms: z.number(), tail: Count })
    .optional(),
  outcomes: z.array(Outcome),
  events: z.array(ExecutionEvent),
});
export type Execution = z.infer<typeof Execution>;

export const executionKey = (id: string) => `execution.${id}`;

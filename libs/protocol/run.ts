/** A run as it is stored, and the messages about it: control and events. */

import { z } from "zod";
import { Change } from "./change.ts";
import { Problem } from "./config/problems.ts";
import { MODELS } from "./config/workload.ts";
import { TOKEN } from "./names.ts";

const Count = z.number().int().nonnegative();

/**
 * What a run goes through; the last four are final. One that is created waits until somebody starts it; one that awaits
 * approval, until somebody else says that it may; one that is aborted was ended by a threshold.
 */
export const PHASES = [
  "created",
  "requested",
  "awaiting_approval",
  "mustering",
  "running",
  "paused",
  "draining",
  "reporting",
  "completed",
  "stopped",
  "aborted",
  "failed",
] as const;
export const Phase = z.enum(PHASES);
export type Phase = z.infer<typeof Phase>;

const FINAL_PHASES: ReadonlySet<Phase> = new Set(["completed", "stopped", "aborted", "failed"]);

export function isFinal(phase: Phase): boolean {
  return FINAL_PHASES.has(phase);
}

/** Whether a leader drives it. */
export function isLive(phase: Phase): boolean {
  return phase !== "created" && !isFinal(phase);
}

/**
 * What speaks against the generator. unbalanced: its books. unsent: too much was missed or lost. idle, undispatched: users were not
 * driven. late: sends. short_of_cpu: workers. clock: one that is not known well enough.
 */
export const GENERATOR_FAULTS = [
  "unbalanced",
  "unsent",
  "idle",
  "undispatched",
  "late",
  "short_of_cpu",
  "clock",
] as const;
export type GeneratorFault = (typeof GENERATOR_FAULTS)[number];

export const Verdict = z.enum(["passed", "failed", "inconclusive"]);
export type Verdict = z.infer<typeof Verdict>;

/** What a run asks for at most, and of whom: what caps are held against. */
export const Demand = z.object({
  /** Host and port. */
  target: z.string(),
  /** A second target, of which as much is asked: a rate at once, users of one after the other. */
  second_target: z.string().optional(),
  /** Queries per second, in the open model. */
  rate: z.number().nonnegative(),
  /** In the closed and count models. */
  users: Count,
  in_flight: Count,
  duration_ms: z.number().optional(),
});
export type Demand = z.infer<typeof Demand>;

/** Why a run needs somebody else's word before it begins, and what became of that. */
export const Approval = z.object({
  state: z.enum(["awaited", "approved", "refused"]),
  reasons: z.array(z.string()),
  /** Without a word until then it is refused. */
  until_ms: z.number(),
  /** Who said so, and why. */
  by: z.string().optional(),
  reason: z.string().optional(),
});
export type Approval = z.infer<typeof Approval>;

/** A run's record in the bucket of runs, under `run.<id>`. */
export const RunRecord = z.object({
  v: z.literal(1),
  id: z.string().regex(TOKEN),
  name: z.string(),
  model: z.enum(MODELS),
  phase: Phase,
  epoch: Count,
  /** Of the spec, which stands under `spec.<id>.<revision>`. */
  revision: Count,
  /** What was changed in it while it ran. */
  changes: z.array(Change).default([]),
  seed: Count,
  schedule_hash: z.string(),
  created_ms: z.number(),
  t0_ms: z.number().optional(),
  /** The planned length of the run; none in a count model without a limit. */
  duration_ms: z.number().optional(),
  /** Queries that the plan has; none in the closed model. */
  planned: Count.optional(),
  slots_needed: Count,
  slots_held: Count.optional(),
  demand: Demand.optional(),
  /** The targets that were allowed when it was accepted: workers connect to no others. */
  allowed: z.object({ rules: z.array(z.string()), local: z.boolean() }).optional(),
  ended_ms: z.number().optional(),
  verdict: Verdict.optional(),
  verdict_reasons: z.array(z.string()).default([]),
  /** Why it failed. */
  failure: z.string().optional(),
  /** Of the config's metadata. */
  labels: z.record(z.string(), z.string()).default({}),
  /** Who asked for it, as far as that is known. */
  created_by: z.string().optional(),
  /** The run whose config it has. */
  cloned_from: z.string().optional(),
  /** What the idempotency key of its request became. */
  request_key: z.string().optional(),
  /** The series that it is a run of. */
  series: z.string().optional(),
  /** The execution of a plan that it is a part of. */
  execution: z.string().optional(),
  /** Its target is one of production. */
  production: z.boolean().optional(),
  approval: Approval.optional(),
  /** What was accepted but deserves a word, such as a secret in the file. */
  warnings: z.array(z.string()).default([]),
});
export type RunRecord = z.infer<typeof RunRecord>;

export const runKey = (id: string) => `run.${id}`;
export const specKey = (id: string, revision: number) => `spec.${id}.${revision}`;
/** What somebody wants a running run to be: a config, as it is written. */
export const wantedKey = (id: string) => `wanted.${id}`;
/** What became of it. */
export const judgedKey = (id: string) => `judged.${id}`;

/** The last wanted spec that was looked at, by its revision in the bucket: no later leader looks at it again. */
export const Judged = z.object({
  v: z.literal(1),
  revision: Count,
  at_ms: z.number(),
  /** Whether the run is what it says. */
  holds: z.boolean(),
  problems: z.array(Problem),
});
export type Judged = z.infer<typeof Judged>;

/**
 * The state of a live run, repeated by the leader each second: a lost one does no harm.
 * Workers let their muster slices go when it says `running`, and stop sending when it says `stop`.
 */
export const Control = z.object({
  v: z.literal(1),
  run: z.string().regex(TOKEN),
  epoch: Count,
  phase: Phase,
  stop: z.boolean(),
  /** What is in flight ends at once, without grace. */
  kill: z.boolean().optional(),
  /** The run's last revision; the first one where it is not said. */
  revision: Count.optional(),
  /** The last slice in the queue when the leader took over: one behind it that carries a lower epoch is a deposed leader's. */
  fence_seq: Count,
  /** The pool's workers and their medians, so that a worker can tell its own trouble from everybody's. */
  fleet: z.object({ workers: Count, loop_delay_p99_ms: z.number(), lag_p99_ms: z.number() }),
});
export type Control = z.infer<typeof Control>;

const event = { v: z.literal(1), run: z.string().regex(TOKEN), at_ms: z.number(), epoch: Count };

/** The audit trail of a run, and what the aggregator needs besides results. */
export const RunEvent = z.discriminatedUnion("type", [
  z.object({ ...event, type: z.literal("accepted"), name: z.string(), by: z.string().optional() }),
  z.object({
    ...event,
    type: z.literal("approval_awaited"),
    reasons: z.array(z.string()),
    until_ms: z.number(),
  }),
  z.object({ ...event, type: z.literal("approved"), by: z.string(), reason: z.string().optional() }),
  /** By nobody, where nobody came to say anything in time. */
  z.object({ ...event, type: z.literal("approval_refused"), by: z.string().optional(), reason: z.string() }),
  z.object({ ...event, type: z.literal("mustering"), slots_needed: Count }),
  z.object({
    ...event,
    type: z.literal("started"),
    t0_ms: z.number(),
    slots_held: Count,
    nodes: z.array(z.string()),
  }),
  z.object({
    ...event,
    type: z.literal("stopping"),
    reason: z.string(),
    /** By a threshold. */
    aborted: z.boolean().optional(),
    run_ms: z.number(),
  }),
  /** The aggregator saw that a threshold does not hold which is to end the run: its place in the spec, and what was seen. */
  z.object({ ...event, type: z.literal("threshold_crossed"), threshold: Count, words: z.string() }),
  /** What was in flight is cut short. */
  z.object({ ...event, type: z.literal("killed"), reason: z.string(), run_ms: z.number() }),
  /** Said once the log of results has the change. */
  z.object({ ...event, type: z.literal("paused"), change: Change }),
  z.object({ ...event, type: z.literal("resumed"), change: Change }),
  z.object({ ...event, type: z.literal("changed"), change: Change }),
  /** What the run was to become is not what can be changed while it runs; it goes on as it was. */
  z.object({ ...event, type: z.literal("spec_refused"), by: z.string(), problems: z.array(Problem) }),
  z.object({ ...event, type: z.literal("node_joined"), node: z.string() }),
  /** With the slices that it held when it was last heard, as lane.window. */
  z.object({ ...event, type: z.literal("node_lost"), node: z.string(), slices: z.array(z.string()) }),
  /** Another leader drives the run from here on. */
  z.object({ ...event, type: z.literal("taken_over"), node: z.string() }),
  /** The run is over, as the log of results says at its end: so many slices were published per lane. */
  z.object({
    ...event,
    type: z.literal("drained"),
    slices_published: z.array(Count),
    stopped: z.boolean(),
    /** By a threshold. */
    aborted: z.boolean().optional(),
    run_ms: z.number(),
  }),
  z.object({
    ...event,
    type: z.literal("reported"),
    verdict: Verdict,
    verdict_reasons: z.array(z.string()),
  }),
  z.object({ ...event, type: z.literal("completed"), phase: Phase }),
  z.object({ ...event, type: z.literal("failed"), reason: z.string() }),
  /** A result processor could not be told something: a dead letter, by the id of what it says. */
  z.object({
    ...event,
    type: z.literal("processor_failed"),
    /** Where it was asked for, such as `spec.processors[0]`. */
    processor: z.string(),
    kind: z.string(),
    hook: z.string(),
    id: z.string(),
    reason: z.string(),
  }),
]);
export type RunEvent = z.infer<typeof RunEvent>;

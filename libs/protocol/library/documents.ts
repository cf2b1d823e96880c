/** What a library holds: scenarios, suites of them, plans of suites in stages, and schedules; each a YAML document of its own. */

import { z } from "zod";
import { Duration } from "../config/scalars.ts";
import { API_VERSION, WrittenConfig } from "../config/schema.ts";
import { TOKEN } from "../names.ts";
import type { Verdict } from "../run.ts";

export const LIBRARY_KINDS = ["scenario", "suite", "plan", "schedule"] as const;
export type LibraryKind = (typeof LIBRARY_KINDS)[number];

/** What can be run: a schedule is not run, it runs something. */
export const RUNNABLE_KINDS = ["scenario", "suite", "plan"] as const;
export type RunnableKind = (typeof RUNNABLE_KINDS)[number];

/** An execution of more runs than this is a mistake; so are lists that nobody reads. */
export const LIBRARY_LIMITS = {
  runs: 100,
  stages: 20,
  scenarios: 50,
  parameters: 50,
  entries: 1000,
} as const;

const Name = z.string().regex(TOKEN);
const description = z.string().max(1000).optional().describe("for people");

const metadata = z.strictObject({
  name: Name.describe("letters, digits, - and _: what it is called by"),
  labels: z.record(z.string(), z.string()).optional(),
  annotations: z.record(z.string(), z.string()).optional(),
});

const Values = z.record(z.string().min(1).max(200), z.unknown()).default({});
const parameters = Values.describe("values of the scenarios' parameters, by name");
const set = Values.describe("values of the configs that are to differ, by path: workload.duration");

const Parameter = z.strictObject({
  path: z.string().min(1).max(200).describe("where its value goes in the config: workload.target_qps"),
  default: z.unknown().optional().describe("without one it must be given"),
  description,
});

const Scenario = z.strictObject({
  apiVersion: z.literal(API_VERSION),
  kind: z.literal("Scenario"),
  metadata,
  spec: z.strictObject({
    description,
    parameters: z.record(Name, Parameter).default({}),
    config: z.record(z.string(), z.unknown()).describe("a BenchmarkConfig, whole"),
  }),
});

const Suite = z.strictObject({
  apiVersion: z.literal(API_VERSION),
  kind: z.literal("Suite"),
  metadata,
  spec: z.strictObject({
    description,
    on_failure: z
      .enum(["go_on", "stop"])
      .default("go_on")
      .describe("what becomes of the rest when a run has failed"),
    set: set.describe("the same for every scenario"),
    scenarios: z
      .array(z.strictObject({ scenario: Name, parameters, set }))
      .min(1)
      .max(LIBRARY_LIMITS.scenarios)
      .describe("run one behind another"),
  }),
});

/** How a stage may have ended; one whose condition does not hold is skipped. */
export const STAGE_ENDS = ["passed", "failed", "inconclusive", "skipped"] as const;
const StageEnd = z.enum(STAGE_ENDS);
const StageEnds = z.union([StageEnd, z.array(StageEnd).min(1)]);

const Stage = z.strictObject({
  name: Name,
  suite: Name.optional(),
  scenario: Name.optional(),
  parameters,
  set,
  if: z
    .record(Name, StageEnds)
    .default({})
    .describe("how stages before must have ended for this one to run: {smoke: passed}"),
  on_failure: z
    .enum(["stop", "go_on"])
    .default("stop")
    .describe("what becomes of the stages behind when this one has failed"),
});

const Plan = z.strictObject({
  apiVersion: z.literal(API_VERSION),
  kind: z.literal("Plan"),
  metadata,
  spec: z.strictObject({ description, stages: z.array(Stage).min(1).max(LIBRARY_LIMITS.stages) }),
});

const Schedule = z.strictObject({
  apiVersion: z.literal(API_VERSION),
  kind: z.literal("Schedule"),
  metadata,
  spec: z.strictObject({
    description,
    cron: z.string().max(200).describe("five fields, or six with seconds first"),
    time_zone: z.string().max(100).default("UTC").describe("such as Europe/Berlin"),
    plan: Name.optional(),
    suite: Name.optional(),
    scenario: Name.optional(),
    parameters,
    set,
    paused: z.boolean().default(false),
    overlap: z
      .enum(["skip", "allow"])
      .default("skip")
      .describe("what becomes of a start while the one before still runs"),
    grace: Duration.default(600_000).describe("so late a start that was missed is made up for, once"),
  }),
});

/** By what a document calls itself; a BenchmarkConfig is a scenario as it is. */
export const LIBRARY_SCHEMAS = { Scenario, Suite, Plan, Schedule } as const;

const LibraryDocument = z.discriminatedUnion("kind", [WrittenConfig, Scenario, Suite, Plan, Schedule]);

export type ScenarioSpec = z.infer<typeof Scenario>["spec"];
export type SuiteSpec = z.infer<typeof Suite>["spec"];
export type PlanSpec = z.infer<typeof Plan>["spec"];
export type ScheduleSpec = z.infer<typeof Schedule>["spec"];
export type Values = z.infer<typeof Values>;

/** The verdicts that a run may have, from the best to the worst. */
export const WORST_LAST: readonly Verdict[] = ["passed", "inconclusive", "failed"];

/** The JSON Schema for editors. */
export function libraryJsonSchema(target: "draft-7" | "draft-2020-12" = "draft-7"): Record<string, unknown> {
  return z.toJSONSchema(LibraryDocument, { io: "input", target }) as Record<string, unknown>;
}

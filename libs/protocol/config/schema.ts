/** The config as a whole: `apiVersion: benchmark.victorialogs.io/v1`, `kind: BenchmarkConfig`. */

import { z } from "zod";
import { EngineChoice } from "./engines.ts";
import { REPORT_FORMATS } from "./formats.ts";
import { Processors } from "./processors.ts";
import { QUERY_LIMITS, Query, Variables } from "./queries.ts";
import { Duration } from "./scalars.ts";
import { type AskedQuery, pairQueries, Targets } from "./sides.ts";
import { Target } from "./target.ts";
import { THRESHOLD_LIMITS, Threshold } from "./thresholds.ts";
import { Workload } from "./workload.ts";

const Resources = z.strictObject({
  cpu: z.union([z.string(), z.number()]).optional(),
  memory: z.string().optional(),
});

/** Which workers may run it, and how many of them a deployment is asked for. */
const Workers = z.strictObject({
  replicas: z.number().int().min(1).max(10_000).optional(),
  pool: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,32}$/)
    .default("default")
    .describe("only workers of this pool run it"),
  resources: z.strictObject({ requests: Resources.optional(), limits: Resources.optional() }).optional(),
});

const Reporting = z.strictObject({
  formats: z.array(z.enum(REPORT_FORMATS)).min(1).default(["json", "csv", "html"]),
  storage: z
    .strictObject({
      type: z.enum(["persistent_volume", "none"]),
      path: z.string().startsWith("/").optional(),
    })
    .optional()
    .describe("a folder that the aggregator writes the report files to besides the object store"),
});

/** How a run waits for workers. */
const Muster = z.strictObject({
  timeout: Duration.default(60_000).describe(
    "how long to wait until workers hold all the slots that the run needs",
  ),
  on_timeout: z
    .enum(["fail", "start"])
    .default("fail")
    .describe("fail: refuse the run; start: begin with the slots that are there"),
});

/** Repeats beyond these say little more about the noise. */
const MAX_REPEATS = 50;

const WrittenSpec = z.strictObject({
  target: Target.optional(),
  targets: Targets.optional().describe(
    "in place of target: the same queries are asked of two targets in turn, and compared",
  ),
  workload: Workload,
  queries: z.array(Query).min(1).max(QUERY_LIMITS.queries),
  variables: Variables.default({}).describe("variables that every query may use"),
  thresholds: z
    .array(Threshold)
    .max(THRESHOLD_LIMITS.thresholds)
    .default([])
    .describe("what must hold for the run to pass"),
  seed: z
    .number()
    .int()
    .min(0)
    .max(4_294_967_295)
    .optional()
    .describe("of everything random; drawn and reported when not given"),
  repeat: z
    .number()
    .int()
    .min(1)
    .max(MAX_REPEATS)
    .default(1)
    .describe("so many runs of the same schedule, one behind the other: what differs between them is noise"),
  late: z
    .enum(["miss", "replay"])
    .default("miss")
    .describe(
      "open: what becomes of queries whose time has passed when a worker gets them; replay sends them late",
    ),
  muster: Muster.default({ timeout: 60_000, on_timeout: "fail" }),
  engine: EngineChoice.default({ name: "victorialogs", options: {} }),
  workers: Workers.default({ pool: "default" }),
  reporting: Reporting.default({ formats: ["json", "csv", "html"] }),
  processors: Processors.default([]).describe("who is told what of the run, and what is made of it"),
});
export type WrittenSpec = z.infer<typeof WrittenSpec>;

/** A spec as it is run: of two targets the first stands as its target too, and each query is there for either side. */
export type Spec = Omit<WrittenSpec, "target" | "queries"> & {
  readonly target: Target;
  readonly queries: AskedQuery[];
};

export const API_VERSION = "benchmark.victorialogs.io/v1";

export const WrittenConfig = z.strictObject({
  apiVersion: z.literal(API_VERSION),
  kind: z.literal("BenchmarkConfig"),
  metadata: z.strictObject({
    name: z.string().min(1).max(64),
    labels: z.record(z.string(), z.string()).optional(),
    annotations: z.record(z.string(), z.string()).optional(),
  }),
  spec: WrittenSpec,
});

export type WrittenConfig = z.infer<typeof WrittenConfig>;
/** A config that was validated: defaults filled in, durations in milliseconds. */
export type BenchmarkConfig = Omit<WrittenConfig, "spec"> & { readonly spec: Spec };
/** The same config as it is written and stored: what zod reads. */
export type ConfigDocument = z.input<typeof WrittenConfig>;

/** A valid config as it is run. */
export function asRun(written: WrittenConfig): BenchmarkConfig {
  const { target, targets, queries } = written.spec;
  const first = target ?? targets?.a;
  if (!first) throw new RangeError("a valid config has a target");
  const asked = targets ? pairQueries(queries, targets) : queries;
  return { ...written, spec: { ...written.spec, target: first, queries: asked } };
}

/** The JSON Schema for editors (draft 7), made from the same zod schema; the API's documents take a later draft. */
export function configJsonSchema(target: "draft-7" | "draft-2020-12" = "draft-7"): Record<string, unknown> {
  return z.toJSONSchema(WrittenConfig, { io: "input", target }) as Record<string, unknown>;
}

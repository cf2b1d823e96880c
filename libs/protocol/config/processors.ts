/** The `processors` part of a config, and of an aggregator's settings: who is told what of a run, and what is made of it. */

import { z } from "zod";
import { REPORT_FORMATS } from "./formats.ts";
import { Duration, MODULE_NAME } from "./scalars.ts";

/** What a processor may be told: slices as they are settled, windows as they are closed, the end of a run. */
export const HOOKS = ["slices", "window", "end"] as const;
export type Hook = (typeof HOOKS)[number];

export const PROCESSOR_LIMITS = {
  /** In one list: each has a queue of its own. */
  processors: 10,
  /** The longest that one request of a webhook may take. */
  requestMs: 30_000,
  /** The longest that the end of a run is tried for, before it is given up. */
  retryMs: 600_000,
} as const;

/** Where a processor's secret comes from; the aggregator resolves it. */
const Source = z.union([
  z.strictObject({ env: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/) }),
  z.strictObject({ file: z.string().min(1) }),
]);

const on = z.array(z.enum(HOOKS)).min(1).default(["end"]).describe("what it is told");
const path = z
  .string()
  .default(".")
  .describe("a folder below the aggregator's LOGBURST_RESULTS_DIR; each run has one of its own in it");

export const WebhookConfig = z.strictObject({
  type: z.literal("webhook"),
  url: z
    .string()
    .optional()
    .describe("http or https; url_from keeps an address that is a secret out of the file"),
  url_from: Source.optional(),
  secret_from: Source.optional().describe("signs each message (Standard Webhooks); unsigned without one"),
  on,
  timeout: Duration.default(10_000).describe("of one request"),
  retry_for: Duration.default(120_000).describe("how long the end of a run is tried for"),
});
export type WebhookConfig = z.infer<typeof WebhookConfig>;

const FilesConfig = z.strictObject({
  type: z.literal("files"),
  path,
  formats: z.array(z.enum(REPORT_FORMATS)).min(1).default(["json", "junit"]),
});

const GateConfig = z.strictObject({
  type: z.literal("gate"),
  path,
  inconclusive: z
    .enum(["fail", "pass"])
    .default("fail")
    .describe("what a run means whose figures cannot be believed"),
});
export type GateConfig = z.infer<typeof GateConfig>;

const ModuleConfig = z.strictObject({
  type: z.literal("module"),
  module: z
    .string()
    .regex(MODULE_NAME)
    .describe("one that the aggregator's LOGBURST_PROCESSOR_MODULES allows"),
  on,
  options: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
    .default({})
    .describe("what the module is given; no place for secrets"),
});
export type ModuleConfig = z.infer<typeof ModuleConfig>;

export const ProcessorConfig = z.discriminatedUnion("type", [
  WebhookConfig,
  FilesConfig,
  GateConfig,
  ModuleConfig,
]);
export type ProcessorConfig = z.infer<typeof ProcessorConfig>;

export const Processors = z.array(ProcessorConfig).max(PROCESSOR_LIMITS.processors);

/** What a processor of this config is told. */
export function hooksOf(config: ProcessorConfig): readonly Hook[] {
  return "on" in config ? config.on : ["end"];
}

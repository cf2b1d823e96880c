/** From a processor's config to the processor. */

import type { Hook, ProcessorConfig } from "../protocol/config/processors.ts";
import type { AllowedModules } from "../runtime/modules.ts";
import { createFiles, type ResultsFolder } from "./files.ts";
import { createGate } from "./gate.ts";
import { createModuleProcessor } from "./module.ts";
import type { Processor } from "./processor.ts";
import { createWebhook, type WebhookParts } from "./webhook/webhook.ts";

export interface ProcessorParts extends WebhookParts, ResultsFolder {
  readonly modules: AllowedModules;
}

/** @throws LogburstError where a secret is missing, or something is not allowed */
export function openProcessor(config: ProcessorConfig, parts: ProcessorParts): Processor {
  switch (config.type) {
    case "webhook":
      return createWebhook(config, parts);
    case "files":
      return createFiles(config.formats, config.path, parts);
    case "gate":
      return createGate(config, parts.resultsDir);
    case "module":
      return createModuleProcessor(config, parts.modules);
    default:
      return config satisfies never;
  }
}

/** What has no limit of its own: much more than a file takes. */
const USUAL_LIMIT_MS = 30_000;
/** Slices and windows are worth little later. */
const FRESH_LIMIT_MS = 10_000;

/** How long a call may take before it counts as failed. */
export function callLimitMs(config: ProcessorConfig, hook: Hook): number {
  if (hook !== "end") return FRESH_LIMIT_MS;
  return config.type === "webhook" ? config.retry_for + config.timeout : USUAL_LIMIT_MS;
}

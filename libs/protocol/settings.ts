/** Settings of the services that change while they run: the document that says them, and what a service says of its own. */

import { z } from "zod";
import { Duration } from "./config/scalars.ts";
import { API_VERSION } from "./config/schema.ts";
import { LOG_LEVELS } from "./log-line.ts";

/** The key of the document in the bucket of settings. */
export const SETTINGS_KEY = "services";

/** Larger than any list that a person keeps. */
export const MAX_SETTINGS_BYTES = 256 * 1024;

const MAX_RULES = 1000;

const Caps = z.strictObject({
  rate: z.number().nonnegative().optional().describe("queries per second"),
  users: z.number().int().nonnegative().optional(),
  in_flight: z.number().int().nonnegative().optional(),
  duration: Duration.optional(),
});

/** What can be set; a key that is not there is left to whoever else sets it. */
export const Settings = z.strictObject({
  log_level: z
    .enum([...LOG_LEVELS, "silent"])
    .optional()
    .describe("of the service's log"),
  targets: z
    .array(z.string().min(1).max(300))
    .max(MAX_RULES)
    .optional()
    .describe("rules for the targets that may be asked; none of them where the list is empty"),
  caps: Caps.optional().describe("on all live runs together"),
  target_caps: Caps.optional().describe("on the live runs on any one target"),
  api_rate: z
    .number()
    .int()
    .min(1)
    .max(100_000)
    .optional()
    .describe("requests per second of one caller with a token"),
  trusted_proxies: z
    .array(z.string().min(1).max(300))
    .max(MAX_RULES)
    .optional()
    .describe("addresses and ranges of proxies whose X-Forwarded-For counts"),
  slots: z.number().int().min(1).max(10_000).optional().describe("of a worker when all is well"),
  max_in_flight: z
    .number()
    .int()
    .min(1)
    .max(100_000)
    .optional()
    .describe("open model: a worker's queries in flight"),
});
export type Settings = z.infer<typeof Settings>;
export type SettingName = keyof Settings;

export const SettingsDocument = z.strictObject({
  apiVersion: z.literal(API_VERSION),
  kind: z.literal("ServiceSettings"),
  metadata: z
    .strictObject({
      name: z.string().max(64).optional(),
      by: z.string().max(200).optional().describe("who says so, for the audit trail"),
    })
    .optional(),
  spec: Settings,
});
export type SettingsDocument = z.infer<typeof SettingsDocument>;

/** The JSON Schema of the document, for editors. */
export function settingsJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(SettingsDocument, { io: "input", target: "draft-7" }) as Record<string, unknown>;
}

/** Where settings come from, the last word first. */
export const SETTINGS_SOURCES = ["file", "bucket", "environment"] as const;
export type SettingsSource = (typeof SETTINGS_SOURCES)[number];

/** The verbs about settings and the audit trail: their requests, their answers and their places. */

import { z } from "zod";
import { AuditEntry } from "../audit.ts";
import { Problem } from "../config/problems.ts";
import { SETTINGS_SOURCES } from "../settings.ts";
import type { Verb } from "./verb.ts";

const Count = z.number().int().nonnegative();
const Values = z.record(z.string(), z.unknown());

/** The settings of a service as they are in force there. */
export const SettingsState = z.object({
  service: z.string(),
  node: z.string(),
  version: Count.describe("counts what was taken up since the service started; 0 is as it started"),
  hash: z.string().describe("of the settings that are in force: equal where they are"),
  since_ms: z.number(),
  settings: Values.describe("durations are in milliseconds"),
  sources: z.record(z.string(), z.enum(SETTINGS_SOURCES)).describe("where each one comes from"),
  refused: z
    .array(z.object({ source: z.string(), at_ms: z.number(), problems: z.array(Problem) }))
    .describe("what stands in the file or in the bucket and is not in force, because it has problems"),
});
export type SettingsState = z.infer<typeof SettingsState>;

/** What stands in the bucket, for all services. */
const StoredSettings = z.object({ revision: Count, by: z.string().optional(), spec: Values });

const GetSettings = z.strictObject({});

const SetSettings = z.strictObject({
  spec: Values.describe("what is to be set for all services, as a whole; {} for nothing"),
});

const ListAudit = z.strictObject({
  limit: z.number().int().min(1).max(200).default(50).describe("entries of a page"),
  cursor: z.string().max(200).optional().describe("where the page before ended: its next_cursor"),
});

export const SETTINGS_VERBS = {
  "settings.get": {
    summary:
      "Settings of the coordinator that answers, as they are in force, and what is set for all services",
    method: "get",
    path: "/settings",
    request: GetSettings,
    answer: z.object({ in_force: SettingsState, stored: StoredSettings.optional() }),
    status: 200,
  },
  "settings.set": {
    summary: "Set what is to hold for all services, as a whole, unless their own file says otherwise",
    method: "post",
    path: "/settings",
    request: SetSettings,
    answer: StoredSettings,
    status: 200,
    key: "stored",
  },
  "audit.list": {
    summary: "What was set, by whom and when, and what was refused; from the first entry on",
    method: "get",
    path: "/audit",
    request: ListAudit,
    answer: z.object({
      entries: z.array(z.object({ seq: Count, entry: AuditEntry })),
      next_cursor: z.string().optional(),
    }),
    status: 200,
  },
} as const satisfies Readonly<Record<string, Verb>>;

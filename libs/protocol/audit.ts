/** The audit trail of what is not about one run: what was set, by whom and when, and what was refused. */

import { z } from "zod";
import { Problem } from "./config/problems.ts";
import { TOKEN } from "./names.ts";

/** A setting before and after; of one that is not set there is no value. */
export const SettingChange = z.object({
  key: z.string(),
  from: z.unknown().optional(),
  to: z.unknown().optional(),
});
export type SettingChange = z.infer<typeof SettingChange>;

const common = {
  v: z.literal(1),
  at_ms: z.number(),
  /** Who took it up, or refused it. */
  service: z.string().max(64),
  node: z.string().regex(TOKEN),
  source: z.enum(["file", "bucket"]),
  /** The file, or the key and its revision. */
  where: z.string().max(500),
  /** Who said so, as far as that is known. */
  by: z.string().max(200),
};

export const AuditEntry = z.discriminatedUnion("type", [
  z.object({
    ...common,
    type: z.literal("settings_applied"),
    /** Of the settings that are in force since. */
    version: z.number().int().nonnegative(),
    hash: z.string(),
    changes: z.array(SettingChange),
  }),
  /** Nothing of it holds; what was in force still is. */
  z.object({ ...common, type: z.literal("settings_refused"), problems: z.array(Problem) }),
  /** Tokens or keys were read again from their files. */
  z.object({ ...common, type: z.literal("credentials_applied") }),
  z.object({ ...common, type: z.literal("credentials_refused"), reason: z.string() }),
]);
export type AuditEntry = z.infer<typeof AuditEntry>;

/** A line of a service's log as it goes over the bus. Service → whoever listens, may be lost. */

import { z } from "zod";
import { TOKEN } from "./names.ts";

export const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export const LogLine = z.object({
  v: z.literal(1),
  service: z.string().max(64),
  node_id: z.string().regex(TOKEN),
  level: z.enum(LOG_LEVELS),
  time_ms: z.number(),
  msg: z.string().max(2000),
  /** The run that it is about. */
  run_id: z.string().max(64).optional(),
  /** Whatever else was said. */
  fields: z.record(z.string(), z.unknown()).optional(),
});
export type LogLine = z.infer<typeof LogLine>;

/** Whether a level is at least as grave as another. */
export function isAtLeast(level: LogLevel, least: LogLevel): boolean {
  return LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(least);
}

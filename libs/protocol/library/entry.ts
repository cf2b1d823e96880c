/** What is stored in the library: entries with their documents, and what became of each schedule's starts. */

import { z } from "zod";
import { TOKEN } from "../names.ts";
import { LIBRARY_KINDS, type LibraryKind, RUNNABLE_KINDS } from "./documents.ts";

const Count = z.number().int().nonnegative();

/** An entry under `<kind>.<name>`. */
export const StoredEntry = z.object({
  v: z.literal(1),
  kind: z.enum(LIBRARY_KINDS),
  name: z.string().regex(TOKEN),
  /** One that a file brought is changed in the file. */
  source: z.enum(["api", "file"]),
  changed_ms: z.number(),
  changed_by: z.string(),
  /** Who put it there as it is: what a schedule starts is theirs, whoever pauses it. */
  author: z.string().optional(),
  /** Of a schedule: what was said last, whatever its document says. */
  paused: z.boolean().optional(),
  /** As it was written, but for secrets. */
  document: z.record(z.string(), z.unknown()),
});
export type StoredEntry = z.infer<typeof StoredEntry>;

export const entryKey = (kind: LibraryKind, name: string) => `${kind}.${name}`;

/** The same with its revision, which goes up with each change. */
export const LibraryEntry = StoredEntry.omit({ v: true }).extend({
  revision: Count,
  description: z.string().optional(),
});
export type LibraryEntry = z.infer<typeof LibraryEntry>;

export const Fire = z.object({
  fire_ms: z.number(),
  outcome: z.enum(["started", "skipped", "missed", "failed"]),
  execution: z.string().optional(),
  reason: z.string().optional(),
});
export type Fire = z.infer<typeof Fire>;

/** A schedule's starts so far, under `fired.<name>`. */
export const FireLog = z.object({
  v: z.literal(1),
  name: z.string().regex(TOKEN),
  /** Of every start up to here it is decided what becomes of it. */
  decided_ms: z.number(),
  /** A start that was decided on, and may not yet be made: written before it is, so that it is never made twice. */
  pending: z.object({ fire_ms: z.number(), execution: z.string() }).optional(),
  /** The last ones, the oldest first. */
  fires: z.array(Fire),
});
export type FireLog = z.infer<typeof FireLog>;

export const firedKey = (name: string) => `fired.${name}`;

/** A schedule as it stands. */
export const ScheduleStatus = z.object({
  name: z.string(),
  revision: Count,
  cron: z.string(),
  time_zone: z.string(),
  paused: z.boolean(),
  kind: z.enum(RUNNABLE_KINDS),
  target: z.string().describe("the name of what it runs"),
  next_ms: z.number().optional().describe("none while it is paused, or where there is no such time"),
  fires: z.array(Fire).describe("what became of its last starts, the oldest first"),
});
export type ScheduleStatus = z.infer<typeof ScheduleStatus>;

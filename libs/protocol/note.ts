/** What people write about a run: notes, and issues that are open until someone closes them. */

import { z } from "zod";

export const NOTE_KINDS = ["note", "issue"] as const;
export const NOTE_STATES = ["open", "closed"] as const;

export const Note = z.object({
  /** Counted from 1 within the run. */
  number: z.number().int().min(1),
  kind: z.enum(NOTE_KINDS),
  /** Of an issue. */
  state: z.enum(NOTE_STATES).optional(),
  text: z.string(),
  by: z.string(),
  created_ms: z.number(),
  changed_ms: z.number(),
});
export type Note = z.infer<typeof Note>;

/** All notes of a run, under one key. */
export const Notes = z.object({ v: z.literal(1), notes: z.array(Note) });
export type Notes = z.infer<typeof Notes>;

export const notesKey = (run: string) => `note.${run}`;

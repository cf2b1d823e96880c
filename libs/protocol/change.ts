/** What can be changed in a run while it runs: each change makes a new revision of the run, from a time of the run on. */

import { z } from "zod";

const Count = z.number().int().nonnegative();

/** The revision of a run as it was accepted. */
export const FIRST_REVISION = 1;

/** Changes of one run: each of them is looked at for each slice, and written down with every one that follows. */
export const MAX_CHANGES = 100;

/** A pause that lasts for longer ends the run. */
export const PAUSE_LIMIT_MS = 3_600_000;

const common = {
  /** The revision that begins with it; they grow, and not every number need be there. */
  revision: Count.min(FIRST_REVISION + 1),
  /** From when on it holds, in milliseconds of the run. */
  at_ms: z.number().positive(),
  /** Who asked for it. */
  by: z.string().max(100),
};

/** Users (closed) or queries per second (open) from here to the run's end, and the weights of its queries in their order. */
const Adjustment = z.object({
  ...common,
  kind: z.literal("change"),
  load: z.number().positive().optional(),
  weights: z.array(z.number().positive()).optional(),
});

/** `pause`: no load from here on. `resume`: what the pause held back follows. */
export const Change = z.discriminatedUnion("kind", [
  z.object({ ...common, kind: z.literal("pause") }),
  z.object({ ...common, kind: z.literal("resume") }),
  Adjustment,
]);
export type Change = z.infer<typeof Change>;

/** All that was changed in a run up to a revision, in order; stored under `revisionKey`, and never written again. */
export const Revision = z.object({ v: z.literal(1), changes: z.array(Change).max(MAX_CHANGES) });
export type Revision = z.infer<typeof Revision>;

export const revisionKey = (id: string, revision: number) => `revision.${id}.${revision}`;

/** What is asked for, before it has its revision and its time. */
export const ChangeRequest = z.strictObject({
  rate: z.number().positive().optional().describe("open: queries per second, from now to the end"),
  users: z.number().int().min(1).optional().describe("closed: users, from now to the end"),
  weights: z
    .record(z.string().min(1).max(100), z.number().positive().max(1_000_000))
    .optional()
    .describe("weights of queries by name; the others keep theirs"),
});
export type ChangeRequest = z.infer<typeof ChangeRequest>;

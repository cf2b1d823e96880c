/** What a run has left at its target, as its leader found it after the last query: an entry of the log of results. */

import { z } from "zod";
import { TOKEN } from "./names.ts";

/** Bounds on what is said of it: a config has no more queries, and on two targets each is there twice. */
export const AFTERCARE_LIMITS = { queries: 400, failureChars: 300 } as const;

const Count = z.number().int().nonnegative();

/** What the leader found at the target after the last query, and what it removed there. The first count stands. */
export const AftercareEntry = z.object({
  v: z.literal(1),
  kind: z.literal("aftercare"),
  run: z.string().regex(TOKEN),
  /** Of the subject; it is that of all lanes. */
  lane: z.literal(0),
  epoch: Count,
  node: z.string().regex(TOKEN),
  /** Per query: how many of its operations the target holds. */
  counted: z
    .array(z.object({ query: Count, operations: Count }))
    .max(AFTERCARE_LIMITS.queries)
    .default([]),
  cleaned: z.object({ removed: Count, left: Count }).optional(),
  failure: z.string().max(AFTERCARE_LIMITS.failureChars).optional(),
});
export type AftercareEntry = z.infer<typeof AftercareEntry>;

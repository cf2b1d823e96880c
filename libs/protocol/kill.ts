/** The kill switch: one word that ends all load, and its state, which outlives whoever said it. */

import { z } from "zod";

export const KillState = z.object({
  v: z.literal(1),
  /** While it is set nothing is sent and nothing starts. */
  set: z.boolean(),
  reason: z.string().max(500),
  /** Who said so. */
  by: z.string().max(200),
  at_ms: z.number(),
});
export type KillState = z.infer<typeof KillState>;

/** The key of the state in its bucket. */
export const KILL_KEY = "kill";

/** The state of a system whose switch was never used. */
export const NOT_KILLED: KillState = { v: 1, set: false, reason: "", by: "", at_ms: 0 };

/** What is known of a threshold: in the report when the run is over, among the live figures before. */

import { z } from "zod";

const Count = z.number().int().nonnegative();

/** `unknown`: nothing was measured that it could be held against. */
export const ThresholdState = z.enum(["passed", "failed", "unknown"]);
export type ThresholdState = z.infer<typeof ThresholdState>;

const Unit = z.enum(["ms", "share"]);

/** Seconds of the run, by intended start, and what was found there. */
const WindowValue = z.object({ from_s: Count, to_s: Count, value: z.number() });

export const ThresholdReport = z.object({
  /** What must hold. */
  expression: z.string(),
  /** Of which queries: one, those of a category, or all where neither is named. */
  query: z.string().nullable(),
  category: z.string().nullable(),
  unit: Unit,
  limit: z.number(),
  state: ThresholdState,
  /** Of the whole run, or of the worst window; null where nothing was measured. */
  value: z.number().nullable(),
  /** Where a latency counts from; null for shares. */
  latency_from: z.enum(["intended start", "send"]).nullable(),
  /** Rolling windows, one a second; null where the threshold is about the whole run. Windows without a value are not judged. */
  windows: z
    .object({ length_s: Count, judged: Count, failed: Count, worst: WindowValue.nullable() })
    .nullable(),
  abort_on_fail: z.boolean(),
  /** It ended the run. */
  aborted: z.boolean(),
});
export type ThresholdReport = z.infer<typeof ThresholdReport>;

/** A threshold of a live run, in words, and the limit of one that is about all queries: a line in a chart. */
export const LiveThreshold = z.object({
  name: z.string(),
  state: ThresholdState,
  found: z.string(),
  line: z.object({ unit: Unit, limit: z.number() }).optional(),
});
export type LiveThreshold = z.infer<typeof LiveThreshold>;

/** The `thresholds` part of a config: what must hold for a run to pass. */

import { z } from "zod";
import { parseCondition } from "./condition.ts";
import { Duration } from "./scalars.ts";

export const THRESHOLD_LIMITS = {
  thresholds: 50,
  chars: 100,
  /** The longest rolling window: its seconds are all kept. */
  windowMs: 300_000,
} as const;

/** What must hold; kept as it is written, once it can be read. */
const ConditionText = z
  .string()
  .max(THRESHOLD_LIMITS.chars)
  .superRefine((text, context) => {
    const parsed = parseCondition(text);
    if (!parsed.ok)
      context.addIssue({ code: "custom", message: parsed.message, params: { remedy: parsed.remedy } });
  })
  .meta({
    description:
      "p(99) < 500ms · avg < 100ms · max < 5s · error_rate < 1% · missed_rate < 0.1% · achieved/offered > 99%",
  });

const ThresholdParts = z.strictObject({
  metric: ConditionText,
  query: z.string().optional().describe("the name of a query; of all queries when not given"),
  category: z.string().optional().describe("a category of queries; of all queries when not given"),
  window: Duration.optional().describe(
    "must hold in every rolling window of this length, by intended time; over the whole run when not given",
  ),
  abort_on_fail: z.boolean().default(false).describe("ends the run as soon as it does not hold"),
  grace: Duration.default(0).describe(
    "abort_on_fail: what is seen so soon after the start, or the warm-up, does not end the run",
  ),
});

/** A threshold: its condition alone, or with what it is about. */
export const Threshold = z.union(
  [ConditionText.transform((metric) => ThresholdParts.parse({ metric })), ThresholdParts],
  { error: "is not a threshold" },
);
export type Threshold = z.infer<typeof Threshold>;

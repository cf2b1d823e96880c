/** When a slice of a reported run began, by its name. */

import { boundsOf, planOf } from "../../libs/load/plan.ts";
import { validateConfig } from "../../libs/protocol/config/read.ts";
import type { Report } from "../../libs/protocol/report.ts";

/** @param slice as lane.window @returns milliseconds of the run */
export function beginsMs({ spec, seed }: Report, slice: string): number {
  const config = validateConfig(spec);
  if (!config.ok) throw new Error("the report's config cannot be read");
  const plan = planOf(config.config, seed);
  if (plan.model === "count") throw new Error("a count slice has no time");
  const [lane = 0, window = 0] = slice.split(".").map(Number);
  return boundsOf(plan, lane, window).startMs;
}

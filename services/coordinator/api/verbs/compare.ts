/** Compares two runs that are over, by their reports. */

import { compare, type Side } from "../../../../libs/compare/compare.ts";
import { DEFAULT_MIN_EFFECT } from "../../../../libs/compare/rows.ts";
import type { Comparison } from "../../../../libs/protocol/comparison.ts";
import type { Report } from "../../../../libs/protocol/report.ts";
import type { RequestOf } from "../../../../libs/protocol/verbs/table.ts";

/** Different schedules are no obstacle: what the runs do not have in common is in the answer. */
export async function compareRuns(
  reportOf: (id: string) => Promise<Report>,
  { baseline, contender }: RequestOf<"run.compare">,
): Promise<Comparison> {
  const [from, to] = await Promise.all([sideOf(baseline), sideOf(contender)]);
  return compare(from, to, { minEffect: DEFAULT_MIN_EFFECT });

  async function sideOf(id: string): Promise<Side> {
    return { name: id, reports: [await reportOf(id)] };
  }
}

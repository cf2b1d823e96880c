/** The schedule's fingerprint: two runs are comparable when theirs agree. */

import { createHash } from "node:crypto";
import type { Change } from "../protocol/change.ts";
import type { BenchmarkConfig } from "../protocol/config/schema.ts";
import type { Plan } from "./plan.ts";

/** Raised whenever the same config and seed would give other queries or other times. */
const SCHEDULE_VERSION = 1;

/**
 * A hash over all that decides which queries are sent when: the workload, the queries with their variables, the seed and
 * the lanes; and what was changed on the way, if anything was. The target, the credentials, the workers and the name of the
 * run are left out.
 */
export function scheduleHash(config: BenchmarkConfig, plan: Plan, changes: readonly Change[] = []): string {
  const { queries, variables, late } = config.spec;
  // The number of lanes is the plan's, whether it was written or chosen.
  const { lanes: _written, ...workload } = config.spec.workload;
  const decisive = {
    version: SCHEDULE_VERSION,
    seed: plan.seed,
    lanes: plan.lanes,
    workload,
    // What is expected of an answer changes nothing of what is asked.
    queries: queries.map(({ expect: _expected, ...query }) => query),
    variables,
    late,
    ...(changes.length > 0 && {
      changes: changes.map(({ by: _by, revision: _revision, ...change }) => change),
    }),
  };
  return createHash("sha256").update(canonicalJson(decisive)).digest("hex").slice(0, 32);
}

/** JSON with sorted keys, so that the order in which a config was written does not matter. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => {
    if (part === null || typeof part !== "object" || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

/** What a run asks for at most, as its plan tells: what caps are held against. Pure arithmetic. */

import { type Plan, plannedDurationMs } from "../load/plan.ts";
import type { ChangeRequest } from "../protocol/change.ts";
import type { BenchmarkConfig } from "../protocol/config/schema.ts";
import { targetOf, targetsOf } from "../protocol/config/sides.ts";
import { clientTimeoutMs } from "../protocol/config/timeouts.ts";
import type { Demand } from "../protocol/run.ts";
import { hostAndPort } from "./policy.ts";

/** The most that a run asks for at any moment, and of whom. */
export function demandOf(config: BenchmarkConfig, plan: Plan): Demand {
  const { spec } = config;
  const [first = "", second] = targetsOf(spec).map(({ target }) => authorityOf(target.url));
  const durationMs = plannedDurationMs(plan);
  const common = {
    target: first,
    ...(second !== undefined && { second_target: second }),
    ...(durationMs !== undefined && { duration_ms: durationMs }),
  };
  if (plan.model !== "open") return { ...common, rate: 0, users: plan.users, in_flight: plan.users };
  // Each query is over when its client gives up, so no more than this can be on their way at once.
  const longestMs = Math.max(...spec.queries.map((query) => clientTimeoutMs(query, targetOf(spec, query))));
  const rate = plan.profile.peak;
  return { ...common, rate, users: 0, in_flight: Math.ceil((rate * longestMs) / 1000) };
}

/** Host and port of an address, as they stand in it. */
function authorityOf(url: string): string {
  const { host, port } = hostAndPort(url);
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** What a run asks for when it is changed to another load. How long a pause makes it is not held against it. */
export function changedDemand(demand: Demand, { rate, users }: ChangeRequest): Demand {
  if (users !== undefined) return { ...demand, users, in_flight: users };
  if (rate === undefined || demand.rate === 0) return demand;
  return { ...demand, rate, in_flight: Math.ceil((demand.in_flight * rate) / demand.rate) };
}

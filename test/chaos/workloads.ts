/** The benchmarks that the chaos suite runs, one for each model of load: light ones, for the books and not the speed count. */

import { benchmark } from "../support/system.ts";
import type { Model, Scene } from "./fault.ts";
import { type ShareOf, shareOfRate } from "./recovery.ts";

const QUERIES = [
  { name: "count", template: "* | stats count() lines", weight: 3 },
  { name: "errors", template: "level:=error", limit: 10, weight: 1 },
];
export const RATE = 60;
export const USERS = 18;
/** What a user asks in a second when its answers are held back as the proxy does. */
const QUERIES_PER_USER_AND_S = 3.5;

export const USUAL_LENGTH_S = { open: 12, closed: 12, count: 10 } as const;

function workloadOf(model: Model, lengthS: number): object {
  if (model === "open") return { model, target_qps: RATE, duration: lengthS };
  if (model === "closed") return { model, total_concurrent_users: USERS, duration: lengthS };
  const total = Math.round(USERS * QUERIES_PER_USER_AND_S * lengthS);
  return { model, total_queries: total, total_concurrent_users: USERS };
}

export function configOf(
  model: Model,
  lengthS: number,
  seed: number,
  targetPort: number,
  thresholds: readonly object[] = [],
): string {
  const url = `http://127.0.0.1:${targetPort}`;
  const workload = workloadOf(model, lengthS);
  return JSON.stringify(benchmark(url, { workload, queries: QUERIES, seed, thresholds }));
}

/** How much of the load that was asked for is there: queries that arrive, or users that wait for an answer at once. */
export function shareFor(model: Model, { proxy }: Pick<Scene, "proxy">): ShareOf {
  if (model !== "open") return ({ fromMs, toMs }) => proxy.peakBetween(fromMs, toMs) / USERS;
  return shareOfRate(
    proxy.seen.map(({ atMs }) => atMs),
    RATE,
  );
}

/** What the example's run was over time besides its points: one of its queries, its workers and its queue. */

import type { Report } from "../../libs/protocol/report.ts";

const SECONDS = 45;
/** When a worker died, and another one took what it had held. */
const DIED_S = 12;

function pointOfQuery(second: number): Report["query_timelines"][number]["points"][number] {
  const isSlow = second >= 22 && second < 28;
  const p50 = isSlow ? 84 : 16;
  return {
    second,
    ok: 54,
    ...(second === 24 && { failed: 2 }),
    response_ms: { p50, p95: 2 * p50, p99: 3 * p50, p99_9: 3 * p50, max: 3 * p50 },
    heat: isSlow ? [18, 50, 20, 4] : [14, 50, 16, 4],
    classes: second === 24 ? { http_5xx: 2 } : {},
  };
}

function fleetAt(second: number): Report["fleet"][number] {
  const isShort = second >= DIED_S && second < DIED_S + 6;
  return {
    second,
    workers: second < DIED_S ? 3 : 2,
    in_flight: second >= 22 && second < 28 ? 9 : 2,
    queued: isShort ? 4 : 0,
    outstanding: isShort ? 20 : 16,
  };
}

export const exampleTime: Pick<Report, "query_timelines" | "fleet"> = {
  query_timelines: [
    {
      query: "errors by level",
      step_s: 1,
      points: Array.from({ length: SECONDS }, (_, at) => pointOfQuery(at)),
    },
  ],
  fleet: Array.from({ length: Math.floor(SECONDS / 2) }, (_, at) => fleetAt(2 * at)),
};

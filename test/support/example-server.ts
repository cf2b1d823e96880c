/** The server's side of the fixed report: a server whose places were all taken while it was slow, and one that told nothing. */

import type { ServerPoint, ServerSide } from "../../libs/protocol/server.ts";

/** From sample to sample: quiet, but for the six seconds in which queries waited. */
function point(from: number): ServerPoint {
  const isSlow = from >= 22 && from < 28;
  return {
    from_s: from,
    to_s: from + 2,
    cpu_cores: isSlow ? 1.98 : Number((0.7 + (from % 6) / 10).toFixed(2)),
    cpu_ms_per_query: isSlow ? 22 : 9.5,
    queries_per_s: from < 10 ? 5 + 10 * from : 100,
    execution_ms: isSlow ? 41.5 : 18.2,
    executing: isSlow ? 8 : 2 + (from % 4),
    places: 8,
    waits_per_s: isSlow ? 84.5 : 0,
    rss_mb: 212 + from,
    merging: from % 10 === 0 ? 1 : 0,
  };
}

const NOTHING_TOLD = {
  ...{ cpu_s: null, cpu_cores_mean: null, cpu_cores_max: null, cpu_ms_per_query: null, queries: null },
  ...{ execution_ms: null, executing_max: null, places: null, full_share: null, waits: null },
  ...{ wait_timeouts: null, waited_share: null, errors: null, rss_mb_max: null, merging_max: null },
  ...{ merges: null, rows_ingested: null, disk_read_mb: null, timeline: [] },
};

export const exampleServerSide: ServerSide = {
  servers: [
    {
      url: "http://victorialogs:9428/metrics",
      version: "v1.50.0",
      flags: { "search.maxConcurrentRequests": "8", retentionPeriod: "30d", "httpAuth.password": "(hidden)" },
      ...{ samples: 23, failed: 1, failure: "no answer within 2 s", restarts: 0, cores: 2 },
      ...{ cpu_s: 43.21, cpu_cores_mean: 0.9602, cpu_cores_max: 1.98, cpu_ms_per_query: 10.8025 },
      ...{ queries: 4000, execution_ms: 22.1, executing_max: 8, places: 8, full_share: 0.1304 },
      ...{ waits: 507, wait_timeouts: 0, waited_share: 0.1268, errors: 2, rss_mb_max: 256, merging_max: 1 },
      ...{ merges: 9, rows_ingested: 0, disk_read_mb: 1.5 },
      timeline: Array.from({ length: 22 }, (_, index) => point(index * 2)),
    },
    {
      url: "http://vlstorage <1>:9491/metrics",
      ...{ version: null, flags: {}, samples: 0, failed: 1, failure: "status 404", restarts: 0, cores: null },
      ...NOTHING_TOLD,
    },
  ],
  queueing: {
    server: 0,
    ...{ seconds: 6, p99_ms: 540.12, full_share: 1, waited_share: 0.845, places: 8 },
    ...{ service_ms: 412.5, execution_ms: 41.5, wait_ms: 371 },
    words:
      "p99 is waiting in the server's queue, not execution: in the 6 s in which it was high (540 ms), all 8 places were taken for 100 % of the time, and 85 % of its queries had to wait; a query took 413 ms on the mean, of which it executed for 42 ms and waited for 371 ms",
  },
};

/** What a worker says of itself. */

import { hostname } from "node:os";
import type { Heartbeat } from "../../../libs/protocol/node.ts";
import { VERSION } from "../../../libs/runtime/version.ts";
import type { WorkerParts } from "../parts.ts";

export function heartbeatOf(
  { options, slots, places, holding, vitals, clockSync, resources, problem }: WorkerParts,
  now: { startedMs: number; draining: boolean; problems: Heartbeat["problems"] },
): Heartbeat {
  const usage = vitals.usage();
  const estimate = clockSync.estimate();
  return {
    v: 1,
    node_id: options.node,
    pool: options.pool,
    pid: process.pid,
    host: hostname(),
    version: VERSION,
    started_ms: now.startedMs,
    sent_ms: clockSync.now(),
    draining: now.draining,
    slots: slots.total(),
    slots_busy: slots.busy(),
    in_flight: places.inFlight,
    mustered: holding.mustered(),
    held: holding.named(),
    problem: problem(),
    problems: now.problems,
    cpu_cores: usage.cpuCores,
    rss_mb: usage.rssMb,
    loop_delay_p99_ms: usage.loopDelayP99Ms,
    lag_p99_ms: vitals.lagP99Ms(),
    clock_offset_ms: estimate?.offsetMs ?? 0,
    clock_error_ms: estimate?.errorMs ?? 0,
    capabilities: {
      max_concurrent_queries: places.most,
      supported_query_types: ["victorialogs"],
      resources: { cpu_cores: resources.cpuCores, memory_mb: resources.memoryMb },
    },
  };
}

/** What a worker says of itself each second, and what is known of it from that. Worker → everyone, may be lost. */

import { z } from "zod";
import { TOKEN } from "./names.ts";

const Count = z.number().int().nonnegative();

export const NODE_STATES = ["active", "busy", "draining", "failed", "offline"] as const;
export type NodeState = (typeof NODE_STATES)[number];

/** What a node can do; the field names are those of the original design's register message. */
const Capabilities = z.object({
  max_concurrent_queries: Count,
  supported_query_types: z.array(z.string()),
  resources: z.object({ cpu_cores: z.number().positive(), memory_mb: Count }),
});

export const Heartbeat = z.object({
  v: z.literal(1),
  node_id: z.string().regex(TOKEN),
  pool: z.string().regex(TOKEN),
  pid: Count,
  host: z.string(),
  version: z.string(),
  started_ms: z.number(),
  /** On the reference clock, as this node knows it. */
  sent_ms: z.number(),
  draining: z.boolean(),
  slots: Count,
  slots_busy: Count,
  in_flight: Count,
  /** Slots that hold a muster slice, per run. */
  mustered: z.record(z.string(), Count),
  /** Slices that it holds, as lane.window, per run; of very many, some. */
  held: z.record(z.string(), z.array(z.string())),
  /** What keeps it from all work, for people. */
  problem: z.string().optional(),
  /** What went wrong last with each run, for people: of the last few runs. */
  problems: z.record(z.string(), z.string()).optional(),
  cpu_cores: z.number().nonnegative(),
  rss_mb: z.number().nonnegative(),
  loop_delay_p99_ms: z.number().nonnegative(),
  /** 99th percentile of intended → sent, of what was sent in the last second; 0 where nothing was. */
  lag_p99_ms: z.number().nonnegative(),
  clock_offset_ms: z.number(),
  clock_error_ms: z.number().nonnegative(),
  capabilities: Capabilities,
});
export type Heartbeat = z.infer<typeof Heartbeat>;

/** A node as the API shows it. */
export const NodeStatus = z.object({
  node_id: z.string(),
  status: z.enum(NODE_STATES),
  last_heartbeat: z.string(),
  /** Share of its slots that are taken, 0 to 1. */
  current_load: z.number(),
  capabilities: Capabilities,
  assigned_tasks: z.array(z.string()),
  performance_metrics: z.record(z.string(), z.number()),
});
export type NodeStatus = z.infer<typeof NodeStatus>;

/** Slices that one heartbeat names at most. */
export const MAX_HELD_NAMED = 512;
/** A heartbeat is due each second. */
export const HEARTBEAT_INTERVAL_MS = 1000;
/**
 * A node that was silent for so long counts as gone: two heartbeats may be lost and the third be late, and one that dies
 * right after a heartbeat is still noticed within three seconds.
 */
export const NODE_TIMEOUT_MS = 2800;

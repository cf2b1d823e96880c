/** The workers that are there, from their heartbeats and the heartbeats' age. */

import {
  type Heartbeat,
  NODE_TIMEOUT_MS,
  type NodeState,
  type NodeStatus,
} from "../../../libs/protocol/node.ts";
import type { Control } from "../../../libs/protocol/run.ts";
import { type Clock, isoTime } from "../../../libs/runtime/clock.ts";

interface KnownNode {
  heartbeat: Heartbeat;
  heardMs: number;
  lost: boolean;
}

export interface NodeManager {
  hear(heartbeat: Heartbeat): void;
  /** Finds who fell silent: to be called several times a second. */
  sweep(): void;
  alive(pool?: string): Heartbeat[];
  /** The workers of a pool that take up work, and their medians. */
  fleet(pool: string): Control["fleet"];
  /** Slots that hold a muster slice of a run. */
  slotsHeld(run: string): number;
  /** What keeps a worker of the pool from all work, or from that of a run. */
  problem(pool: string, run: string): string | undefined;
  statuses(): NodeStatus[];
  /**
   * The reference clock as the workers know it: reference minus this process's clock. No more is known than that it is at
   * least this, since a heartbeat takes its time; undefined where no worker has measured it.
   */
  referenceOffsetMs(): number | undefined;
}

export interface NodeListener {
  joined(heartbeat: Heartbeat): void;
  lost(heartbeat: Heartbeat): void;
}

/** Nodes that are gone are shown for so long. */
const FORGET_MS = 10 * 60_000;
const MAX_NODES = 20_000;

export function createNodeManager(clock: Clock, listener: NodeListener): NodeManager {
  const nodes = new Map<string, KnownNode>();

  const alive = (pool?: string) =>
    [...nodes.values()]
      .filter(({ lost, heartbeat }) => !lost && (pool === undefined || heartbeat.pool === pool))
      .map(({ heartbeat }) => heartbeat);

  function stateOf({ heartbeat, lost }: KnownNode): NodeState {
    // One that said that it drains has left as it should; one that fell silent over its work has failed.
    if (lost) return heartbeat.draining || heartbeat.slots_busy === 0 ? "offline" : "failed";
    if (heartbeat.draining) return "draining";
    return heartbeat.slots_busy >= heartbeat.slots ? "busy" : "active";
  }

  return {
    hear(heartbeat) {
      const known = nodes.get(heartbeat.node_id);
      if (!known && nodes.size >= MAX_NODES) return;
      const isNew = !known || known.lost || known.heartbeat.started_ms !== heartbeat.started_ms;
      nodes.set(heartbeat.node_id, { heartbeat, heardMs: clock.nowMs(), lost: false });
      if (isNew) listener.joined(heartbeat);
    },
    sweep() {
      const nowMs = clock.nowMs();
      for (const [id, node] of nodes) {
        const silentMs = nowMs - node.heardMs;
        if (silentMs > FORGET_MS) nodes.delete(id);
        if (node.lost || silentMs <= NODE_TIMEOUT_MS) continue;
        node.lost = true;
        listener.lost(node.heartbeat);
      }
    },
    alive,
    fleet(pool) {
      const workers = alive(pool).filter(({ draining }) => !draining);
      return {
        workers: workers.length,
        loop_delay_p99_ms: median(workers.map((worker) => worker.loop_delay_p99_ms)),
        lag_p99_ms: median(workers.map((worker) => worker.lag_p99_ms)),
      };
    },
    referenceOffsetMs() {
      const known = [...nodes.values()].filter(
        ({ lost, heartbeat }) => !lost && heartbeat.clock_error_ms > 0,
      );
      if (known.length === 0) return undefined;
      return Math.max(...known.map(({ heartbeat, heardMs }) => heartbeat.sent_ms - heardMs));
    },
    slotsHeld: (run) => alive().reduce((sum, { mustered }) => sum + (mustered[run] ?? 0), 0),
    problem(pool, run) {
      const told = alive(pool).map(({ problem, problems }) => problem ?? problems?.[run]);
      return told.find((problem) => problem !== undefined);
    },
    statuses: () =>
      [...nodes.values()].map((node) => {
        const { heartbeat } = node;
        return {
          node_id: heartbeat.node_id,
          status: stateOf(node),
          last_heartbeat: isoTime(node.heardMs),
          current_load: heartbeat.slots === 0 ? 1 : heartbeat.slots_busy / heartbeat.slots,
          capabilities: heartbeat.capabilities,
          assigned_tasks: Object.keys(heartbeat.held),
          performance_metrics: metricsOf(heartbeat),
        };
      }),
  };
}

function metricsOf(heartbeat: Heartbeat): NodeStatus["performance_metrics"] {
  return {
    slots: heartbeat.slots,
    slots_busy: heartbeat.slots_busy,
    slices_held: Object.values(heartbeat.held).reduce((sum, { length }) => sum + length, 0),
    in_flight: heartbeat.in_flight,
    cpu_cores: heartbeat.cpu_cores,
    rss_mb: heartbeat.rss_mb,
    loop_delay_p99_ms: heartbeat.loop_delay_p99_ms,
    lag_p99_ms: heartbeat.lag_p99_ms,
    clock_offset_ms: heartbeat.clock_offset_ms,
    clock_error_ms: heartbeat.clock_error_ms,
  };
}

/** Of an even number the lower one in the middle, so that of two the better one is the measure; 0 of none. */
function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? 0;
}

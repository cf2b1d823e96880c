/** Workers as the coordinator knows them, as the page of a run shows them. Pure. */

import type { NodeStatus } from "../../../../libs/protocol/node.ts";
import type { NodeRow } from "./view.ts";

/** Those that hold something of the run; where none that lives does, all that are there. */
export function nodesOf(statuses: readonly NodeStatus[], run: string): NodeRow[] {
  const own = statuses.filter(({ assigned_tasks }) => assigned_tasks.includes(run));
  const isHeld = own.some(({ status }) => status !== "failed" && status !== "offline");
  return (isHeld ? own : statuses).map(({ node_id, status, performance_metrics: told }) => ({
    id: node_id,
    state: status,
    slots: told.slots,
    slotsBusy: told.slots_busy,
    inFlight: told.in_flight,
    slices: told.slices_held,
    cpuCores: told.cpu_cores,
    rssMb: told.rss_mb,
    loopDelayMs: told.loop_delay_p99_ms,
    lagMs: told.lag_p99_ms,
    clockOffsetMs: told.clock_offset_ms,
    clockErrorMs: told.clock_error_ms,
  }));
}

/**
 * Puts into the log of results how the run's workers and its queue stand, while it is under way. Nothing of the run waits for
 * it: what is not stored at once is not there.
 */

import type { Bus } from "../../../libs/bus/bus.ts";
import { messageOf } from "../../../libs/protocol/errors.ts";
import type { FleetPoint } from "../../../libs/protocol/fleet.ts";
import type { FleetEntry } from "../../../libs/protocol/result.ts";
import type { Clock } from "../../../libs/runtime/clock.ts";
import type { Log } from "../../../libs/runtime/log.ts";
import type { NodeManager } from "../nodes/node-manager.ts";
import type { Dispatcher } from "./dispatch/dispatcher.ts";
import type { RunLog } from "./log.ts";

export interface FleetWatchParts {
  readonly bus: Bus;
  /** This coordinator's name. */
  readonly node: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly nodes: Pick<NodeManager, "alive">;
  readonly dispatcher: Pick<Dispatcher, "outstandingCount">;
  readonly runLog: RunLog;
  readonly mayAct: () => boolean;
  /** Milliseconds since the run's start. */
  readonly runMs: () => number;
}

/** As often as servers are asked: workers say how they are each second. */
const INTERVAL_MS = 2000;

export function createFleetWatch(parts: FleetWatchParts) {
  const { bus, clock, log, nodes, dispatcher, runLog, mayAct, runMs } = parts;
  const { id, epoch } = runLog.record();
  let nextMs = Number.NEGATIVE_INFINITY;
  let rounds = 0;
  let isStoring = false;

  function look(): FleetPoint {
    const holders = nodes.alive().filter(({ held }) => held[id] !== undefined);
    const held = holders.reduce((sum, { held: of }) => sum + (of[id]?.length ?? 0), 0);
    const outstanding = dispatcher.outstandingCount();
    return {
      second: Math.round(runMs()) / 1000,
      workers: holders.length,
      in_flight: holders.reduce((sum, { in_flight: inFlight }) => sum + inFlight, 0),
      queued: Math.max(0, outstanding - held),
      outstanding,
    };
  }

  /** Tried once: the next point says more than this one tried again. */
  async function store(): Promise<void> {
    const entry: FleetEntry = {
      ...{ v: 1, kind: "fleet", run: id, lane: 0, epoch, node: parts.node },
      point: look(),
    };
    const options = { id: `${id}.fleet.${epoch}.${rounds++}`, tries: 1, isWanted: mayAct };
    await bus.append(bus.names.subjects.result(id, entry.lane), entry, options);
  }

  return {
    /** Stores what is due: to be called often while the run is under way. */
    tick(): void {
      const nowMs = clock.nowMs();
      if (isStoring || nowMs < nextMs || runMs() < 0) return;
      nextMs = nowMs + INTERVAL_MS;
      isStoring = true;
      store()
        .catch((error: unknown) =>
          log.warn({ run_id: id, err: messageOf(error) }, "a look at the fleet was lost"),
        )
        .finally(() => {
          isStoring = false;
        });
    },
  };
}

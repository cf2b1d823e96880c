/** What a run's driver sees of the workers, and of slices that the queue gave up. */

import type { Course } from "../../../libs/fold/course.ts";
import { isEmptySlice } from "../../../libs/load/credible.ts";
import { LogburstError } from "../../../libs/protocol/errors.ts";
import { placeOf } from "../../../libs/protocol/ids.ts";
import type { Reason } from "../../../libs/protocol/ledger.ts";
import type { Heartbeat } from "../../../libs/protocol/node.ts";
import type { Log } from "../../../libs/runtime/log.ts";
import type { Dispatcher } from "./dispatch/dispatcher.ts";
import type { SlicePlace } from "./dispatch/outstanding.ts";
import type { SliceQueue } from "./dispatch/slice-queue.ts";
import type { RunLog } from "./log.ts";

export interface Sight {
  /**
   * JetStream gave up a slice; if it is of this run, it is settled as lost. Rejects while the run is not yet taken over.
   * @param seq its place in the queue @param subject its subject, if it is still there
   */
  addDeadSlice(seq: number, subject: string | undefined): Promise<void>;
  nodeLost(heartbeat: Heartbeat): void;
  nodeJoined(heartbeat: Heartbeat): void;
  /** A worker's process is gone: what it had not begun goes to others at once. */
  nodeGone(heartbeat: Heartbeat): void;
}

export interface SightParts {
  readonly log: Log;
  readonly runLog: RunLog;
  readonly pool: string;
  readonly course: Course;
  readonly dispatcher: Dispatcher;
  readonly queue: SliceQueue;
  readonly mayAct: () => boolean;
  readonly isRunning: () => boolean;
  /** Milliseconds since the run's start. */
  readonly runMs: () => number;
  /** Settles a slice as lost. */
  readonly settle: (slice: SlicePlace, reason: Reason) => Promise<void>;
}

export function createSight(parts: SightParts): Sight {
  const { log, runLog, pool, dispatcher, queue, mayAct, runMs } = parts;
  const { id } = runLog.record();

  return {
    async addDeadSlice(seq, subject) {
      if (!mayAct()) throw notYet(id);
      const place = dispatcher.bySequence(seq) ?? placeOf(subject, id);
      // What a change has left without a query is nobody's.
      if (!place || isEmptySlice(parts.course.plan(), place.lane, place.window)) return;
      await parts.settle(place, "poisoned");
      // A verdict that was given up with the lease is the next leader's to give.
      if (!mayAct()) throw notYet(id);
    },
    nodeLost({ node_id: node, held, mustered }) {
      if (!mayAct() || !(held[id] || mustered[id] !== undefined)) return;
      void runLog.emit({ type: "node_lost", node, slices: held[id] ?? [] });
    },
    nodeGone({ node_id: node, held }) {
      if (!mayAct()) return;
      const places = (held[id] ?? []).map((name) => name.split(".").map(Number) as [number, number]);
      const slices = places.flatMap(([lane, window]) => dispatcher.takeBack(lane, window, runMs()) ?? []);
      if (slices.length > 0)
        log.warn({ run_id: id, node, slices: slices.length }, "slices are published anew");
      for (const { draft, seq } of slices) void queue.renew(draft, seq);
    },
    nodeJoined(heartbeat) {
      if (mayAct() && heartbeat.pool === pool && parts.isRunning())
        void runLog.emit({ type: "node_joined", node: heartbeat.node_id });
    },
  };
}

/** The run's logs are still read. */
export function notYet(run: string): LogburstError {
  return new LogburstError("no_leader", `run ${run} is not yet taken over`, {
    remedies: ["ask again in a few seconds"],
  });
}

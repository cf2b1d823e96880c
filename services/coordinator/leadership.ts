/** What the leading coordinator does, from taking the lease to losing it. */

import type { Bucket, Bus, Objects } from "../../libs/bus/bus.ts";
import { messageOf } from "../../libs/protocol/errors.ts";
import type { Clock } from "../../libs/runtime/clock.ts";
import type { KillSwitch } from "../../libs/runtime/kill-switch.ts";
import type { Log } from "../../libs/runtime/log.ts";
import { createAcceptance } from "./acceptance.ts";
import type { LoadLimits } from "./access/admission.ts";
import { createKeeper } from "./access/keeper.ts";
import type { LeadingVerbs } from "./api/verbs/handlers.ts";
import { createLeadingVerbs } from "./api/verbs/leading.ts";
import { createDrivers } from "./drivers.ts";
import { openInbox } from "./inbox.ts";
import type { Lease } from "./lease.ts";
import type { LibraryFile } from "./library/folder.ts";
import type { CoordinatorMetrics } from "./metrics.ts";
import type { NodeListener, NodeManager } from "./nodes/node-manager.ts";
import { watchPresence } from "./nodes/presence.ts";
import { startPlanning } from "./plans/planning.ts";
import type { RunDriver } from "./run/driver.ts";
import type { OpenLeft, OpenServers } from "./run/servers/open-servers.ts";
import { createSeriesKeeper } from "./series/keeper.ts";
import { findLiveRuns } from "./takeover.ts";
import { createWantedSpecs } from "./wanted.ts";

export interface LeadershipParts extends LoadLimits {
  readonly bus: Bus;
  readonly node: string;
  readonly runs: Bucket;
  readonly library: Bucket;
  /** Files that are a part of the library, as they are now. */
  readonly libraryFiles: () => readonly LibraryFile[];
  readonly reports: Objects;
  readonly nodes: NodeManager;
  /** The reference clock: what it says is the time of every run. */
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: CoordinatorMetrics;
  readonly sealKey: string | undefined;
  readonly random: () => number;
  readonly killSwitch: Pick<KillSwitch, "killed">;
  /** How the servers of a run's target are asked how they do. */
  readonly openServers?: OpenServers | undefined;
  /** How what a run has left at its target is seen to; nothing is where it is not given. */
  readonly openLeft?: OpenLeft | undefined;
}

export interface Leadership extends NodeListener {
  readonly verbs: LeadingVerbs;
  drivers(): RunDriver[];
  close(): Promise<void>;
}

const TICK_MS = 50;
const BEACON_MS = 1000;

/** Takes over the runs that are live, then accepts new ones. */
export async function lead(parts: LeadershipParts, { epoch, holds }: Lease): Promise<Leadership> {
  const { bus, runs, clock, log, metrics } = parts;
  const pools = createPools(bus, log);
  const fenceSeq = await bus.lastSliceSeq();
  const drivers = createDrivers({ ...parts, holds, fenceSeq });
  const { live, drive } = drivers;
  const keeper = createKeeper(parts, live);
  const { requireLease, requireRoom, requireLoad, others, admitStart, create, createRun } = createAcceptance({
    ...parts,
    ...{ epoch, holds, live, drive },
    takeOver: keeper.takeOver,
    series: () => series,
  });
  const series = await createSeriesKeeper({
    ...parts,
    holds,
    driver: (run) => live.get(run),
    // What a series wants stands in its record, where the next leader finds it.
    createRun: (text, origin, more, earlier) => createRun(text, origin, true, more, earlier),
  });
  for (const stored of await findLiveRuns(runs, epoch, log)) drive(keeper.takeOver(stored));
  const planning = await startPlanning({ ...parts, holds, requireLease, live, create });
  const inbox = await openInbox(bus, {
    live: metrics.sawLive,
    deadSlice: drivers.takeDead,
    request: (text, origin) => create(text, origin, true),
    refused: refusing(parts),
    now: clock.nowMs,
  }).catch(async (error: unknown) => {
    await drivers.close();
    throw error;
  });
  const wanted = createWantedSpecs({ ...parts, holds, live, requireLoad, others });
  const cancels = [
    watchPresence(parts, drivers.gone).close,
    wanted.close,
    clock.every(TICK_MS, () => {
      keeper.check();
      drivers.tick();
    }),
    clock.every(BEACON_MS, () => {
      drivers.beacon();
      series.check();
      planning.check();
    }),
  ];

  return {
    verbs: createLeadingVerbs({
      ...parts,
      ...{ epoch, requireLease, requireRoom, requireLoad, others, admitStart },
      ...{ drive, stopSeries: series.stop, apply: wanted.apply },
      ...planning,
      accept: (text, origin, more) => create(text, origin, false, more),
      driver: (id) => live.get(id),
    }),
    joined(heartbeat) {
      pools.add(heartbeat.pool);
      for (const driver of live.values()) driver.nodeJoined(heartbeat);
    },
    lost(heartbeat) {
      for (const driver of live.values()) driver.nodeLost(heartbeat);
    },
    drivers: () => [...live.values()],
    async close() {
      for (const cancel of cancels) cancel();
      await Promise.all([inbox.close(), drivers.close()]);
    },
  };
}

/** Counts and logs a message that was not understood. */
function refusing({ log, metrics }: LeadershipParts) {
  return (subject: string, reason: string): void => {
    log.warn({ subject, reason }, "a message was refused");
    metrics.refused(subject.split(".").slice(0, 2).join("."), "schema");
  };
}

/** Makes the queue's consumer of a pool when its first worker shows itself. */
function createPools(bus: Bus, log: Log) {
  const known = new Set<string>();
  return {
    add(pool: string): void {
      if (known.has(pool)) return;
      known.add(pool);
      bus.ensurePool(pool).catch((error: unknown) => {
        known.delete(pool);
        log.error({ pool, err: messageOf(error) }, "the pool's consumer could not be made");
      });
    },
  };
}

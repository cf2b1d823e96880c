/** What the leading coordinator does, from taking the lease to losing it. */

import type { Bucket, Bus, Objects } from "../../libs/bus/bus.ts";
import { LogburstError, messageOf } from "../../libs/protocol/errors.ts";
import { type Demand, isFinal, type RunRecord } from "../../libs/protocol/run.ts";
import type { Clock } from "../../libs/runtime/clock.ts";
import type { KillSwitch } from "../../libs/runtime/kill-switch.ts";
import type { Log } from "../../libs/runtime/log.ts";
import { demandsOf, type LoadLimits, requireWithinCaps } from "./access/admission.ts";
import { createKeeper, requireAlive } from "./access/keeper.ts";
import { acceptRun, type Origin, withdrawRun } from "./api/intake.ts";
import { createLeadingVerbs } from "./api/leading-verbs.ts";
import type { LeadingVerbs } from "./api/verbs.ts";
import { openInbox } from "./inbox.ts";
import type { Lease } from "./lease.ts";
import type { CoordinatorMetrics } from "./metrics.ts";
import type { NodeListener, NodeManager } from "./nodes/node-manager.ts";
import { watchPresence } from "./nodes/presence.ts";
import type { DriverParts } from "./run/cores.ts";
import { createRunDriver, type RunDriver } from "./run/driver.ts";
import type { StoredRun } from "./run/stored-run.ts";
import { findLiveRuns } from "./takeover.ts";

export interface LeadershipParts extends LoadLimits {
  readonly bus: Bus;
  readonly node: string;
  readonly runs: Bucket;
  readonly reports: Objects;
  readonly nodes: NodeManager;
  /** The reference clock: what it says is the time of every run. */
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: CoordinatorMetrics;
  readonly sealKey: string | undefined;
  readonly random: () => number;
  readonly killSwitch: Pick<KillSwitch, "killed">;
}

export interface Leadership extends NodeListener {
  readonly verbs: LeadingVerbs;
  drivers(): RunDriver[];
  close(): Promise<void>;
}

const MAX_LIVE_RUNS = 16;
const TICK_MS = 50;
const BEACON_MS = 1000;

/** Takes over the runs that are live, then accepts new ones. */
export async function lead(parts: LeadershipParts, { epoch, holds }: Lease): Promise<Leadership> {
  const { bus, runs, clock, log, metrics } = parts;
  const live = new Map<string, RunDriver>();
  const keeper = createKeeper(parts, live);
  const pools = createPools(bus, log);
  const fenceSeq = await bus.lastSliceSeq();
  const driverParts: DriverParts = { ...parts, holds, fenceSeq };

  function drive(stored: StoredRun): RunDriver {
    const driver = createRunDriver(driverParts, stored);
    live.set(stored.record.id, driver);
    void driver.begin();
    return driver;
  }

  function tick(): void {
    keeper.check();
    for (const [id, driver] of live) {
      driver.tick();
      if (!driver.isDone()) continue;
      live.delete(id);
      void driver.close();
    }
  }

  function beacon(): void {
    for (const driver of live.values()) driver.beacon();
  }

  function requireLease(): void {
    if (holds()) return;
    throw new LogburstError("no_leader", "this coordinator no longer leads", {
      remedies: ["ask again in a few seconds"],
    });
  }

  /** @param asked what a run asks for that is about to begin */
  function requireRoom(asked?: Demand): void {
    requireAlive(parts.killSwitch);
    if (asked) requireWithinCaps(parts.caps, asked, demandsOf(live));
    if (live.size < MAX_LIVE_RUNS) return;
    throw new LogburstError("too_many_runs", `${live.size} runs are live, which is the most`, {
      remedies: ["wait for one to end, or stop one"],
    });
  }

  /** @param waits whether the request waits in the queue, where the next leader finds it */
  async function create(
    text: string,
    origin: Origin | undefined,
    waits: boolean,
    more: Partial<RunRecord> = {},
  ): Promise<RunRecord> {
    requireLease();
    requireRoom();
    const others = () => (more.phase === "created" ? [] : demandsOf(live));
    const accepted = await acceptRun(parts, text, epoch, origin, others, more);
    // The next leader may have looked for runs before this one was stored.
    if (!holds() && !waits && !(await withdrawRun(runs, accepted))) return accepted.record;
    requireLease();
    const { id, phase, model, slots_needed } = accepted.record;
    const known = live.get(id)?.record();
    if (known || isFinal(phase) || phase === "created") return known ?? accepted.record;
    // One that was stored before, and whose answer was lost, is driven by nobody: it goes on like one that is taken over.
    if (!accepted.isNew) return drive({ ...accepted, record: { ...accepted.record, epoch } }).record();
    log.info({ run_id: id, model, slots_needed }, "run accepted");
    return drive(accepted).record();
  }

  /** Delivered too often, or terminated by a worker: nobody can run it. */
  async function takeDead(seq: number): Promise<void> {
    const subject = await bus.sliceSubject(seq);
    for (const driver of live.values()) await driver.addDeadSlice(seq, subject);
  }

  async function closeDrivers(): Promise<void> {
    await Promise.all([...live.values()].map((driver) => driver.close()));
  }

  for (const stored of await findLiveRuns(runs, epoch, log)) drive(stored);
  const inbox = await openInbox(bus, {
    live: metrics.sawLive,
    deadSlice: takeDead,
    request: (text, origin) => create(text, origin, true),
    refused(subject, reason) {
      log.warn({ subject, reason }, "a message was refused");
      metrics.refused(subject.split(".").slice(0, 2).join("."), "schema");
    },
    now: clock.nowMs,
  }).catch(async (error: unknown) => {
    await closeDrivers();
    throw error;
  });
  const presence = watchPresence(parts, (heartbeat) => {
    for (const driver of live.values()) driver.nodeGone(heartbeat);
  });
  const cancels = [presence.close, clock.every(TICK_MS, tick), clock.every(BEACON_MS, beacon)];

  return {
    verbs: createLeadingVerbs({
      ...parts,
      epoch,
      requireLease,
      requireRoom,
      accept: (text, origin, more) => create(text, origin, false, more),
      driver: (id) => live.get(id),
      drive,
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
      await Promise.all([inbox.close(), closeDrivers()]);
    },
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

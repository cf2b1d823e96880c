/** A coordinator: stands by until it wins the lease, leads until it loses it, and stands by again. */

import type { Bus, Subscription } from "../../libs/bus/bus.ts";
import type { Cluster } from "../../libs/cluster/cluster.ts";
import { parseMessage } from "../../libs/protocol/door.ts";
import { messageOf } from "../../libs/protocol/errors.ts";
import { Heartbeat } from "../../libs/protocol/node.ts";
import { type Clock, sleep } from "../../libs/runtime/clock.ts";
import { startClockSync } from "../../libs/runtime/clock-sync.ts";
import type { Log } from "../../libs/runtime/log.ts";
import { type KeyRing, sealedObjects } from "../../libs/runtime/sealed-objects.ts";
import type { HotSettings } from "../../libs/settings/settings.ts";
import type { LoadLimits } from "./access/admission.ts";
import { hearKillSwitch } from "./access/kill.ts";
import { startBusApi } from "./api/bus-api.ts";
import type { Guard } from "./api/guard.ts";
import type { LogBook } from "./api/log-book.ts";
import type { Verbs } from "./api/verbs/handlers.ts";
import { createVerbs } from "./api/verbs/verbs.ts";
import { type Leadership, type LeadershipParts, lead } from "./leadership.ts";
import { campaign, type Lease } from "./lease.ts";
import type { LibraryFile } from "./library/folder.ts";
import type { CoordinatorMetrics } from "./metrics.ts";
import { createNodeManager, type NodeManager } from "./nodes/node-manager.ts";
import { type Operator, startOperator } from "./operator/operator.ts";
import type { OpenLeft, OpenServers } from "./run/servers/open-servers.ts";
import { findLiveRuns } from "./takeover.ts";

export interface CoordinatorParts extends LoadLimits {
  readonly bus: Bus;
  readonly node: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: CoordinatorMetrics;
  readonly sealKey: string | undefined;
  /** Keys that open stored reports; none where these are not sealed. */
  readonly storeKeys?: (() => KeyRing) | undefined;
  /** The cluster that it runs in, if it is to look into it and to see to its BenchmarkConfigs. */
  readonly cluster?: Cluster | undefined;
  /** What the services say, as far as it was heard here. */
  readonly logs: LogBook;
  /** Files that are a part of the library, as they are now. */
  readonly libraryFiles: () => readonly LibraryFile[];
  readonly settings: Pick<HotSettings, "state">;
  /** Asked before each verb that comes over NATS. */
  readonly guard: Guard;
  /** How the servers of a run's target are asked how they do; nobody is asked where it is not given. */
  readonly openServers?: OpenServers;
  /** How what a run has left at its target is seen to; nothing is where it is not given. */
  readonly openLeft?: OpenLeft | undefined;
  /** In [0, 1). */
  readonly random: () => number;
}

export interface Coordinator {
  /** What this coordinator does as the leader, while it leads. */
  leadership(): Leadership | undefined;
  readonly nodes: NodeManager;
  readonly verbs: Verbs;
  /** Resolves when somebody leads, here or elsewhere, or when this coordinator is stopped. */
  isLed(): Promise<void>;
  /** Steps down and stops, so that another can lead at once. */
  stop(): Promise<void>;
}

/** What `NODE_TIMEOUT_MS` leaves of three seconds, halved. */
const SWEEP_MS = 100;
const LED_POLL_MS = 50;
const LEADER_TIMEOUT_MS = 1000;
/** Each worker says its heartbeat once in a second. */
const HEARTBEAT_LIMIT_MS = 1500;
/** After a leadership that could not begin. */
const RETRY_PAUSE_MS = 500;

/** Starts to campaign. Streams and buckets must be there. */
export async function startCoordinator(parts: CoordinatorParts): Promise<Coordinator> {
  const { bus, node, clock, log } = parts;
  const [runs, library, stored, leases] = await Promise.all([
    bus.runsBucket(),
    bus.libraryBucket(),
    bus.reportObjects(),
    bus.leaseBucket(),
  ]);
  const reports = sealedObjects(stored, parts.storeKeys);
  let leadership: Leadership | undefined;
  let stopped = false;
  let stepDown: () => void = () => undefined;
  // Also one that stands by hears the workers, so that it knows them when it leads.
  const nodes = createNodeManager(clock, {
    joined(heartbeat) {
      const { node_id, slots, pool } = heartbeat;
      log.info({ node: node_id, slots, pool }, "a worker is there");
      leadership?.joined(heartbeat);
    },
    lost(heartbeat) {
      log.warn({ node: heartbeat.node_id, slots_busy: heartbeat.slots_busy }, "a worker fell silent");
      leadership?.lost(heartbeat);
    },
  });
  const heartbeats = hearWorkers(parts, nodes);
  const killSwitch = hearKillSwitch(bus, clock, log);
  const cancelSweep = clock.every(SWEEP_MS, nodes.sweep);

  /**
   * The reference clock for one that comes to lead without having heard the leader before: the workers have, and theirs must
   * not move while they have slices. They are waited for where a run has begun; else, without them, any clock is as good.
   */
  async function offsetOfWorkers(epoch: number): Promise<number> {
    const live = await findLiveRuns(runs, epoch, log);
    if (live.every(({ record }) => record.t0_ms === undefined)) return nodes.referenceOffsetMs() ?? 0;
    for (let waitedMs = 0; waitedMs < HEARTBEAT_LIMIT_MS && !stopped; waitedMs += LED_POLL_MS) {
      const offsetMs = nodes.referenceOffsetMs();
      if (offsetMs !== undefined) return offsetMs;
      await sleep(clock, LED_POLL_MS);
    }
    return 0;
  }

  /**
   * Stands by until the lease is won, and leads until it is lost. The reference clock goes on where the leader before left
   * it, so a change of leaders moves no intended start.
   */
  async function standAndLead(): Promise<void> {
    const clockSync = startClockSync(bus, clock);
    const lease = await campaign(leases, node, clock, () => stopped);
    clockSync.close();
    if (!lease) return;
    try {
      const offsetMs = clockSync.estimate()?.offsetMs ?? (await offsetOfWorkers(lease.epoch));
      const reference = { ...clock, nowMs: () => clock.nowMs() + offsetMs };
      await leadWith(lease, { ...parts, runs, library, reports, nodes, killSwitch, clock: reference });
    } catch (error) {
      log.error({ epoch: lease.epoch, err: messageOf(error) }, "this coordinator could not lead");
      await sleep(clock, RETRY_PAUSE_MS);
    } finally {
      await lease.release();
    }
  }

  /** Waits until the lease is lost, or this coordinator is stopped. A promise that outlived leaderships would keep a part of each. */
  function untilOver(lease: Lease): Promise<void> {
    return new Promise((resolve) => {
      stepDown = resolve;
      void lease.lost.then(resolve);
      if (stopped) resolve();
    });
  }

  async function leadWith(lease: Lease, leadershipParts: LeadershipParts): Promise<void> {
    await killSwitch.look();
    const leading = await lead(leadershipParts, lease);
    const api = await startBusApi(bus, { ...verbs, ...leading.verbs }, parts.guard).catch(
      async (error: unknown) => {
        await leading.close();
        throw error;
      },
    );
    leadership = leading;
    const operator = operate(lease, { ...verbs, ...leading.verbs }, leadershipParts.clock);
    for (const heartbeat of nodes.alive()) leading.joined(heartbeat);
    log.info({ epoch: lease.epoch }, "this coordinator leads");
    await untilOver(lease);
    leadership = undefined;
    operator?.close();
    await Promise.all([api.stop(), leading.close()].map((closing) => closing.catch(() => undefined)));
    log.info({ epoch: lease.epoch }, "this coordinator no longer leads");
  }

  /** Sees to the cluster's BenchmarkConfigs, by the reference clock. */
  function operate({ holds }: Lease, leaders: Verbs, reference: Clock): Operator | undefined {
    const { cluster } = parts;
    const { reports: store } = bus.names.objects;
    return (
      cluster && startOperator({ cluster, verbs: leaders, reports: store, clock: reference, log, holds })
    );
  }

  const verbs = createVerbs({ ...parts, runs, library, reports, nodes, killSwitch }, () => leadership?.verbs);
  const done = (async () => {
    while (!stopped) await standAndLead();
  })();

  return {
    leadership: () => leadership,
    nodes,
    verbs,
    async isLed() {
      while (!stopped && !leadership && !(await hearsLeader(bus))) await sleep(clock, LED_POLL_MS);
    },
    async stop() {
      stopped = true;
      stepDown();
      await done;
      cancelSweep();
      killSwitch.close();
      heartbeats.close();
    },
  };
}

function hearWorkers({ bus, log, metrics }: CoordinatorParts, nodes: NodeManager): Subscription {
  return bus.subscribe(bus.names.subjects.allHeartbeats, (data, subject) => {
    const parsed = parseMessage(Heartbeat, data);
    if (parsed.ok) {
      nodes.hear(parsed.value);
      return;
    }
    log.warn({ subject, reason: parsed.reason }, "a message was refused");
    metrics.refused(subject.split(".").slice(0, 2).join("."), "schema");
  });
}

/** Whether a leader answers. */
async function hearsLeader(bus: Bus): Promise<boolean> {
  try {
    await bus.request(bus.names.subjects.time, "", LEADER_TIMEOUT_MS);
    return true;
  } catch {
    return false;
  }
}

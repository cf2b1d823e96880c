/** Two coordinators in this process, each with a connection of its own, that take turns to lead. */

import type { Bus } from "../../libs/bus/bus.ts";
import { connectBus } from "../../libs/bus/connect.ts";
import { DEFAULT_PREFIX } from "../../libs/protocol/names.ts";
import { type Clock, systemClock } from "../../libs/runtime/clock.ts";
import { createLog } from "../../libs/runtime/log.ts";
import { createRegistry } from "../../libs/runtime/metrics.ts";
import { admitAll } from "../../services/coordinator/api/guard.ts";
import { createLogBook } from "../../services/coordinator/api/log-book.ts";
import { startCoordinator } from "../../services/coordinator/coordinator.ts";
import type { Leadership } from "../../services/coordinator/leadership.ts";
import { LEASE_KEY } from "../../services/coordinator/lease.ts";
import { createCoordinatorMetrics } from "../../services/coordinator/metrics.ts";
import { eventually } from "../../test/support/eventually.ts";
import { NO_LIMITS, STILL_SETTINGS } from "../../test/support/limits.ts";

export interface Pair extends AsyncDisposable {
  /** Takes the lease from the one that leads, and waits until it has noticed and another leadership has begun. */
  switchOver(): Promise<void>;
  /** Switches until the first of the two leads. */
  leadByFirst(): Promise<void>;
}

/**
 * Timers fire so many times sooner than they ask for, so that a switch takes a tenth of a second in place of two seconds.
 * Time itself goes on as ever.
 */
const HURRY = 20;

const hurriedClock: Clock = {
  nowMs: systemClock.nowMs,
  after: (delayMs, call) => systemClock.after(delayMs / HURRY, call),
  every: (intervalMs, call) => systemClock.every(intervalMs / HURRY, call),
};

export async function startPair(natsUrl: string): Promise<Pair> {
  const first = await startOne(natsUrl, "coordinator-1");
  const second = await startOne(natsUrl, "coordinator-2");
  const bus = await connect(natsUrl, "bench");
  const leases = await bus.leaseBucket();

  /** What the one that leads does; undefined while neither leads, or both think so. */
  function leadership(): Leadership | undefined {
    const leading = [first, second].map(({ coordinator }) => coordinator.leadership()).filter(Boolean);
    return leading.length === 1 ? leading[0] : undefined;
  }

  async function switchOver(): Promise<void> {
    const before = await eventually("one leader", leadership);
    await leases.delete(LEASE_KEY);
    await eventually("another leadership", () => {
      const now = leadership();
      return now !== undefined && now !== before;
    });
  }

  await eventually("a leader", leadership);
  return {
    switchOver,
    async leadByFirst() {
      while (first.coordinator.leadership() === undefined) await switchOver();
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([first.stop(), second.stop()]);
      await bus.close();
    },
  };
}

async function startOne(natsUrl: string, node: string) {
  const bus = await connect(natsUrl, node);
  await bus.provision(1);
  const metrics = createCoordinatorMetrics(createRegistry("coordinator"), systemClock.nowMs, {
    activeNodes: () => 0,
    nodeStatuses: () => [],
    isLeader: () => false,
    phases: () => [],
  });
  const coordinator = await startCoordinator({
    bus,
    node,
    clock: hurriedClock,
    log: createLog("coordinator", node, "silent"),
    metrics,
    sealKey: undefined,
    guard: admitAll,
    logs: createLogBook(),
    libraryFiles: () => [],
    random: () => 0.5,
    ...NO_LIMITS,
    settings: STILL_SETTINGS,
  });
  return {
    coordinator,
    async stop() {
      await coordinator.stop();
      await bus.close();
    },
  };
}

function connect(url: string, name: string): Promise<Bus> {
  return connectBus({ url, prefix: DEFAULT_PREFIX, name, waitForServer: false });
}

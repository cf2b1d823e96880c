/** The real services, put together as their processes put them together, on a simulated machine. */

import { Registry } from "prom-client";
import type { Bus } from "../../libs/bus/bus.ts";
import type { Engine } from "../../libs/engines/engine.ts";
import type { Random } from "../../libs/load/random.ts";
import type { Log } from "../../libs/runtime/log.ts";
import { startAggregator } from "../../services/aggregator/aggregator.ts";
import { createAggregatorMetrics } from "../../services/aggregator/metrics.ts";
import type { LoadLimits } from "../../services/coordinator/access/admission.ts";
import { admitAll } from "../../services/coordinator/api/guard.ts";
import { createLogBook } from "../../services/coordinator/api/log-book.ts";
import { startCoordinator } from "../../services/coordinator/coordinator.ts";
import { createCoordinatorMetrics } from "../../services/coordinator/metrics.ts";
import type { OpenServers } from "../../services/coordinator/run/servers/open-servers.ts";
import { startWorker } from "../../services/worker/worker.ts";
import { NO_LIMITS, NO_SECRETS, STILL_SETTINGS } from "../support/limits.ts";
import type { SimProcess } from "./process.ts";
import type { WorkerMachine } from "./scenario.ts";

/** Ends a service in order, as a signal asks for; resolves when its process may end. */
export type Leave = () => Promise<void>;

/** A machine whose figures never change: how busy it is, is not what is simulated. */
const RESOURCES = { cpuCores: 1, memoryMb: 1024 };
const USAGE = { cpuCores: 0.1, rssMb: 60, loopDelayP99Ms: 1 };
const METER = { sample: () => USAGE, close: () => undefined };

export async function runCoordinator(
  { clock, node }: SimProcess,
  bus: Bus,
  log: Log,
  random: Random,
  limits: LoadLimits = NO_LIMITS,
  openServers?: OpenServers,
): Promise<Leave> {
  await bus.provision(1);
  const metrics = createCoordinatorMetrics(new Registry(), clock.nowMs, {
    activeNodes: () => 0,
    nodeStatuses: () => [],
    isLeader: () => false,
    phases: () => [],
  });
  const coordinator = await startCoordinator({
    ...{ bus, node, clock, log, metrics, sealKey: undefined, random },
    guard: admitAll,
    logs: createLogBook(),
    libraryFiles: () => [],
    ...(openServers && { openServers }),
    ...limits,
    settings: STILL_SETTINGS,
  });
  return async () => {
    await coordinator.stop();
    await bus.close();
  };
}

/** @param toldEnd a processor of all runs was told that one is over */
export async function runAggregator(
  process: SimProcess,
  bus: Bus,
  log: Log,
  toldEnd: (run: string) => void,
): Promise<Leave> {
  const { clock } = process;
  await bus.untilProvisioned();
  const aggregator = await startAggregator({
    bus,
    clock,
    log,
    runs: await bus.runsBucket(),
    reports: await bus.reportObjects(),
    metrics: createAggregatorMetrics(new Registry()),
    resultsDir: "/nowhere",
    processors: {
      forAll: [{ type: "module", module: "witness", on: ["end"], options: {} }],
      open: () => ({
        end({ run }) {
          if (process.act()) toldEnd(run);
        },
      }),
    },
  });
  return aggregator.close;
}

export async function runWorker(
  { clock }: SimProcess,
  bus: Bus,
  log: Log,
  { node, slots, maxInFlight }: WorkerMachine,
  engine: Engine,
): Promise<Leave> {
  await bus.untilProvisioned();
  const options = { node, pool: "default", slots, maxInFlight, secrets: NO_SECRETS, observe: undefined };
  const machine = { resources: RESOURCES, meter: METER, engineOf: () => engine };
  const worker = startWorker(bus, clock, log, new Registry(), options, machine);
  return async () => {
    await worker.drain();
    await worker.close();
    await bus.close();
  };
}

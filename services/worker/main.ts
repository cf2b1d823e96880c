/** Wires a worker and serves its health and metrics. It needs nothing but the address of the bus. */

import { createWriteStream } from "node:fs";
import type { Bus } from "../../libs/bus/bus.ts";
import { connectBus } from "../../libs/bus/connect.ts";
import { engineOf, loadEngines } from "../../libs/engines/registry.ts";
import { systemClock } from "../../libs/runtime/clock.ts";
import {
  busOptionsOf,
  type Environment,
  nodeIdOf,
  readEnvironment,
  withArguments,
} from "../../libs/runtime/config.ts";
import { systemFineWait } from "../../libs/runtime/fine-wait.ts";
import { createServiceApp } from "../../libs/runtime/http.ts";
import { createLog } from "../../libs/runtime/log.ts";
import { createLogRelay } from "../../libs/runtime/log-relay.ts";
import { createRegistry } from "../../libs/runtime/metrics.ts";
import { engineModulesOf } from "../../libs/runtime/modules.ts";
import { announceReady, endWithParent, exitOnSignal } from "../../libs/runtime/process.ts";
import { availableResources, createUsageMeter } from "../../libs/runtime/resources.ts";
import { targetSecretsOf } from "../../libs/runtime/secrets.ts";
import { certificateFiles, serveHttp } from "../../libs/settings/serve-http.ts";
import { startSettings } from "../../libs/settings/settings.ts";
import type { Workplace } from "./attempt/attempt.ts";
import { watchIdle } from "./health/idle-watch.ts";
import { startWorker, type Worker } from "./worker.ts";

/** Several workers may share a machine, so each takes a free port unless one is given. */
const DEFAULT_PORT = 0;

/** @param args `--settings FILE`, `--exit-when-idle SECONDS` */
export async function main(args: readonly string[] = []): Promise<void> {
  const environment = withArguments(readEnvironment(), args);
  const node = nodeIdOf(environment, "worker");
  const clock = systemClock;
  endWithParent(clock);
  await loadEngines(engineModulesOf(environment));
  const relay = createLogRelay(clock);
  const log = createLog("worker", node, environment.LOG_LEVEL, relay);
  const registry = createRegistry("worker");
  const about = { service: "worker" as const, node, clock, log, registry };
  const settings = await startSettings({ ...about, environment });
  const bus = await connectBus(busOptionsOf(environment, "worker", node));
  relay.connect((line) => bus.publish(bus.names.subjects.log(node), line));
  bus.onStatus((status) => log.warn({ status }, "bus"));
  await bus.untilProvisioned();
  await settings.connect(bus);
  const { slots, max_in_flight: maxInFlight = environment.LOGBURST_MAX_IN_FLIGHT } = settings.current();
  const worker = startWorker(
    bus,
    clock,
    log,
    registry,
    {
      node,
      pool: environment.LOGBURST_POOL,
      slots,
      maxInFlight,
      secrets: targetSecretsOf(environment),
      http: environment.LOGBURST_HTTP,
      // A worker without rules of its own keeps to those that come with a run.
      targets: () => settings.current().targets,
      observe: sampleLog(environment.LOGBURST_SAMPLE_LOG),
    },
    { resources: availableResources(), meter: createUsageMeter(clock), engineOf, fineWait: systemFineWait },
  );
  settings.apply(({ slots: set, max_in_flight: most = maxInFlight }) =>
    worker.adjust({ slots: set, maxInFlight: most }),
  );
  const app = createServiceApp(
    clock,
    registry,
    {
      ready: () => bus.isConnected() && !worker.isDraining(),
      activeNodes: () => 1,
      runningTasks: worker.slots.busy,
    },
    certificateFiles(environment) !== undefined,
  );
  const http = await serveHttp(app, environment, DEFAULT_PORT, about);
  log.info({ url: http.url, slots: worker.slots.full, nats: bus.serverVersion }, "worker is ready");
  announceReady({ ready: true, url: http.url, node });

  const leave = exitOnSignal(log, clock, async () => {
    settings.close();
    await worker.drain();
    await http.close();
    await worker.close();
    await bus.close();
  });
  leaveWhenIdle(environment, worker, bus, leave);
}

/** A worker that was started for the work that there is ends when there is none. */
function leaveWhenIdle(
  { LOGBURST_EXIT_WHEN_IDLE: limitS }: Environment,
  { slots }: Worker,
  bus: Bus,
  leave: (why: string) => void,
): void {
  if (limitS === undefined) return;
  // Cut off from the bus it cannot know whether there is work.
  const isBusy = () => slots.busy() > 0 || !bus.isConnected();
  watchIdle(systemClock, limitS * 1000, isBusy, () => leave(`there was no work for ${limitS} s`));
}

/** Tests only: every query that was answered well, as a line of run, query and microseconds. */
function sampleLog(file: string | undefined): Workplace["observe"] {
  if (file === undefined) return undefined;
  const out = createWriteStream(file, { flags: "a" });
  return (run, { query, sentMs, doneMs, outcome }) => {
    if (outcome === "ok") out.write(`${run.id} ${query} ${Math.round((doneMs - sentMs) * 1000)}\n`);
  };
}

/** Wires a coordinator: it campaigns for the lease, and while it holds it, it leads. */

import { connectBus } from "../../libs/bus/connect.ts";
import { systemClock } from "../../libs/runtime/clock.ts";
import { natsUrlOf, nodeIdOf, readEnvironment } from "../../libs/runtime/config.ts";
import { createServiceApp, listen } from "../../libs/runtime/http.ts";
import { createLog } from "../../libs/runtime/log.ts";
import { createRegistry } from "../../libs/runtime/metrics.ts";
import { announceReady, exitOnSignal } from "../../libs/runtime/process.ts";
import { sealKeyOf } from "../../libs/runtime/secrets.ts";
import { startBusApi } from "./bus-api.ts";
import { addApi } from "./http-api.ts";
import { type Leadership, lead } from "./leadership.ts";
import { campaign } from "./lease.ts";
import { createCoordinatorMetrics } from "./metrics.ts";

const DEFAULT_PORT = 8080;

export async function main(): Promise<void> {
  const environment = readEnvironment();
  const node = nodeIdOf(environment, "coordinator");
  const clock = systemClock;
  const log = createLog("coordinator", node, environment.LOG_LEVEL);
  const bus = await connectBus({
    url: natsUrlOf(environment),
    prefix: environment.LOGBURST_PREFIX,
    name: node,
    credsFile: environment.NATS_CREDS,
    waitForServer: true,
  });
  bus.onStatus((status) => log.warn({ status }, "bus"));
  await bus.provision(environment.LOGBURST_REPLICAS);

  let leadership: Leadership | undefined;
  let stopped = false;
  const activeNodes = () => leadership?.nodes.alive().length ?? 0;
  const phases = () => leadership?.drivers().map((driver) => driver.record().phase) ?? [];
  const registry = createRegistry("coordinator");
  const metrics = createCoordinatorMetrics(registry, clock.nowMs, {
    activeNodes,
    isLeader: () => leadership !== undefined,
    phases,
  });
  const app = createServiceApp(clock, registry, {
    ready: bus.isConnected,
    activeNodes,
    runningTasks: () => phases().length,
  });
  addApi(app, () => leadership);
  const http = await listen(
    app,
    environment.LOGBURST_HTTP_HOST,
    environment.LOGBURST_HTTP_PORT ?? DEFAULT_PORT,
  );
  const [runs, reports, leases] = await Promise.all([
    bus.runsBucket(),
    bus.reportObjects(),
    bus.leaseBucket(),
  ]);

  /** Leads once: from winning the lease until it is lost. */
  async function leadOnce(): Promise<void> {
    const lease = await campaign(leases, node, clock, () => stopped);
    if (!lease) return;
    log.info({ epoch: lease.epoch }, "this coordinator leads");
    const sealKey = sealKeyOf(environment);
    const leading = await lead({
      bus,
      runs,
      reports,
      clock,
      log,
      metrics,
      sealKey,
      random: Math.random,
      epoch: lease.epoch,
    });
    const api = await startBusApi(bus, leading);
    leadership = leading;
    announceReady({ ready: true, url: http.url, node });
    await Promise.race([lease.lost, untilStopped]);
    leadership = undefined;
    await api.stop();
    await leading.close();
    await lease.release();
    log.info({ epoch: lease.epoch }, "this coordinator no longer leads");
  }

  let announceStop: () => void = () => undefined;
  const untilStopped = new Promise<void>((resolve) => {
    announceStop = resolve;
  });
  const done = (async () => {
    while (!stopped) await leadOnce();
  })();
  log.info({ url: http.url, nats: bus.serverVersion }, "coordinator is up");

  exitOnSignal(log, clock, async () => {
    stopped = true;
    announceStop();
    await done;
    await http.close();
    await bus.close();
  });
}

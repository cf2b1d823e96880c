/** Wires an aggregator and serves its health and metrics. */

import { connectBus } from "../../libs/bus/connect.ts";
import { systemClock } from "../../libs/runtime/clock.ts";
import { busOptionsOf, nodeIdOf, readEnvironment, withArguments } from "../../libs/runtime/config.ts";
import { createServiceApp } from "../../libs/runtime/http.ts";
import { createLog } from "../../libs/runtime/log.ts";
import { createLogRelay } from "../../libs/runtime/log-relay.ts";
import { createRegistry } from "../../libs/runtime/metrics.ts";
import { announceReady, endWithParent, exitOnSignal } from "../../libs/runtime/process.ts";
import { sealedObjects, storeKeysOf } from "../../libs/runtime/sealed-objects.ts";
import { certificateFiles, serveHttp } from "../../libs/settings/serve-http.ts";
import { startSettings } from "../../libs/settings/settings.ts";
import { startAggregator } from "./aggregator.ts";
import { createAggregatorMetrics } from "./metrics.ts";
import { processorsOf } from "./processing/settings.ts";

const DEFAULT_PORT = 8081;
const DEFAULT_RESULTS_DIR = "/results";

/** @param args `--settings FILE` */
export async function main(args: readonly string[] = []): Promise<void> {
  const environment = withArguments(readEnvironment(), args);
  const node = nodeIdOf(environment, "aggregator");
  const clock = systemClock;
  endWithParent(clock);
  const relay = createLogRelay(clock);
  const log = createLog("aggregator", node, environment.LOG_LEVEL, relay);
  const registry = createRegistry("aggregator");
  const about = { service: "aggregator" as const, node, clock, log, registry };
  const settings = await startSettings({ ...about, environment });
  const bus = await connectBus(busOptionsOf(environment, "aggregator", node));
  relay.connect((line) => bus.publish(bus.names.subjects.log(node), line));
  bus.onStatus((status) => log.warn({ status }, "bus"));
  await bus.untilProvisioned();
  await settings.connect(bus);
  const storeKeys = storeKeysOf(environment);
  const folder = { resultsDir: environment.LOGBURST_RESULTS_DIR ?? DEFAULT_RESULTS_DIR, storeKeys };
  const aggregator = await startAggregator({
    bus,
    clock,
    log,
    runs: await bus.runsBucket(),
    reports: sealedObjects(await bus.reportObjects(), storeKeys),
    metrics: createAggregatorMetrics(registry),
    ...folder,
    processors: processorsOf(environment, bus.names.prefix, clock, folder),
  });
  const app = createServiceApp(
    clock,
    registry,
    {
      ready: bus.isConnected,
      activeNodes: aggregator.activeNodes,
      runningTasks: aggregator.runningTasks,
    },
    certificateFiles(environment) !== undefined,
  );
  const http = await serveHttp(app, environment, DEFAULT_PORT, about);
  log.info({ url: http.url, nats: bus.serverVersion }, "aggregator is ready");
  announceReady({ ready: true, url: http.url, node });

  exitOnSignal(log, clock, async () => {
    settings.close();
    await http.close();
    await aggregator.close();
    await bus.close();
  });
}

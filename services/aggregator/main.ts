/** Wires an aggregator and serves its health and metrics. */

import { connectBus } from "../../libs/bus/connect.ts";
import { systemClock } from "../../libs/runtime/clock.ts";
import { natsUrlOf, nodeIdOf, readEnvironment } from "../../libs/runtime/config.ts";
import { createServiceApp, listen } from "../../libs/runtime/http.ts";
import { createLog } from "../../libs/runtime/log.ts";
import { createLogRelay } from "../../libs/runtime/log-relay.ts";
import { createRegistry } from "../../libs/runtime/metrics.ts";
import { announceReady, endWithParent, exitOnSignal } from "../../libs/runtime/process.ts";
import { startAggregator } from "./aggregator.ts";
import { createAggregatorMetrics } from "./metrics.ts";
import { processorsOf } from "./processing/settings.ts";

const DEFAULT_PORT = 8081;
const DEFAULT_RESULTS_DIR = "/results";

export async function main(): Promise<void> {
  const environment = readEnvironment();
  const node = nodeIdOf(environment, "aggregator");
  const clock = systemClock;
  endWithParent(clock);
  const relay = createLogRelay(clock);
  const log = createLog("aggregator", node, environment.LOG_LEVEL, relay);
  const bus = await connectBus({
    url: natsUrlOf(environment),
    prefix: environment.LOGBURST_PREFIX,
    name: node,
    credsFile: environment.NATS_CREDS,
    waitForServer: true,
  });
  relay.connect((line) => bus.publish(bus.names.subjects.log(node), line));
  bus.onStatus((status) => log.warn({ status }, "bus"));
  await bus.untilProvisioned();
  const registry = createRegistry("aggregator");
  const resultsDir = environment.LOGBURST_RESULTS_DIR ?? DEFAULT_RESULTS_DIR;
  const aggregator = await startAggregator({
    bus,
    clock,
    log,
    runs: await bus.runsBucket(),
    reports: await bus.reportObjects(),
    metrics: createAggregatorMetrics(registry),
    resultsDir,
    processors: processorsOf(environment, bus.names.prefix, clock, resultsDir),
  });
  const app = createServiceApp(clock, registry, {
    ready: bus.isConnected,
    activeNodes: aggregator.activeNodes,
    runningTasks: aggregator.runningTasks,
  });
  const http = await listen(
    app,
    environment.LOGBURST_HTTP_HOST,
    environment.LOGBURST_HTTP_PORT ?? DEFAULT_PORT,
  );
  log.info({ url: http.url, nats: bus.serverVersion }, "aggregator is ready");
  announceReady({ ready: true, url: http.url, node });

  exitOnSignal(log, clock, async () => {
    await http.close();
    await aggregator.close();
    await bus.close();
  });
}

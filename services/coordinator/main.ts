/** Wires a coordinator as a process: its connection, its HTTP side, its end. */

import { parseArgs } from "node:util";
import { connectBus } from "../../libs/bus/connect.ts";
import { engineNamed } from "../../libs/engines/registry.ts";
import { parseMessage } from "../../libs/protocol/door.ts";
import { LogLine } from "../../libs/protocol/log-line.ts";
import { systemClock } from "../../libs/runtime/clock.ts";
import { type Environment, natsUrlOf, nodeIdOf, readEnvironment } from "../../libs/runtime/config.ts";
import { createServiceApp, listen } from "../../libs/runtime/http.ts";
import { createLog } from "../../libs/runtime/log.ts";
import { createLogRelay } from "../../libs/runtime/log-relay.ts";
import { createRegistry } from "../../libs/runtime/metrics.ts";
import { announceReady, endWithParent, exitOnSignal } from "../../libs/runtime/process.ts";
import { sealKeyOf } from "../../libs/runtime/secrets.ts";
import { gateOf, tlsOf } from "./access/gate-settings.ts";
import { limitsOf } from "./access/settings.ts";
import { addApi } from "./api/http/api.ts";
import { createLogBook } from "./api/log-book.ts";
import { type Coordinator, startCoordinator } from "./coordinator.ts";
import { type LibraryFile, readFolder } from "./library/folder.ts";
import { createCoordinatorMetrics } from "./metrics.ts";
import { createOpenServers } from "./run/servers/open-servers.ts";

const DEFAULT_PORT = 8080;

/** @param args `--library FOLDER` */
export async function main(args: readonly string[] = []): Promise<void> {
  const environment = readEnvironment();
  const node = nodeIdOf(environment, "coordinator");
  const clock = systemClock;
  endWithParent(clock);
  const relay = createLogRelay(clock);
  const log = createLog("coordinator", node, environment.LOG_LEVEL, relay);
  const bus = await connectBus({
    url: natsUrlOf(environment),
    prefix: environment.LOGBURST_PREFIX,
    name: node,
    credsFile: environment.NATS_CREDS,
    waitForServer: true,
  });
  relay.connect((line) => bus.publish(bus.names.subjects.log(node), line));
  bus.onStatus((status) => log.warn({ status }, "bus"));
  await bus.provision(environment.LOGBURST_REPLICAS);

  const activeNodes = () => coordinator.nodes.alive().length;
  const phases = () =>
    coordinator
      .leadership()
      ?.drivers()
      .map((driver) => driver.record().phase) ?? [];
  const registry = createRegistry("coordinator");
  const metrics = createCoordinatorMetrics(registry, clock.nowMs, {
    activeNodes,
    isLeader: () => coordinator.leadership() !== undefined,
    phases,
  });
  const logs = createLogBook();
  bus.subscribe(bus.names.subjects.allLogs, (data) => {
    const parsed = parseMessage(LogLine, data);
    if (parsed.ok) logs.add(parsed.value);
  });
  const tls = tlsOf(environment);
  const guard = gateOf(environment, clock, log);
  const coordinator: Coordinator = await startCoordinator({
    ...{ bus, node, clock, log, metrics, guard, logs },
    sealKey: sealKeyOf(environment),
    openServers: createOpenServers(engineNamed, clock, sealKeyOf(environment)),
    libraryFiles: libraryFilesOf(args, environment),
    random: Math.random,
    ...limitsOf(environment),
  });
  const app = createServiceApp(
    clock,
    registry,
    {
      ready: bus.isConnected,
      activeNodes,
      runningTasks: () => phases().length,
    },
    tls !== undefined,
  );
  const runs = await bus.runsBucket();
  addApi(app, {
    verbs: coordinator.verbs,
    guard,
    bus,
    runs,
    logs,
    clock,
    prefix: bus.names.prefix,
  });
  const port = environment.LOGBURST_HTTP_PORT ?? DEFAULT_PORT;
  const http = await listen(app, environment.LOGBURST_HTTP_HOST, port, tls);
  log.info({ url: http.url, nats: bus.serverVersion }, "coordinator is up");

  exitOnSignal(log, clock, async () => {
    await coordinator.stop();
    await http.close();
    await bus.close();
  });
  await coordinator.isLed();
  announceReady({ ready: true, url: http.url, node });
}

/** A folder that cannot be read is known at the start, not when this coordinator comes to lead. */
function libraryFilesOf(args: readonly string[], { LOGBURST_LIBRARY }: Environment): () => LibraryFile[] {
  const { values } = parseArgs({ args: [...args], options: { library: { type: "string" } } });
  const folder = values.library ?? LOGBURST_LIBRARY;
  const read = () => (folder === undefined ? [] : readFolder(folder));
  read();
  return read;
}

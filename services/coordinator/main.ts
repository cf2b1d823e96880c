/** Wires a coordinator as a process: its connection, its HTTP side, its end. */

import { join } from "node:path";
import type { Bus } from "../../libs/bus/bus.ts";
import { connectBus } from "../../libs/bus/connect.ts";
import type { Cluster } from "../../libs/cluster/cluster.ts";
import { engineOf, loadEngines } from "../../libs/engines/registry.ts";
import { parseMessage } from "../../libs/protocol/door.ts";
import { Live } from "../../libs/protocol/live.ts";
import { LogLine } from "../../libs/protocol/log-line.ts";
import { systemClock } from "../../libs/runtime/clock.ts";
import {
  busOptionsOf,
  type Environment,
  nodeIdOf,
  readEnvironment,
  withArguments,
} from "../../libs/runtime/config.ts";
import { createServiceApp } from "../../libs/runtime/http.ts";
import { createLog } from "../../libs/runtime/log.ts";
import { createLogRelay } from "../../libs/runtime/log-relay.ts";
import { createRegistry } from "../../libs/runtime/metrics.ts";
import { engineModulesOf } from "../../libs/runtime/modules.ts";
import { announceReady, endWithParent, exitOnSignal } from "../../libs/runtime/process.ts";
import { storeKeysOf } from "../../libs/runtime/sealed-objects.ts";
import { sealKeyOf, targetSecretsOf } from "../../libs/runtime/secrets.ts";
import { PACKAGE_ROOT } from "../../libs/runtime/version.ts";
import { certificateFiles, serveHttp } from "../../libs/settings/serve-http.ts";
import { startSettings } from "../../libs/settings/settings.ts";
import { startCredentials } from "./access/credentials.ts";
import { gateOf } from "./access/gate-settings.ts";
import { limitsOf } from "./access/settings.ts";
import { addApi } from "./api/http/api.ts";
import { addPanel } from "./api/http/panel.ts";
import { createLiveBook, type LiveBook } from "./api/live-book.ts";
import { createLogBook, type LogBook } from "./api/log-book.ts";
import { type Coordinator, startCoordinator } from "./coordinator.ts";
import { type LibraryFile, readFolder } from "./library/folder.ts";
import { createCoordinatorMetrics } from "./metrics.ts";
import { createOpenLeft, createOpenServers } from "./run/servers/open-servers.ts";

const DEFAULT_PORT = 8080;

/** @param args `--settings FILE`, `--library FOLDER` */
export async function main(args: readonly string[] = []): Promise<void> {
  const environment = withArguments(readEnvironment(), args);
  const node = nodeIdOf(environment, "coordinator");
  const clock = systemClock;
  endWithParent(clock);
  await loadEngines(engineModulesOf(environment));
  const relay = createLogRelay(clock);
  const log = createLog("coordinator", node, environment.LOG_LEVEL, relay);
  const registry = createRegistry("coordinator");
  const about = { service: "coordinator" as const, node, clock, log, registry };
  const settings = await startSettings({ ...about, environment });
  const credentials = await startCredentials(environment, { clock, node, trail: settings.trail });
  const bus = await connectBus(busOptionsOf(environment, "coordinator", node));
  relay.connect((line) => bus.publish(bus.names.subjects.log(node), line));
  bus.onStatus((status) => log.warn({ status }, "bus"));
  await bus.provision(environment.LOGBURST_REPLICAS);
  for (const pool of environment.LOGBURST_POOLS) await bus.ensurePool(pool);
  await settings.connect(bus);

  const activeNodes = () => coordinator.nodes.alive().length;
  const phases = () =>
    coordinator
      .leadership()
      ?.drivers()
      .map((driver) => driver.record().phase) ?? [];
  const metrics = createCoordinatorMetrics(registry, clock.nowMs, {
    activeNodes,
    nodeStatuses: () => coordinator.nodes.statuses().map(({ status }) => status),
    isLeader: () => coordinator.leadership() !== undefined,
    phases,
  });
  const logs = hearLogs(bus);
  const guard = gateOf(environment, settings, credentials.current, clock, log);
  const coordinator: Coordinator = await startCoordinator({
    ...{ bus, node, clock, log, metrics, guard, logs },
    sealKey: sealKeyOf(environment),
    storeKeys: storeKeysOf(environment),
    cluster: await clusterOf(environment),
    openServers: createOpenServers(engineOf, clock, targetSecretsOf(environment)),
    openLeft: createOpenLeft(engineOf, clock, targetSecretsOf(environment)),
    libraryFiles: libraryFilesOf(environment),
    settings,
    random: Math.random,
    ...limitsOf(environment, settings),
  });
  const app = createServiceApp(
    clock,
    registry,
    {
      ready: bus.isConnected,
      activeNodes,
      runningTasks: () => phases().length,
    },
    certificateFiles(environment) !== undefined,
  );
  const runs = await bus.runsBucket();
  addPanel(app, join(PACKAGE_ROOT, "dist", "panel"));
  addApi(app, {
    verbs: coordinator.verbs,
    guard,
    bus,
    runs,
    logs,
    lives: hearLives(bus),
    clock,
    prefix: bus.names.prefix,
  });
  const http = await serveHttp(app, environment, DEFAULT_PORT, about);
  log.info({ url: http.url, nats: bus.serverVersion }, "coordinator is up");

  exitOnSignal(log, clock, async () => {
    settings.close();
    credentials.close();
    await coordinator.stop();
    await http.close();
    await bus.close();
  });
  await coordinator.isLed();
  announceReady({ ready: true, url: http.url, node });
}

/** The client library is loaded where a cluster is to be looked into, and nowhere else. */
async function clusterOf(environment: Environment): Promise<Cluster | undefined> {
  if (environment.LOGBURST_KUBERNETES === "off") return undefined;
  const { connectCluster } = await import("../../libs/cluster/client.ts");
  return connectCluster(environment.LOGBURST_NAMESPACE);
}

/** A folder that cannot be read is known at the start, not when this coordinator comes to lead. */
function libraryFilesOf({ LOGBURST_LIBRARY: folder }: Environment): () => LibraryFile[] {
  const read = () => (folder === undefined ? [] : readFolder(folder));
  read();
  return read;
}

/** What live runs tell of their timelines. */
function hearLives(bus: Bus): LiveBook {
  const lives = createLiveBook();
  bus.subscribe(bus.names.subjects.allLive, (data) => {
    const parsed = parseMessage(Live, data);
    if (parsed.ok) lives.add(parsed.value);
  });
  return lives;
}

/** The last lines of all services. */
function hearLogs(bus: Bus): LogBook {
  const logs = createLogBook();
  bus.subscribe(bus.names.subjects.allLogs, (data) => {
    const parsed = parseMessage(LogLine, data);
    if (parsed.ok) logs.add(parsed.value);
  });
  return logs;
}

/** What faults strike: real servers and real services, which can be brought back to their number for the next fault. */

import { fileURLToPath } from "node:url";
import { connect, type NatsConnection } from "nats";
import type { Bus } from "../../libs/bus/bus.ts";
import { connectBus } from "../../libs/bus/connect.ts";
import { connectionOptions } from "../../libs/bus/options.ts";
import { systemClock } from "../../libs/runtime/clock.ts";
import { busOptionsOf, readEnvironment } from "../../libs/runtime/config.ts";
import type { Child } from "../../services/cli/local/child.ts";
import { type Secured, secureIn } from "../../services/cli/local/secured.ts";
import { type Service, type ServiceRole, startStack } from "../../services/cli/local/stack.ts";
import { eventually } from "../support/eventually.ts";
import { type FaultProxy, startFaultProxy } from "../support/fault-proxy.ts";
import { temporaryFolder } from "../support/folders.ts";
import { type NatsCluster, startNatsCluster } from "../support/nats-cluster.ts";
import { type NatsNode, natsNode } from "../support/nats-node.ts";
import type { Setup } from "./fault.ts";

export interface Stage extends AsyncDisposable {
  readonly bus: Bus;
  /** A client of the suite's own, to look at what the servers hold. */
  readonly observer: NatsConnection;
  /** The single server; in a clustered system there is none. */
  nats(): NatsNode;
  cluster(): NatsCluster;
  /** Between the victim and NATS; in a clustered system it carries nothing. */
  readonly victimLink: FaultProxy;
  /** The worker that is struck. Its heap is small, so that it can be exhausted. */
  victim(): Service;
  /** A service by its name. */
  part(name: string): Child;
  /** The service of a role that was started last. */
  last(role: ServiceRole): Child;
  /** Starts one more service. */
  add(role: ServiceRole): Service;
  /** When workers ended, as epoch milliseconds. */
  readonly deathsMs: readonly number[];
  /** Starts again what has died, and waits until all is well. */
  restore(): Promise<void>;
}

const USUAL_WORKERS = 3;
const OUT_OF_MEMORY = fileURLToPath(new URL("../support/out-of-memory.js", import.meta.url));
const SMALL_HEAP = { NODE_OPTIONS: `--max-old-space-size=96 --import=${OUT_OF_MEMORY}` };
const LEADER_PROBE_MS = 1000;

type Keep = <T extends AsyncDisposable>(part: T) => T;

export async function buildStage(setup: Setup): Promise<Stage> {
  const parts: AsyncDisposable[] = [];
  /** The last that was started ends first. */
  async function close(): Promise<void> {
    for (const part of parts.toReversed()) await part[Symbol.asyncDispose]();
  }
  function keep<T extends AsyncDisposable>(part: T): T {
    parts.push(part);
    return part;
  }
  try {
    const servers = await startServers(setup, keep);
    const cast = await startCast(setup, servers, keep);
    return { ...servers, ...cast, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}

type Servers = Pick<Stage, "nats" | "cluster" | "victimLink"> & {
  readonly secured: Secured | undefined;
  readonly natsUrl: string;
  readonly victimUrl: string;
};

async function startServers(setup: Setup, keep: Keep): Promise<Servers> {
  const secured = setup.isSecured ? await secureIn(keep(keptFolder()).path) : undefined;
  const more = secured ? ["-c", secured.natsConfig] : [];
  const scheme = secured ? "tls" : "nats";
  const cluster = setup.isClustered ? keep(await startNatsCluster(more)) : undefined;
  const single = cluster ? undefined : keep(await natsNode("nats", more));
  await single?.start();
  const victimLink = keep(await startFaultProxy(single?.port ?? 0));
  const natsUrl = (cluster?.url ?? single?.url ?? "").replaceAll("nats:", `${scheme}:`);
  return {
    secured,
    natsUrl,
    victimUrl: single ? `${scheme}://127.0.0.1:${victimLink.port}` : natsUrl,
    victimLink,
    nats: () => there(single),
    cluster: () => there(cluster),
  };
}

async function startCast(
  setup: Setup,
  { natsUrl, victimUrl, cluster, secured }: Servers,
  keep: Keep,
): Promise<Omit<Stage, keyof Servers | keyof AsyncDisposable>> {
  const workers = setup.workers ?? USUAL_WORKERS;
  const stack = keep(
    await startStack({
      environment: readEnvironment(),
      clock: systemClock,
      natsUrl,
      secured,
      workers: Math.max(0, workers - 1),
      logFolder: undefined,
      servicesMayDie: true,
      serviceEnvironment: { LOGBURST_REPLICAS: setup.isClustered ? "3" : "1" },
    }),
  );
  const environment = { ...readEnvironment(), ...secured?.environmentOf("admin") };
  const options = busOptionsOf(environment, "admin", "chaos", natsUrl);
  const bus = keep(await connectBus(options));
  const observer = await connect(connectionOptions(options));
  keep({ [Symbol.asyncDispose]: () => observer.close() });
  const deathsMs: number[] = [];
  for (const worker of stack.workers()) watch(worker);
  let victim: Service | undefined;

  function watch(worker: Child): void {
    void worker.exited.then(() => deathsMs.push(Date.now()));
  }

  const ofRole = (role: ServiceRole) => stack.children.filter(({ name }) => name.startsWith(role));
  const alive = (role: ServiceRole) => ofRole(role).filter((child) => child.isAlive()).length;

  function add(role: ServiceRole, more: Readonly<Record<string, string>> = {}): Service {
    const service = stack.start(role, `${role}-${ofRole(role).length + 1}`, more);
    if (role === "worker") watch(service);
    return service;
  }

  async function restore(): Promise<void> {
    // A second node that dies while another still catches up would leave one of three: no single fault.
    if (setup.isClustered) await cluster().healthy();
    const started: Service[] = [];
    if (workers > 0 && !victim?.isAlive()) {
      victim = add("worker", { NATS_URL: victimUrl, ...SMALL_HEAP });
      started.push(victim);
    }
    while (alive("worker") < workers) started.push(add("worker"));
    while (alive("aggregator") < 1) started.push(add("aggregator"));
    while (alive("coordinator") < (setup.hasStandby ? 2 : 1)) add("coordinator");
    await Promise.all(started.map(({ ready }) => ready));
    await eventually("a leader", () => bus.request(bus.names.subjects.time, "", LEADER_PROBE_MS));
  }

  await restore();
  return {
    bus,
    observer,
    deathsMs,
    victim: () => there(victim),
    part: (name) => there(stack.children.find((child) => child.name === name)),
    last: (role) => there(ofRole(role).at(-1)),
    add,
    restore,
  };
}

function keptFolder(): AsyncDisposable & { readonly path: string } {
  const folder = temporaryFolder();
  return { path: folder.path, [Symbol.asyncDispose]: async () => folder[Symbol.dispose]() };
}

function there<T>(part: T | undefined): T {
  if (part === undefined) throw new Error("this fault's setup has no such part");
  return part;
}

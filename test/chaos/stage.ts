/** Builds what a fault strikes: real servers, real services, and proxies that count and cut. */

import { connect, type NatsConnection } from "nats";
import type { Bus } from "../../libs/bus/bus.ts";
import { connectBus } from "../../libs/bus/connect.ts";
import { systemClock } from "../../libs/runtime/clock.ts";
import { readEnvironment } from "../../libs/runtime/config.ts";
import type { Child } from "../../services/cli/local/child.ts";
import { type Service, type Stack, startStack } from "../../services/cli/local/stack.ts";
import { type CountingProxy, startCountingProxy } from "../support/counting-proxy.ts";
import { type FaultProxy, startFaultProxy } from "../support/fault-proxy.ts";
import { type NatsCluster, startNatsCluster } from "../support/nats-cluster.ts";
import { type NatsNode, natsNode } from "../support/nats-node.ts";
import type { Setup } from "./fault.ts";

export interface Stage extends AsyncDisposable {
  readonly stack: Stack;
  readonly bus: Bus;
  /** A client of the suite's own, to look at what the servers hold. */
  readonly observer: NatsConnection;
  /** The single server; in a clustered system there is none. */
  nats(): NatsNode;
  cluster(): NatsCluster;
  /** Between the last worker and NATS; in a clustered system it carries nothing. */
  readonly victimLink: FaultProxy;
  /** Between all workers and the target. */
  readonly targetLink: FaultProxy;
  readonly proxy: CountingProxy;
  /** The last worker. */
  victim(): Service;
  /** A process by its name. */
  part(name: string): Child;
}

/** Answers are held back so long: a closed user asks at most four times a second. */
const DELAY_MS = 250;
const USUAL_WORKERS = 3;

export async function buildStage(setup: Setup, targetUrl: string): Promise<Stage> {
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
    return { ...(await build(setup, targetUrl, keep)), [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function build(
  setup: Setup,
  targetUrl: string,
  keep: <T extends AsyncDisposable>(part: T) => T,
): Promise<Omit<Stage, keyof AsyncDisposable>> {
  const proxy = keep(await startCountingProxy(targetUrl, DELAY_MS));
  const targetLink = keep(await startFaultProxy(Number(new URL(proxy.url).port)));
  const cluster = setup.isClustered ? keep(await startNatsCluster()) : undefined;
  const single = setup.isClustered ? undefined : keep(await natsNode("nats"));
  await single?.start();
  const natsUrl = cluster?.url ?? single?.url ?? "";
  const victimLink = keep(await startFaultProxy(single?.port ?? 0));
  const workers = setup.workers ?? USUAL_WORKERS;
  const stack = keep(
    await startStack({
      environment: readEnvironment(),
      clock: systemClock,
      natsUrl,
      workers: Math.max(0, workers - 1),
      logFolder: undefined,
      servicesMayDie: true,
      serviceEnvironment: { LOGBURST_REPLICAS: cluster ? "3" : "1" },
    }),
  );
  if (setup.hasStandby) stack.start("coordinator", "coordinator-2");
  const victim = workers > 0 ? startVictim(stack, workers, setup, single && victimLink) : undefined;
  await victim?.ready;
  const bus = keep(await connectBus({ url: natsUrl, prefix: "lb", name: "chaos", waitForServer: true }));
  const servers = natsUrl.split(",").map((url) => url.replace("nats://", ""));
  const observer = await connect({ servers, maxReconnectAttempts: -1, reconnectTimeWait: 250 });
  keep({ [Symbol.asyncDispose]: () => observer.close() });
  return {
    stack,
    bus,
    observer,
    proxy,
    targetLink,
    victimLink,
    nats: () => there(single),
    cluster: () => there(cluster),
    victim: () => there(victim),
    part: (name) => there(stack.children.find((child) => child.name === name)),
  };
}

function startVictim(stack: Stack, number: number, setup: Setup, link: FaultProxy | undefined): Service {
  return stack.start("worker", `worker-${number}`, {
    ...(link && { NATS_URL: `nats://127.0.0.1:${link.port}` }),
    ...setup.victimEnvironment,
  });
}

function there<T>(part: T | undefined): T {
  if (part === undefined) throw new Error("this fault's setup has no such part");
  return part;
}

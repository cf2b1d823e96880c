/** Three NATS servers as one cluster on this machine: what is stored thrice outlives the death of any of them. */

import { z } from "zod";
import { freePort } from "../../services/cli/local/free-port.ts";
import { eventually } from "./eventually.ts";
import { type NatsNode, natsNode } from "./nats-node.ts";

/** The part of a server's `/jsz` that tells who leads the cluster. */
const Jsz = z.object({ meta_cluster: z.object({ leader: z.string().min(1), cluster_size: z.number() }) });

export interface NatsCluster extends AsyncDisposable {
  /** The addresses of all nodes. */
  readonly url: string;
  node(name: string): NatsNode;
  /** Waits until every node says that it is well: it has caught up with all streams and consumers. */
  healthy(): Promise<void>;
}

/** What the servers elected and copied after a death is done in seconds; consumers left behind are given up after thirty. */
const HEALTH_LIMIT_MS = 60_000;
/** Births of a cluster. */
const TRIES = 3;
const NAMES = ["nats-1", "nats-2", "nats-3"] as const;

/**
 * A cluster whose nodes all know each other. One that does not come about is made anew: on a busy machine a node was seen to be left
 * out at the birth, for a minute and more.
 * @param more arguments of each node
 */
export async function startNatsCluster(more: readonly string[] = []): Promise<NatsCluster> {
  const nodes = await formed(more);
  return {
    url: nodes.map((node) => node.url).join(","),
    node(name) {
      const found = nodes.find((node) => node.name === name);
      if (!found) throw new Error(`no node is called ${name}`);
      return found;
    },
    async healthy() {
      for (const node of nodes) await eventually(`${node.name} is well`, () => isWell(node), HEALTH_LIMIT_MS);
    },
    [Symbol.asyncDispose]: () => close(nodes),
  };
}

async function formed(more: readonly string[]): Promise<NatsNode[]> {
  for (let attempt = 1; ; attempt++) {
    const nodes = await newNodes(more);
    try {
      await Promise.all(nodes.map((node) => node.start()));
      for (const node of nodes)
        await eventually(`${node.name} knows the cluster's leader`, () => leaderBy(node));
      return nodes;
    } catch (error) {
      await close(nodes);
      if (attempt === TRIES) throw error;
    }
  }
}

async function newNodes(more: readonly string[]): Promise<NatsNode[]> {
  const ports: number[] = [];
  for (const _ of NAMES) ports.push(await freePort());
  const routes = ports.map((port) => `nats://127.0.0.1:${port}`);
  const cluster = ["--cluster_name", "chaos", "--routes", routes.join(",")];
  return Promise.all(
    NAMES.map((name, index) => natsNode(name, [...cluster, "--cluster", routes[index] as string, ...more])),
  );
}

async function close(nodes: readonly NatsNode[]): Promise<void> {
  await Promise.all(nodes.map((node) => node[Symbol.asyncDispose]()));
}

async function isWell(node: NatsNode): Promise<boolean> {
  const { ok } = await fetch(`${node.monitorUrl}/healthz`);
  return ok;
}

async function leaderBy(node: NatsNode): Promise<string> {
  const page = await fetch(`${node.monitorUrl}/jsz`);
  const { leader, cluster_size: nodes } = Jsz.parse(await page.json()).meta_cluster;
  if (nodes !== NAMES.length) throw new Error(`${node.name} knows of ${nodes} nodes`);
  return leader;
}

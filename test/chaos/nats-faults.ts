/** Faults of the NATS servers: of a single one with its file store, and of the nodes of a cluster. */

import { setTimeout as pause } from "node:timers/promises";
import { below } from "../../libs/load/random.ts";
import type { Fault, Scene } from "./fault.ts";
import { RATE } from "./workloads.ts";

/** What a single server's absence costs: publishes wait, deliveries come again. */
const SINGLE = { models: ["open", "closed"], mayMiss: true } as const;

/** Which node leads a stream, or a consumer of it. */
async function leaderOf(
  { observer, bus }: Scene,
  what: "slices" | "results",
  consumer?: string,
): Promise<string> {
  const jsm = await observer.jetstreamManager();
  const stream = bus.names.streams[what];
  const { cluster } =
    consumer === undefined ? await jsm.streams.info(stream) : await jsm.consumers.info(stream, consumer);
  if (!cluster?.leader) throw new Error(`${stream} has no leader`);
  return cluster.leader;
}

function clusterFault(what: string, find: (scene: Scene) => string | Promise<string>): Fault {
  return {
    name: `cluster: ${what} killed`,
    does: `in a cluster of three with three copies, SIGKILL of ${what}, which comes back 8 s later`,
    promises: "nothing that was stored is lost; a new leader is there within seconds and the run goes on",
    models: ["closed", "open"],
    setup: { isClustered: true },
    lengthS: 20,
    mayLose: true,
    mayMiss: true,
    async strike(scene) {
      const node = scene.cluster().node(await find(scene));
      scene.struck();
      await node.kill();
      await pause(8000);
      await node.start();
    },
  };
}

export const NATS_FAULTS: readonly Fault[] = [
  {
    ...SINGLE,
    name: "NATS killed and restarted",
    does: "SIGKILL of the single server, started again at once on the same store",
    promises: "nothing that was stored is lost, nothing is sent twice",
    async strike(scene) {
      scene.struck();
      await scene.nats().kill();
      await scene.nats().start();
    },
  },
  {
    ...SINGLE,
    name: "NATS gone for 10 s",
    does: "SIGKILL of the single server, started again after 10 s",
    promises:
      "results wait in the workers and are stored once, in order; what could not be published in time is missed, and what was on its way to a worker just then is lost: nobody can know that it did not get there",
    lengthS: 24,
    mayLose: true,
    complaints({ report }) {
      const { lost } = report.ledger;
      // A window's slices are handed out at once.
      return lost <= RATE ? [] : [`${lost} lost, more than a window of queries`];
    },
    async strike(scene) {
      scene.struck();
      await scene.nats().kill();
      await pause(10_000);
      await scene.nats().start();
    },
  },
  clusterFault("the slices' leader", (scene) => leaderOf(scene, "slices")),
  clusterFault("the workers' consumer's leader", (scene) =>
    leaderOf(scene, "slices", scene.bus.names.consumers.workers("default")),
  ),
  clusterFault("the results' leader", (scene) => leaderOf(scene, "results")),
  clusterFault("any node", (scene) => `nats-${1 + below(scene.random, 3)}`),
];

/** Faults of a worker and of its links. */

import { setTimeout as pause } from "node:timers/promises";
import { SLICE_ACK_WAIT_MS } from "../../libs/bus/bus.ts";
import type { Fault, Outcome, Scene } from "./fault.ts";

/** Longer than a slice waits for its worker: others have the zombie's slices when it wakes. */
const FROZEN_MS = 2 * SLICE_ACK_WAIT_MS;

async function signalVictim(scene: Scene, signal: NodeJS.Signals): Promise<void> {
  scene.struck();
  scene.victim().signal(signal);
  await scene.victim().exited;
}

/** The report names the dead worker, unless it died within a breath of the end. */
function isNamed({ report, scene }: Outcome): string[] {
  const dead = report.nodes.filter(({ state }) => state === "lost").map(({ node_id: id }) => id);
  const name = scene.victim().name;
  return dead.length === 1 && dead[0] === name ? [] : [`lost nodes are ${dead.join(", ")}, not ${name}`];
}

export const WORKER_FAULTS: readonly Fault[] = [
  {
    name: "worker killed",
    does: "SIGKILL of a worker",
    promises: "its slices come to others within the ack wait; open: past arrivals of begun slices are lost",
    models: ["open", "closed", "count"],
    mayLose: true,
    killsWorkers: true,
    strike: (scene) => signalVictim(scene, "SIGKILL"),
    complaints: isNamed,
  },
  {
    name: "worker out of memory",
    does: "a worker's heap is exhausted and it dies of that",
    promises: "as for a killed one",
    models: ["closed", "open"],
    mayLose: true,
    killsWorkers: true,
    strike: (scene) => signalVictim(scene, "SIGUSR2"),
    complaints: isNamed,
  },
  {
    name: "worker frozen and woken",
    does: `SIGSTOP of a worker, SIGCONT after ${FROZEN_MS / 1000} s, when others have its slices`,
    promises:
      "awake, it sends nothing more of what it held; what it had sent is superseded, nothing is unreported",
    models: ["open", "closed"],
    lengthS: 18,
    mayLose: true,
    mayMiss: true,
    async strike(scene) {
      scene.struck();
      scene.victim().signal("SIGSTOP");
      await pause(FROZEN_MS);
      scene.victim().signal("SIGCONT");
    },
  },
  {
    name: "worker drained",
    does: "SIGTERM of a worker",
    promises: "what has not begun is back in the queue at once; nothing is lost, missed or unreported",
    models: ["open", "closed", "count"],
    strike: (scene) => signalVictim(scene, "SIGTERM"),
    complaints: () => [],
  },
  ...[3, 10].flatMap((seconds): Fault[] => [
    {
      name: `worker's NATS link cut ${seconds} s`,
      does: `the link between a worker and NATS is reset and refused for ${seconds} s`,
      promises: "results wait in the worker and are stored once; what others did meanwhile supersedes",
      models: ["closed", "open"],
      lengthS: 12 + seconds,
      mayLose: true,
      mayMiss: true,
      strike: (scene) => breakLink(scene, "cut", seconds),
    },
    {
      name: `worker's NATS link half-open ${seconds} s`,
      does: `what a worker and NATS say to each other vanishes for ${seconds} s`,
      promises: "as for a cut link",
      models: ["open", "closed"],
      lengthS: 12 + seconds,
      mayLose: true,
      mayMiss: true,
      strike: (scene) => breakLink(scene, "halfOpen", seconds),
    },
  ]),
  {
    name: "target cut off 2 s",
    does: "the link between all workers and the target is reset and refused for 2 s",
    promises: "each query of that time has failed, with its error; nothing is lost or missed",
    models: ["closed", "open"],
    hidesSends: true,
    async strike(scene) {
      scene.struck();
      scene.targetLink.cut();
      await pause(2000);
      scene.targetLink.heal();
    },
    complaints({ report, scene }) {
      const { ok, failed, superseded } = report.ledger;
      const atProxy = scene.proxy.seen.length;
      const wrong: string[] = [];
      if (scene.deathsMs.some((atMs) => atMs > scene.run.created_ms)) wrong.push("a worker died of it");
      if (failed === 0) wrong.push("no query failed");
      // What was answered has arrived; what failed may have.
      if (atProxy < ok || atProxy > ok + failed + superseded) wrong.push(`${atProxy} arrived`);
      const named = report.errors.reduce((sum, { count }) => sum + count, 0);
      if (named !== failed) wrong.push(`${named} errors are named`);
      return wrong;
    },
  },
];

async function breakLink(scene: Scene, how: "cut" | "halfOpen", seconds: number): Promise<void> {
  scene.struck();
  scene.victimLink[how]();
  await pause(seconds * 1000);
  scene.victimLink.heal();
}

/** Carries a fault out, and mends it when its time is over. */

import type { Client } from "./client.ts";
import type { Fault } from "./faults.ts";
import type { Oracle } from "./oracle.ts";
import type { Node, World } from "./world.ts";

/** A process that is to die at a deed it never comes to dies after this. */
const DEED_LIMIT_MS = 1500;
/** A process that was asked to leave is killed after this, as whoever runs it does. */
const LEAVE_LIMIT_MS = 15_000;
/** From the end of the last fault until it no longer shows: a broken connection is made anew. */
const MEND_MS = 1000;

/** When a fault is over, but for a process that is told to leave: it takes as long as its work. */
export function timeOf(fault: Fault): number {
  return fault.kind === "leave" ? fault.atMs : endOf(fault);
}

/** When a fault no longer does anything. */
export function endOf(fault: Fault): number {
  const { atMs } = fault;
  if (fault.kind === "crash") return atMs + DEED_LIMIT_MS + fault.restartMs + MEND_MS;
  if (fault.kind === "leave") return atMs + LEAVE_LIMIT_MS + fault.restartMs + MEND_MS;
  if (fault.kind === "reset") return atMs + fault.pauseMs + MEND_MS;
  if (fault.kind === "stop") return atMs + MEND_MS;
  return atMs + fault.forMs + MEND_MS;
}

export function inflict(world: World, oracle: Oracle, client: Client, fault: Fault): void {
  const { schedule, trace, nodes } = world;
  trace.note("FAULT", "node" in fault ? fault.node : "", JSON.stringify(fault));
  const node = "node" in fault ? nodes.get(fault.node) : undefined;
  if (node?.kind === "worker" || fault.kind === "broker") oracle.disturbed();
  switch (fault.kind) {
    case "crash":
      crash(world, node as Node, fault.deeds, fault.restartMs);
      return;
    case "leave":
      (node as Node).restartMs = fault.restartMs;
      leave(world, oracle, node as Node);
      return;
    case "freeze": {
      const { process } = node as Node;
      process?.freeze();
      schedule.in(fault.forMs, () => process?.thaw());
      return;
    }
    case "partition": {
      const { link } = node as Node;
      link?.disturb(fault.out, fault.back);
      schedule.in(fault.forMs, () => link?.heal());
      return;
    }
    case "reset":
      (node as Node).link?.reset(fault.pauseMs);
      return;
    case "broker":
      world.stopBroker();
      schedule.in(fault.forMs, world.startBroker);
      return;
    case "mood":
      world.setMood(fault.mood);
      schedule.in(fault.forMs, () => world.setMood(world.scenario.mood));
      return;
    case "stop":
      client.stop(fault.order);
      return;
    default:
      fault satisfies never;
  }
}

/** The process dies by its n-th deed from now on, and comes back. */
function crash({ schedule }: World, node: Node, deeds: number, restartMs: number): void {
  const { process } = node;
  node.restartMs = restartMs;
  process?.dieAfter(deeds);
  schedule.in(DEED_LIMIT_MS, () => process?.crash());
}

function leave({ schedule }: World, oracle: Oracle, node: Node): void {
  const { process, leave: leaving } = node;
  if (!process?.isAlive() || !leaving) return;
  node.isLeaving = true;
  void leaving().then(() => {
    oracle.left(process);
    process.crash();
  });
  schedule.in(LEAVE_LIMIT_MS, () => process.crash());
}

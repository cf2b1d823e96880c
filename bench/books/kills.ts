/** What is killed in the middle of a run, and what takes its place. */

import type { Child } from "../../services/cli/local/child.ts";
import type { ServiceRole, Stack } from "../../services/cli/local/stack.ts";

export interface Kill {
  /** When, as a share of the run's length. */
  readonly at: number;
  readonly what: string;
  /** Kills, and starts what takes the place. @returns who died */
  readonly carryOut: (stack: Stack, add: (child: Child) => void) => Promise<string>;
}

/** The worker that was there first. */
function killWorker(at: number): Kill {
  return {
    at,
    what: "a worker",
    async carryOut(stack, add) {
      const victim = stack.workers().find((worker) => worker.isAlive());
      victim?.signal("SIGKILL");
      await victim?.exited;
      add(await stack.addWorker());
      return victim?.name ?? "nobody";
    },
  };
}

/** A service by its name; a new one takes its place, unless another stands by. */
function killService(at: number, role: ServiceRole, hasStandby: boolean): Kill {
  return {
    at,
    what: hasStandby ? `the leading ${role}` : `the ${role}`,
    async carryOut(stack, add) {
      const victim = stack.children.find(({ name, isAlive }) => name === role && isAlive());
      victim?.signal("SIGKILL");
      await victim?.exited;
      if (!hasStandby) add(stack.start(role, `${role}-2`));
      return victim?.name ?? "nobody";
    },
  };
}

/** Stands by from the beginning; the one that was started first leads. */
export function startStandby(stack: Stack): Child {
  return stack.start("coordinator", "coordinator-2");
}

export const KILLS: readonly Kill[] = [
  killWorker(0.25),
  killService(0.5, "aggregator", false),
  killService(0.75, "coordinator", true),
];

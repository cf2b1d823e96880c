/** What is killed in the middle of a run, and what takes its place. */

import type { Child } from "../../services/cli/local/child.ts";
import type { Stack } from "../../services/cli/local/stack.ts";

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

export const KILLS: readonly Kill[] = [killWorker(0.25), killWorker(0.5), killWorker(0.75)];

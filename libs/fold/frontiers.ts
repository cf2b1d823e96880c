/** Which slices are settled: of each lane, everything before its frontier, and what was settled ahead of it. */

import { isEmptySlice } from "../load/credible.ts";
import { type Plan, slicesInLane } from "../load/plan.ts";

export interface Frontiers {
  isSettled(lane: number, window: number): boolean;
  settle(lane: number, window: number): void;
  /** The first window of a lane that is not settled: all before it are, or were passed over. */
  of(lane: number): number;
  /** Settles all that is left of a lane. @returns the windows that were not settled before */
  close(lane: number): number[];
  toSnapshot(): { frontiers: number[]; ahead: string[] };
}

export function createFrontiers(plan: Plan, snapshot?: { frontiers: number[]; ahead: string[] }): Frontiers {
  const frontiers = snapshot?.frontiers ?? new Array<number>(plan.lanes).fill(0);
  const ahead = new Set<string>(snapshot?.ahead);

  const of = (lane: number) => frontiers[lane] as number;

  /** Elsewhere than in chains every window that asks for something has a result of its own. */
  function move(lane: number): void {
    const windows = slicesInLane(plan, lane);
    let frontier = of(lane);
    while (frontier < windows && (ahead.has(key(lane, frontier)) || isEmptySlice(plan, lane, frontier))) {
      ahead.delete(key(lane, frontier));
      frontier++;
    }
    frontiers[lane] = frontier;
  }

  const isSettled = (lane: number, window: number) => window < of(lane) || ahead.has(key(lane, window));

  for (let lane = 0; lane < plan.lanes; lane++) move(lane);
  return {
    isSettled,
    settle(lane, window) {
      // A closed lane passes windows over, so a settled one settles all before it.
      if (plan.model === "closed") {
        frontiers[lane] = window + 1;
        return;
      }
      ahead.add(key(lane, window));
      move(lane);
    },
    of,
    close(lane) {
      const windows = slicesInLane(plan, lane);
      const open: number[] = [];
      for (let window = of(lane); window < windows; window++) if (!isSettled(lane, window)) open.push(window);
      frontiers[lane] = windows;
      return open;
    },
    toSnapshot: () => ({ frontiers, ahead: [...ahead] }),
  };
}

function key(lane: number, window: number): string {
  return `${lane}.${window}`;
}

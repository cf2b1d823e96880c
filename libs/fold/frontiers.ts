/** Which slices are settled: of each lane, everything before its frontier, and what was settled ahead of it. */

import { isEmptySlice } from "../load/credible.ts";
import { slicesInLane } from "../load/plan.ts";
import { firstWindowFrom } from "../load/windows.ts";
import type { Course } from "./course.ts";

export interface Frontiers {
  isSettled(lane: number, window: number): boolean;
  settle(lane: number, window: number): void;
  /** The first window of a lane that is not settled: all before it are, or were passed over. */
  of(lane: number): number;
  /** From a time of the run on, of which nothing is settled, windows ask for something else than before. */
  replan(fromMs: number): void;
  /** Settles all that is left of a lane. @returns the windows that were not settled before */
  close(lane: number): number[];
  toSnapshot(): { frontiers: number[]; ahead: string[] };
}

export function createFrontiers(
  course: Course,
  snapshot?: { frontiers: number[]; ahead: string[] },
): Frontiers {
  const { lanes, model } = course.plan();
  const frontiers = snapshot?.frontiers ?? new Array<number>(lanes).fill(0);
  const ahead = new Set<string>(snapshot?.ahead);

  const of = (lane: number) => frontiers[lane] as number;

  /** Elsewhere than in chains every window that asks for something has a result of its own. */
  function move(lane: number): void {
    const plan = course.plan();
    const windows = slicesInLane(plan, lane);
    let frontier = of(lane);
    while (frontier < windows && (ahead.has(key(lane, frontier)) || isEmptySlice(plan, lane, frontier))) {
      ahead.delete(key(lane, frontier));
      frontier++;
    }
    frontiers[lane] = frontier;
  }

  const isSettled = (lane: number, window: number) => window < of(lane) || ahead.has(key(lane, window));

  for (let lane = 0; lane < lanes; lane++) move(lane);
  return {
    isSettled,
    settle(lane, window) {
      // A closed lane passes windows over, so a settled one settles all before it.
      if (model === "closed") {
        frontiers[lane] = window + 1;
        return;
      }
      ahead.add(key(lane, window));
      move(lane);
    },
    of,
    replan(fromMs) {
      const plan = course.plan();
      if (plan.model !== "open") return;
      for (let lane = 0; lane < lanes; lane++) {
        // Windows that asked for nothing were passed over; now they may ask for something.
        frontiers[lane] = Math.min(of(lane), firstWindowFrom(plan.cuts, lane, fromMs));
        move(lane);
      }
    },
    close(lane) {
      const windows = slicesInLane(course.plan(), lane);
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

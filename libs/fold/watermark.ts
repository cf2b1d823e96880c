/**
 * The watermark: up to which second of the run, by intended start, everything is settled. It follows from the log of results
 * alone, so whoever folds the log sees it move at the same entries.
 */

import type { Revised } from "../load/changes.ts";
import { boundsOf, type ClosedPlan, type OpenPlan, slicesInLane } from "../load/plan.ts";
import { activeIntervals } from "../load/users.ts";
import type { Result } from "../protocol/result.ts";

export interface Watermark {
  /** Takes a result that settled a slice. @returns the seconds of the run that are closed */
  settled(result: Result): number;
}

/**
 * The watermark of a run as it is planned now; another one is made when that changes.
 * @param frontierOf the first window of a lane that is not settled
 */
export function createWatermark(
  { plan, isPaused, pauses }: Revised,
  frontierOf: (lane: number) => number,
): Watermark {
  if (plan.model === "count") return latestEnd();
  // While a run is paused, nobody knows when what follows will be due.
  const knownMs = (isPaused ? pauses.at(-1)?.fromMs : undefined) ?? plan.profile.durationMs;
  return allLanesPast(plan, knownMs, frontierOf);
}

/** Nothing is intended in the count model: what the latest result knows of is closed. */
function latestEnd(): Watermark {
  let closedS = 0;
  return {
    settled(result) {
      if (result.kind === "ran") closedS = Math.max(closedS, Math.floor(result.ended_ms / 1000));
      return closedS;
    },
  };
}

function allLanesPast(
  plan: OpenPlan | ClosedPlan,
  knownMs: number,
  frontierOf: (lane: number) => number,
): Watermark {
  const lengthS = Math.floor(knownMs / 1000);
  /** When what is not settled of each lane begins. */
  const openFromMs = Array.from({ length: plan.lanes }, (_, lane) => openFrom(plan, lane, frontierOf(lane)));
  let closedS = 0;
  /** Lanes that hold the next second open. All lanes are asked once a second, and not at every result. */
  let behind = 0;

  const isBehind = (fromMs: number) => fromMs < (closedS + 1) * 1000;

  function close(): void {
    while (behind === 0 && closedS < lengthS) {
      closedS++;
      behind = openFromMs.filter(isBehind).length;
    }
  }

  behind = openFromMs.filter(isBehind).length;
  close();
  return {
    settled({ lane }) {
      const wasBehind = isBehind(openFromMs[lane] as number);
      const fromMs = openFrom(plan, lane, frontierOf(lane));
      openFromMs[lane] = fromMs;
      if (wasBehind && !isBehind(fromMs)) behind--;
      close();
      return closedS;
    },
  };
}

function openFrom(plan: OpenPlan | ClosedPlan, lane: number, frontier: number): number {
  if (frontier >= slicesInLane(plan, lane)) return Number.POSITIVE_INFINITY;
  const { startMs } = boundsOf(plan, lane, frontier);
  if (plan.model === "open") return startMs;
  // A lane without users at work has no slices.
  const [next] = activeIntervals(plan, lane, { startMs, endMs: plan.profile.durationMs });
  return next?.startMs ?? Number.POSITIVE_INFINITY;
}

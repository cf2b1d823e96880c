/** What a live run tells of its time each second: what is new, and of what is older a part in turn. */

import type { RunFold } from "../../libs/fold/run-fold.ts";
import { liveServers } from "../../libs/fold/server/report.ts";
import type { LiveTimeline } from "../../libs/protocol/timeline.ts";

/** What may still change when it is told: results come within some seconds. */
const NEW_POINTS = 15;
/** The same of each query, in seconds: there are many of them. */
const NEW_QUERY_S = 10;
/** Samples are true when they are told; one may be lost on the way. */
const NEW_SAMPLES = 3;
/** All that is older is told once in so many seconds: so long a coordinator that starts in the middle knows it in part. */
const TURNS = 60;

/** @param nowMs says whose turn it is */
export function liveTimeline(fold: RunFold, runMs: number, nowMs: number): LiveTimeline {
  const { timeline, queryTimelines, fleet, servers, loadAt } = fold;
  const turn = Math.floor(nowMs / 1000) % TURNS;
  const stepS = timeline.stepS();
  /** What lies ahead has been planned at most, and not been sent. */
  const isWanted = (second: number, step: number, newS: number) =>
    second * 1000 < runMs &&
    ((second + step + newS) * 1000 > runMs || Math.floor(second / step) % TURNS === turn);
  const some = <T>(all: readonly T[]) =>
    all.filter((_, at) => at >= all.length - NEW_SAMPLES || at % TURNS === turn);
  return {
    step_s: stepS,
    points: timeline.points(loadAt, (second) => isWanted(second, stepS, NEW_POINTS * stepS)),
    queries: queryTimelines.timelines((second, step) => isWanted(second, step, NEW_QUERY_S)),
    fleet: some(fleet.points()),
    servers: liveServers(servers, some),
  };
}

/** Users of the closed model: when each of a lane's users is at work. */

import type { ClosedPlan } from "./plan.ts";
import { type Interval, intervalsAbove } from "./profile.ts";

/** User j works while the profile, rounded, is above j: half of them at half of a ramp. */
function levelOfUser(user: number): number {
  return user + 0.5;
}

/** The times within an interval at which each user of a lane is at work; users that never are have empty lists. */
export function activeIntervals(plan: ClosedPlan, lane: number, within: Interval): Interval[][] {
  const users: Interval[][] = [];
  for (let user = lane; user < plan.users; user += plan.lanes) {
    users.push(intervalsAbove(plan.profile, levelOfUser(user), within));
  }
  return users;
}

/** The time for which a lane's users are at work in an interval, added up, in milliseconds. */
export function activeUserMs(plan: ClosedPlan, lane: number, within: Interval): number {
  let totalMs = 0;
  for (const intervals of activeIntervals(plan, lane, within)) {
    for (const { startMs, endMs } of intervals) totalMs += endMs - startMs;
  }
  return totalMs;
}

/** Whether any of a lane's users is at work in an interval. */
export function hasActiveUser(plan: ClosedPlan, lane: number, within: Interval): boolean {
  return intervalsAbove(plan.profile, levelOfUser(lane), within).length > 0;
}

/** Users of the closed model: when each one is at work. User j belongs to lane j modulo the number of lanes. */

import type { ClosedPlan } from "./plan.ts";
import { type Interval, intervalsAbove } from "./profile.ts";

/** The users of a lane, by number; the first is the first to begin and the last to leave. */
export function usersOf(plan: ClosedPlan, lane: number): number[] {
  const users: number[] = [];
  for (let user = lane; user < plan.users; user += plan.lanes) users.push(user);
  return users;
}

/** When a user is at work, within an interval: while the profile, rounded, is above its number. */
export function activeIntervals(plan: ClosedPlan, user: number, within: Interval): Interval[] {
  return intervalsAbove(plan.profile, user + 0.5, within);
}

/** For how long a user is at work within an interval, in milliseconds. */
export function activeMs(plan: ClosedPlan, user: number, within: Interval): number {
  return activeIntervals(plan, user, within).reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0);
}

/** For how long a lane's users are at work in an interval, added up, in milliseconds. */
export function activeUserMs(plan: ClosedPlan, lane: number, within: Interval): number {
  return usersOf(plan, lane).reduce((sum, user) => sum + activeMs(plan, user, within), 0);
}

/** Whether any of a lane's users is at work in an interval. */
export function hasActiveUser(plan: ClosedPlan, lane: number, within: Interval): boolean {
  return activeIntervals(plan, lane, within).length > 0;
}

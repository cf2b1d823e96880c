/** An attempt at a closed slice: each user asks, waits for the answer and asks again, until the window's end. */

import type { ClosedPlan } from "../../../libs/load/plan.ts";
import type { Interval } from "../../../libs/load/profile.ts";
import { activeIntervals, activeMs, usersOf } from "../../../libs/load/users.ts";
import type { ClosedSlice } from "../../../libs/protocol/slice.ts";
import type { OpenedRun } from "../slices/opened-run.ts";
import { type Attempt, type AttemptOutcome, createSender, deferred, type Workplace } from "./attempt.ts";
import type { DueSource } from "./due-queue.ts";
import type { Ended } from "./flight.ts";
import type { FollowUp } from "./follow-ups.ts";

/** A user within the slice. */
interface User {
  readonly number: number;
  /** When it is at work, in order: the first is the current one, and an empty list means that it is done. */
  intervals: Interval[];
  /** When it may ask next. */
  readyMs: number;
  /** For an answer. */
  isWaiting: boolean;
  /** Until when its work is counted. */
  countedMs: number;
  readonly answered: Ended;
  readonly goOn: FollowUp;
}

export function runClosedSlice(place: Workplace, run: OpenedRun<ClosedPlan>, slice: ClosedSlice): Attempt {
  let { plan } = run;
  const sender = createSender(place, run, slice);
  const { promise, resolve } = deferred<AttemptOutcome | "withdrawn">();
  const window = { startMs: Math.max(slice.start_ms, sender.startedMs), endMs: slice.end_ms };
  let users = usersOf(plan, slice.lane).map((number) => newUser(number, window.startMs));
  let next = slice.first;
  let drivenUserMs = 0;
  let begun = false;
  let ended = false;
  let over = false;

  function newUser(number: number, startMs: number): User {
    const intervals = activeIntervals(plan, number, { startMs, endMs: window.endMs });
    const readyMs = intervals[0]?.startMs ?? startMs;
    const user: User = {
      ...{ number, intervals, readyMs, isWaiting: false, countedMs: startMs },
      answered: (doneMs) => take(user, doneMs),
      goOn: (nowMs) => goOn(user, nowMs - slice.t0_ms),
    };
    return user;
  }

  function finishIfDone(): void {
    if (over || users.some(({ intervals, isWaiting }) => isWaiting || intervals.length > 0)) return;
    over = true;
    place.pacer.remove(source);
    resolve({
      tally: sender.tally,
      startedMs: sender.startedMs,
      endedMs: sender.runNow(),
      next,
      drivenUserMs,
    });
  }

  function ask(user: User, nowMs: number): void {
    begun = true;
    const index = next++;
    sender.tally.plan(sender.queryOf(index));
    user.isWaiting = true;
    sender.send(index, nowMs, user.answered);
  }

  /** Its next question is not for a timer: a user that does not think asks again as soon as the answers that are here are read. */
  function take(user: User, doneMs: number): void {
    user.isWaiting = false;
    user.readyMs = doneMs + plan.thinkMs;
    place.followUps.add(user.goOn);
  }

  function goOn(user: User, nowMs: number): void {
    advance(user, nowMs);
    if (user.intervals.length === 0) finishIfDone();
    else if (!user.isWaiting) place.pacer.moved(source);
  }

  /** Moves a user that does not wait for an answer: past what is over, and on to its next question if it is ready. */
  function advance(user: User, nowMs: number): void {
    if (user.isWaiting) return;
    let current = user.intervals[0];
    while (current && Math.max(nowMs, user.readyMs) >= current.endMs) {
      // Until its last answer nobody else asks in its place, also where that comes after the window.
      const untilMs = Math.max(current.endMs, nowMs);
      drivenUserMs += activeMs(plan, user.number, { startMs: current.startMs, endMs: untilMs });
      user.countedMs = untilMs;
      user.intervals.shift();
      current = user.intervals[0];
      if (current) user.readyMs = Math.max(user.readyMs, current.startMs);
    }
    if (current && user.readyMs <= nowMs) ask(user, nowMs);
  }

  function advanceAll(): void {
    const nowMs = sender.runNow();
    for (const user of users) advance(user, nowMs);
    finishIfDone();
  }

  /** Ends every user's time now; those that wait for an answer still get it. */
  function end(): void {
    ended = true;
    const nowMs = sender.runNow();
    for (const user of users) {
      const [current] = user.intervals;
      user.intervals = current ? [{ startMs: current.startMs, endMs: Math.max(current.startMs, nowMs) }] : [];
    }
    advanceAll();
  }

  /** Users go on, come and leave as the plan has it now, which is as before up to the change; answers are still waited for. */
  function replan({ plan: changed }: OpenedRun): void {
    if (over || ended || changed.model !== "closed") return;
    plan = changed;
    sender.replan(changed);
    const nowMs = Math.max(window.startMs, sender.runNow());
    for (const user of users) {
      const isAtWork = user.isWaiting || user.intervals.length > 0;
      const startMs = isAtWork ? user.countedMs : Math.max(user.countedMs, nowMs);
      user.intervals = activeIntervals(plan, user.number, { startMs, endMs: window.endMs });
      user.readyMs = Math.max(user.readyMs, user.intervals[0]?.startMs ?? 0);
    }
    const known = new Set(users.map(({ number }) => number));
    const more = usersOf(plan, slice.lane).filter((number) => !known.has(number));
    users = [...users, ...more.map((number) => newUser(number, nowMs))];
    advanceAll();
    place.pacer.moved(source);
  }

  const source: DueSource = {
    needsPlace: false,
    nextDueMs() {
      let dueMs = Number.POSITIVE_INFINITY;
      for (const { isWaiting, intervals, readyMs } of users)
        if (!isWaiting && intervals.length > 0) dueMs = Math.min(dueMs, readyMs);
      return slice.t0_ms + dueMs;
    },
    fire: advanceAll,
  };
  place.pacer.add(source);
  // Not from here: whoever started the attempt has yet to get hold of it.
  queueMicrotask(advanceAll);

  return {
    finished: promise,
    hasBegun: () => begun || over,
    stop: end,
    abandon: end,
    replan,
    withdraw() {
      over = true;
      place.pacer.remove(source);
      resolve("withdrawn");
    },
  };
}

/** An attempt at a closed slice: each user asks, waits for the answer and asks again, until the window's end. */

import type { ClosedPlan } from "../../../libs/load/plan.ts";
import type { Interval } from "../../../libs/load/profile.ts";
import { activeIntervals, activeMs, usersOf } from "../../../libs/load/users.ts";
import type { ClosedSlice } from "../../../libs/protocol/slice.ts";
import type { OpenedRun } from "../slices/opened-run.ts";
import { type Attempt, type AttemptOutcome, createSender, deferred, type Workplace } from "./attempt.ts";
import type { DueSource } from "./due-queue.ts";
import type { Ended } from "./flight.ts";

/** A user within the slice. */
interface User {
  readonly number: number;
  /** When it is at work, in order: the first is the current one, and an empty list means that it is done. */
  intervals: Interval[];
  /** When it may ask next; Infinity while it waits for an answer, and when it is done. */
  readyMs: number;
  readonly answered: Ended;
}

export function runClosedSlice(place: Workplace, run: OpenedRun<ClosedPlan>, slice: ClosedSlice): Attempt {
  const { plan } = run;
  const sender = createSender(place, run, slice);
  const { promise, resolve } = deferred<AttemptOutcome | "withdrawn">();
  const window = { startMs: Math.max(slice.start_ms, sender.startedMs), endMs: slice.end_ms };
  const users = usersOf(plan, slice.lane).map((number): User => {
    const intervals = activeIntervals(plan, number, window);
    const readyMs = intervals[0]?.startMs ?? Number.POSITIVE_INFINITY;
    const user: User = { number, intervals, readyMs, answered: (doneMs) => goOn(user, doneMs) };
    return user;
  });
  let next = slice.first;
  let drivenUserMs = 0;
  let begun = false;
  let over = false;

  function finishIfDone(): void {
    if (over || users.some(({ intervals }) => intervals.length > 0)) return;
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
    user.readyMs = Number.POSITIVE_INFINITY;
    sender.send(index, nowMs, user.answered);
  }

  /** At once, and not when a timer fires: a user that does not think asks again without a pause. */
  function goOn(user: User, doneMs: number): void {
    user.readyMs = doneMs + plan.thinkMs;
    advance(user, doneMs);
    if (user.readyMs !== Number.POSITIVE_INFINITY) place.pacer.moved(source);
    if (user.intervals.length === 0) finishIfDone();
  }

  /** Moves a user that does not wait for an answer: past what is over, and on to its next question if it is ready. */
  function advance(user: User, nowMs: number): void {
    if (user.readyMs === Number.POSITIVE_INFINITY) return;
    let current = user.intervals[0];
    while (current && Math.max(nowMs, user.readyMs) >= current.endMs) {
      // Until its last answer nobody else asks in its place, also where that comes after the window.
      const untilMs = Math.max(current.endMs, nowMs);
      drivenUserMs += activeMs(plan, user.number, { startMs: current.startMs, endMs: untilMs });
      user.intervals.shift();
      current = user.intervals[0];
      if (current) user.readyMs = Math.max(user.readyMs, current.startMs);
    }
    if (!current) user.readyMs = Number.POSITIVE_INFINITY;
    else if (user.readyMs <= nowMs) ask(user, nowMs);
  }

  function advanceAll(): void {
    const nowMs = sender.runNow();
    for (const user of users) advance(user, nowMs);
    finishIfDone();
  }

  /** Ends every user's time now; those that wait for an answer still get it. */
  function end(): void {
    const nowMs = sender.runNow();
    for (const user of users) {
      const [current] = user.intervals;
      user.intervals = current ? [{ startMs: current.startMs, endMs: Math.max(current.startMs, nowMs) }] : [];
    }
    advanceAll();
  }

  const source: DueSource = {
    needsPlace: false,
    nextDueMs: () =>
      slice.t0_ms + users.reduce((least, { readyMs }) => Math.min(least, readyMs), Number.POSITIVE_INFINITY),
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
    withdraw() {
      over = true;
      place.pacer.remove(source);
      resolve("withdrawn");
    },
  };
}

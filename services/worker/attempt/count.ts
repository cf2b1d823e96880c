/** An attempt at a count slice: the lane's users share its queries out among themselves until none is left. */

import { type CountPlan, usersInLane } from "../../../libs/load/plan.ts";
import type { CountSlice } from "../../../libs/protocol/slice.ts";
import type { OpenedRun } from "../slices/opened-run.ts";
import { type Attempt, type AttemptOutcome, createSender, deferred, type Workplace } from "./attempt.ts";
import type { DueSource } from "./due-queue.ts";

export function runCountSlice(place: Workplace, run: OpenedRun<CountPlan>, slice: CountSlice): Attempt {
  const { plan } = run;
  const sender = createSender(place, run, slice);
  const { tally } = sender;
  const { promise, resolve } = deferred<AttemptOutcome | "withdrawn">();
  const end = slice.first + slice.count;
  const limitMs = plan.limitMs ?? Number.POSITIVE_INFINITY;
  let next = slice.first;
  let begun = false;
  let over = false;

  for (let index = slice.first; index < end; index++) tally.plan(sender.queryOf(index));

  function finishIfDone(): void {
    if (over || next < end || sender.inFlight() > 0) return;
    over = true;
    place.pacer.remove(source);
    resolve({ tally, startedMs: sender.startedMs, endedMs: sender.runNow(), next, drivenUserMs: 0 });
  }

  function ask(nowMs: number): void {
    if (nowMs >= limitMs) cancelRest("time_up");
    if (next < end) sender.send(next++, nowMs, answered);
    finishIfDone();
  }

  function askAgain(nowMs: number): void {
    ask(nowMs - slice.t0_ms);
  }

  function answered(): void {
    place.followUps.add(askAgain);
  }

  function cancelRest(reason: "stopped" | "time_up"): void {
    const nowMs = sender.runNow();
    for (; next < end; next++) tally.unsent(sender.queryOf(next), nowMs, "cancelled", reason);
    finishIfDone();
  }

  function fire(): void {
    const nowMs = sender.runNow();
    if (nowMs >= limitMs) cancelRest("time_up");
    if (begun) return;
    begun = true;
    for (let user = 0; user < usersInLane(plan, slice.lane) && next < end; user++) ask(nowMs);
  }

  const source: DueSource = {
    needsPlace: false,
    nextDueMs: () => (next < end ? slice.t0_ms + (begun ? limitMs : 0) : Number.POSITIVE_INFINITY),
    fire,
  };
  place.pacer.add(source);

  return {
    finished: promise,
    hasBegun: () => begun || over,
    stop: () => cancelRest("stopped"),
    abandon: () => cancelRest("stopped"),
    withdraw() {
      over = true;
      place.pacer.remove(source);
      resolve("withdrawn");
    },
  };
}

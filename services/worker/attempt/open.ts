/** An attempt at an open slice: each arrival is sent at its intended time, whatever became of those before. */

import type { OpenPlan } from "../../../libs/load/plan.ts";
import type { OpenSlice } from "../../../libs/protocol/slice.ts";
import type { OpenedRun } from "../slices/opened-run.ts";
import { type Attempt, type AttemptOutcome, createSender, deferred, type Workplace } from "./attempt.ts";
import type { DueSource } from "./due-queue.ts";

/** An arrival that could not be sent within this after its time is missed, not sent late: bursts would be another load. */
const LATE_LIMIT_MS = 1000;

type Rest = "cancel" | "leave";

/**
 * @param attempt JetStream's delivery count. From the second on, arrivals whose time has passed may have been sent by the
 *   worker before, which is dead: they are lost, unless the run replays late ones.
 */
export function runOpenSlice(
  place: Workplace,
  run: OpenedRun<OpenPlan>,
  slice: OpenSlice,
  attempt: number,
): Attempt {
  const sender = createSender(place, run, slice);
  const { tally } = sender;
  const timesMs = run.plan.arrivals.timesMs(slice.lane, slice.window);
  const count = timesMs.length;
  const replaysLate = run.config.spec.late === "replay";
  const { promise, resolve } = deferred<AttemptOutcome | "withdrawn">();
  let next = 0;
  let begun = false;
  let over = false;
  let wasFull = false;

  for (let index = 0; index < count; index++) tally.plan(sender.queryOf(slice.first + index));

  const dueAt = (index: number) => timesMs[index] as number;

  function skip(state: "missed" | "lost" | "cancelled", reason: Parameters<typeof tally.unsent>[3]): void {
    tally.unsent(sender.queryOf(slice.first + next), dueAt(next), state, reason);
    next++;
  }

  function finishIfDone(): void {
    if (over || next < count || sender.inFlight() > 0) return;
    over = true;
    place.pacer.remove(source);
    const { startedMs } = sender;
    resolve({ tally, startedMs, endedMs: sender.runNow(), next: slice.first + count, drivenUserMs: 0 });
  }

  function sendNext(): void {
    begun = true;
    const index = slice.first + next;
    const intendedMs = dueAt(next);
    next++;
    sender.send(index, intendedMs, goOn);
  }

  function goOn(): void {
    place.pacer.drain();
    finishIfDone();
  }

  /** Sends or misses all that is due. */
  function fire(): void {
    const nowMs = sender.runNow();
    while (next < count && dueAt(next) <= nowMs) {
      if (!replaysLate && nowMs - dueAt(next) > LATE_LIMIT_MS) {
        place.lags.record(nowMs - dueAt(next));
        skip("missed", wasFull ? "no_free_place" : "came_too_late");
      } else if (place.places.inFlight >= place.places.most) {
        wasFull = true;
        break;
      } else {
        sendNext();
      }
    }
    finishIfDone();
  }

  function end(rest: Rest): void {
    while (next < count) {
      if (rest === "cancel") skip("cancelled", "stopped");
      else skip("missed", "came_too_late");
    }
    finishIfDone();
  }

  const source: DueSource = {
    needsPlace: true,
    nextDueMs: () => (next < count ? slice.t0_ms + dueAt(next) : Number.POSITIVE_INFINITY),
    fire,
  };

  if (attempt > 1 && !replaysLate) {
    while (next < count && dueAt(next) <= sender.startedMs) skip("lost", "worker_died");
  }
  place.pacer.add(source);
  // Not from here: whoever started the attempt has yet to get hold of it.
  queueMicrotask(fire);

  return {
    finished: promise,
    hasBegun: () => begun || over,
    stop: () => end("cancel"),
    abandon: () => end("leave"),
    withdraw() {
      over = true;
      place.pacer.remove(source);
      resolve("withdrawn");
    },
  };
}

/**
 * One pacer for all that is due in this worker: it wakes for the next due time, never early, and drains all that is due.
 * A timer takes it near; how the rest is waited for depends on what else there is to do.
 */

import type { Clock } from "../../../libs/runtime/clock.ts";
import type { FineWait } from "../../../libs/runtime/fine-wait.ts";
import { createDueQueue, type DueQueue, type DueSource } from "./due-queue.ts";

export interface Pacer {
  add(source: DueSource): void;
  remove(source: DueSource): void;
  /** When a source is due has changed other than by its firing. */
  moved(source: DueSource): void;
  /** Does what is due now: to be called also when something else has woken the process. */
  drain(): void;
}

/** How waits are made finer than timers are. */
export interface Precision {
  readonly wait: FineWait;
  /** For how long the thread may stand still now; 0 for not at all. */
  allowedMs(): number;
}

/** Timers take whole milliseconds; a due time that is nearer is waited for with the shortest. */
const SHORTEST_WAIT_MS = 1;
/** A wait is cut here, so that nothing is slept past should a source or the reference clock move unseen. */
const LONGEST_WAIT_MS = 50;
/** A timer may be late by some tenths of a millisecond, and it rounds; it is set to fire so long before the due time. */
const NEAR_MS = 1.5;
/** Nearer than this, a timer of whole milliseconds can no longer take it nearer. */
const DOZED_MS = NEAR_MS + SHORTEST_WAIT_MS;

/** @param onWake called before anything that is due is done @param precision where it is not given, timers are all */
export function createPacer(
  clock: Clock,
  referenceNow: () => number,
  onWake: () => void,
  precision?: Precision,
): Pacer {
  const free = createDueQueue();
  const limited = createDueQueue();
  let timer: { readonly atMs: number; readonly cancel: () => void } | undefined;
  let isTurning = false;

  const queueOf = ({ needsPlace }: DueSource) => (needsPlace ? limited : free);
  const untilDueMs = () =>
    Math.min(
      free.first()?.dueMs ?? Number.POSITIVE_INFINITY,
      limited.first()?.dueMs ?? Number.POSITIVE_INFINITY,
    ) - referenceNow();

  function drain(): void {
    onWake();
    const nowMs = referenceNow();
    drainQueue(free, nowMs);
    drainQueue(limited, nowMs);
  }

  /** In order of their times, until one finds no place: then neither would those behind it. */
  function drainQueue(queue: DueQueue, nowMs: number): void {
    for (let first = queue.first(); first && first.dueMs <= nowMs; first = queue.first()) {
      const { source } = first;
      source.fire(nowMs);
      if (!queue.has(source)) continue;
      const dueMs = source.nextDueMs();
      queue.set(source, dueMs);
      if (dueMs <= nowMs) return;
    }
  }

  /** Waits for the next due time, in one way or the other. */
  function arm(): void {
    const waitMs = untilDueMs();
    if (!doze(waitMs)) setTimer(waitMs);
  }

  function setTimer(dueInMs: number): void {
    if (dueInMs === Number.POSITIVE_INFINITY) return;
    const aheadMs = precision ? NEAR_MS : 0;
    const waitMs = Math.min(Math.max(dueInMs - aheadMs, SHORTEST_WAIT_MS), LONGEST_WAIT_MS);
    const atMs = clock.nowMs() + waitMs;
    if (timer && timer.atMs <= atMs) return;
    timer?.cancel();
    const cancel = clock.after(waitMs, () => {
      timer = undefined;
      drain();
      arm();
    });
    timer = { atMs, cancel };
  }

  /** Where the next due time is near and it may be, the thread stands still until then, with turns of the loop between. */
  function doze(waitMs: number): boolean {
    if (isTurning) return true;
    if (!precision || waitMs <= 0 || waitMs > DOZED_MS || precision.allowedMs() === 0) return false;
    isTurning = true;
    precision.wait.nextTurn(() => {
      isTurning = false;
      const restMs = Math.min(untilDueMs(), precision.allowedMs());
      if (restMs > 0) precision.wait.doze(restMs);
      drain();
      arm();
    });
    return true;
  }

  return {
    add(source) {
      queueOf(source).set(source, source.nextDueMs());
      arm();
    },
    remove: (source) => queueOf(source).remove(source),
    moved(source) {
      if (!queueOf(source).has(source)) return;
      queueOf(source).set(source, source.nextDueMs());
      arm();
    },
    drain() {
      drain();
      doze(untilDueMs());
    },
  };
}

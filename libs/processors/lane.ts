/** The queue of one processor: one call at a time, each with a time limit, and a bound on what waits. */

import { messageOf } from "../protocol/errors.ts";
import type { Clock } from "../runtime/clock.ts";

export type Outcome =
  | { readonly kind: "done" }
  | { readonly kind: "failed"; readonly why: string }
  /** Nobody came to it in time: it was worth little by then. */
  | { readonly kind: "dropped" };

export interface Job {
  /** How long a call may take. */
  readonly limitMs: number;
  /** Of what is worth little later: it is dropped where it waited longer. The end of a run has none. */
  readonly freshMs?: number;
  call(signal: AbortSignal): void | Promise<void>;
  /** What became of it; must not throw. */
  done(outcome: Outcome): void;
}

export interface Lane {
  /** Takes a job, or drops it where too many wait. */
  push(job: Job): void;
  /** Resolves when nothing waits and nothing is under way. */
  idle(): Promise<void>;
  /** Aborts what is under way; what waits is not called any more, and nobody is told. */
  stop(): void;
}

/** Calls that may wait and are worth little later: a slow processor is told less. */
const MAX_FRESH = 100;
/** Ends of runs that may wait; more than that come again when the aggregator starts anew. */
const MAX_WAITING = 1000;

export function createLane(clock: Clock): Lane {
  const waiting: { readonly job: Job; readonly sinceMs: number }[] = [];
  let underWay: AbortController | undefined;
  let isStopped = false;
  let onIdle: (() => void)[] = [];

  function isStale({ job, sinceMs }: (typeof waiting)[number]): boolean {
    return job.freshMs !== undefined && clock.nowMs() - sinceMs > job.freshMs;
  }

  async function work(): Promise<void> {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      underWay = new AbortController();
      const outcome: Outcome = isStale(next)
        ? { kind: "dropped" }
        : await callInTime(clock, next.job, underWay);
      if (!isStopped) next.job.done(outcome);
    }
    underWay = undefined;
    for (const resolve of onIdle) resolve();
    onIdle = [];
  }

  return {
    push(job) {
      const most = job.freshMs === undefined ? MAX_WAITING : MAX_FRESH;
      if (isStopped || waiting.length >= most) {
        job.done({ kind: "dropped" });
        return;
      }
      waiting.push({ job, sinceMs: clock.nowMs() });
      if (!underWay) void work();
    },
    idle: () =>
      new Promise((resolve) => {
        if (underWay) onIdle.push(resolve);
        else resolve();
      }),
    stop() {
      isStopped = true;
      waiting.length = 0;
      underWay?.abort(new Error("the aggregator ends"));
    },
  };
}

/** One that goes on after its time is left behind. */
async function callInTime(clock: Clock, { limitMs, call }: Job, abort: AbortController): Promise<Outcome> {
  let cancel = () => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    abort.signal.addEventListener("abort", () => reject(abort.signal.reason));
    cancel = clock.after(limitMs, () => abort.abort(new Error(`it took longer than ${limitMs / 1000} s`)));
  });
  aborted.catch(() => undefined);
  try {
    // What it throws at once is caught like what it throws later.
    await Promise.race([Promise.resolve().then(() => call(abort.signal)), aborted]);
    return { kind: "done" };
  } catch (error) {
    return { kind: "failed", why: messageOf(error) };
  } finally {
    cancel();
  }
}

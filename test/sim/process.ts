/** A simulated process: its clock, and its life. What a dead one still does has no effect; a frozen one does it on waking. */

import type { Clock } from "../../libs/runtime/clock.ts";
import type { Schedule } from "./schedule.ts";

/** Kinds of processes. `cli` is whoever asks for runs. */
export type Kind = "coordinator" | "worker" | "aggregator" | "cli";

export interface SimProcess {
  readonly kind: Kind;
  /** Stays the same over restarts. */
  readonly node: string;
  /** Tells apart the lives of a node: w1-2 is the second of w1. */
  readonly name: string;
  readonly clock: Clock;
  isAlive(): boolean;
  isFrozen(): boolean;
  /** A message or an answer has come: handled at once, on waking, or never. */
  enter(call: () => void): void;
  /** To be asked before anything that others can see. The process may die by it: then this was its last deed. */
  act(): boolean;
  /** Dies after so many more deeds: between any two steps of whatever it does then. */
  dieAfter(deeds: number): void;
  /** Timers that are set. */
  timers(): number;
  crash(): void;
  freeze(): void;
  thaw(): void;
}

/** The real time at which histories begin: any will do, as long as it is always the same. */
export const EPOCH_MS = Date.UTC(2026, 0, 1);
/** Timers take whole milliseconds, and no fewer than one. */
const SHORTEST_TIMER_MS = 1;

/** @param skewMs how far its machine's clock is off */
export function createProcess(
  schedule: Schedule,
  identity: { kind: Kind; node: string; life: number },
  skewMs: number,
  onDeath: (process: SimProcess) => void,
): SimProcess {
  let alive = true;
  let frozen = false;
  let deedsLeft = Number.POSITIVE_INFINITY;
  let dueTimers: (() => void)[] = [];
  let waiting: (() => void)[] = [];
  let timers = 0;

  function timer(delayMs: number, call: () => void): () => void {
    let called = false;
    const fire = () => {
      if (called || !alive) return;
      if (frozen) dueTimers.push(fire);
      else {
        called = true;
        timers--;
        call();
      }
    };
    const event = schedule.in(Math.max(SHORTEST_TIMER_MS, delayMs), fire);
    timers++;
    return () => {
      if (!called) timers--;
      called = true;
      event.cancel();
    };
  }

  const clock = clockOf(() => EPOCH_MS + skewMs + schedule.nowMs(), timer);

  function enter(call: () => void): void {
    if (!alive) return;
    if (frozen) waiting.push(call);
    else call();
  }

  const self: SimProcess = {
    ...identity,
    name: `${identity.node}-${identity.life}`,
    clock,
    isAlive: () => alive,
    isFrozen: () => frozen,
    enter,
    act() {
      if (!alive) return false;
      deedsLeft--;
      if (deedsLeft <= 0) self.crash();
      return true;
    },
    dieAfter(deeds) {
      deedsLeft = deeds;
    },
    timers: () => timers,
    crash() {
      if (!alive) return;
      alive = false;
      dueTimers = [];
      waiting = [];
      onDeath(self);
    },
    freeze() {
      frozen = true;
    },
    thaw() {
      if (!frozen) return;
      frozen = false;
      // As an event loop does it: first the timers that are due, then what has come over the network.
      const backlog = [...dueTimers, ...waiting];
      dueTimers = [];
      waiting = [];
      for (const call of backlog) schedule.in(0, () => enter(call));
    },
  };
  return self;
}

function clockOf(nowMs: () => number, timer: Clock["after"]): Clock {
  return {
    nowMs,
    after: timer,
    every(intervalMs, call) {
      let cancel: () => void;
      let over = false;
      const again = () => {
        call();
        if (!over) cancel = timer(intervalMs, again);
      };
      cancel = timer(intervalMs, again);
      return () => {
        over = true;
        cancel();
      };
    },
  };
}

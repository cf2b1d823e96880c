/** A worker's slots: a slice holds one from pull to ack. */

import type { Capacity } from "../../../libs/bus/bus.ts";

export interface Slots extends Capacity {
  /** How many there are when all is well. */
  readonly full: number;
  /** Sets that: what is more than it is given up at once, and what is less comes second by second. */
  setFull(full: number): void;
  /** How many there are now. */
  total(): number;
  resize(total: number): void;
  busy(): number;
  take(): void;
  release(): void;
  /** Whether the worker may take up work has perhaps changed. */
  recheck(): void;
  /** No slot is free from now on. */
  close(): void;
}

/** @param mayTake whether the worker may take up work; while it says no, no slot is free */
export function createSlots(atFirst: number, mayTake: () => boolean = () => true): Slots {
  let full = atFirst;
  let total = full;
  let busy = 0;
  let closed = false;
  let waiting: (() => void)[] = [];

  function wake(): void {
    const woken = waiting;
    waiting = [];
    for (const resume of woken) resume();
  }

  function resize(changed: number): void {
    if (changed === total) return;
    total = changed;
    wake();
  }

  return {
    get full() {
      return full;
    },
    setFull(changed) {
      full = changed;
      resize(Math.min(total, full));
    },
    total: () => total,
    resize,
    busy: () => busy,
    free: () => (closed || !mayTake() ? 0 : Math.max(0, total - busy)),
    changed: () =>
      closed
        ? Promise.resolve()
        : new Promise((resolve) => {
            waiting.push(resolve);
          }),
    take() {
      busy++;
    },
    release() {
      busy--;
      wake();
    },
    recheck: wake,
    close() {
      closed = true;
      wake();
    },
  };
}

/** Slots of a process that may use one whole core: enough for any closed run on a single worker. */
const SLOTS_PER_CORE = 128;
/** Memory that a slot is reckoned to need. */
const MEMORY_PER_SLOT_MB = 2;
const FEWEST_SLOTS = 4;

/** Slots from what the process may use; a worker's event loop uses one core at most. */
export function slotsFor(cpuCores: number, memoryMb: number): number {
  const byCpu = Math.floor(SLOTS_PER_CORE * Math.min(1, cpuCores));
  const byMemory = Math.floor(memoryMb / MEMORY_PER_SLOT_MB);
  return Math.max(FEWEST_SLOTS, Math.min(byCpu, byMemory));
}

/** The simulated workers: they take slices into their slots, say each second that they are there, finish, die, are replaced. */

import type { Heartbeat } from "../../libs/protocol/node.ts";
import { type Calendar, createCalendar } from "./calendar.ts";
import type { Queue, QueuedSlice } from "./queue.ts";

/** A slice in a worker's hands. */
export interface Held {
  readonly slice: QueuedSlice;
  readonly attempt: number;
  readonly deliveredMs: number;
  readonly node: string;
  /** Its worker is dead: nobody will finish it. */
  orphaned: boolean;
}

interface Worker {
  node: string;
  startedMs: number;
  alive: boolean;
  readonly held: Set<Held>;
}

export interface Workers {
  /** The next worker in turn that has a free slot takes the slice. @returns whether there was one */
  take(slice: QueuedSlice, nowMs: number): boolean;
  /** What is finished in a tick; its slots are free again. */
  finished(tick: number): Held[];
  /** Heartbeats of those whose second it is. */
  heartbeats(tick: number, nowMs: number): Heartbeat[];
  /** A worker dies with all that it holds; another takes its place later. @returns whether it was alive */
  kill(index: number, nowMs: number): boolean;
  /** A worker's word for what it holds is lost on the way for so long that others get it too; it goes on. */
  cutOff(index: number, nowMs: number): void;
  /** New workers in the places of dead ones. */
  replace(tick: number, nowMs: number): void;
  /** Workers that had a slice at some time. */
  everBusy(): number;
  started(): number;
}

export interface WorkersOptions {
  readonly count: number;
  readonly slots: number;
  readonly run: string;
  readonly tickMs: number;
}

/** From a slice's end until its last answers are in and its result is sent. */
const ANSWER_MS = 80;
/** Until a dead worker's place is taken: a new process that starts. */
const REPLACE_MS = 3000;
const SECOND_MS = 1000;

export function createWorkers(options: WorkersOptions, queue: Queue): Workers {
  const { count, slots, run, tickMs } = options;
  const tickOf = (ms: number) => Math.ceil(ms / tickMs);
  const ticksPerSecond = SECOND_MS / tickMs;
  const workers: Worker[] = Array.from({ length: count }, (_, index) => newWorker(`worker-${index}`, 0));
  const finishing: Calendar<{ held: Held; worker: Worker }> = createCalendar();
  const replacing: Calendar<number> = createCalendar();
  const busy = new Set<number>();
  let turn = 0;
  let started = count;

  /** When a worker last said that it is there: each has its own moment within the second. */
  function lastWordMs(index: number, nowMs: number): number {
    const tick = Math.floor(nowMs / tickMs);
    return nowMs - ((((tick - index) % ticksPerSecond) + ticksPerSecond) % ticksPerSecond) * tickMs;
  }

  function leaveAll(index: number, nowMs: number): void {
    const wordMs = lastWordMs(index, nowMs);
    for (const { slice, deliveredMs } of (workers[index] as Worker).held)
      queue.leave(slice, Math.max(wordMs, deliveredMs));
  }

  return {
    take(slice, nowMs) {
      for (let tried = 0; tried < count; tried++) {
        const index = turn;
        turn = (turn + 1) % count;
        const worker = workers[index] as Worker;
        if (!worker.alive || worker.held.size >= slots) continue;
        const { node } = worker;
        const held = { slice, attempt: slice.deliveries, deliveredMs: nowMs, node, orphaned: false };
        worker.held.add(held);
        busy.add(index);
        finishing.put(tickOf(Math.max(nowMs, slice.draft.endMs + ANSWER_MS)) + 1, { held, worker });
        return true;
      }
      return false;
    },
    finished(tick) {
      const done = finishing.take(tick).filter(({ held }) => !held.orphaned);
      for (const { held, worker } of done) worker.held.delete(held);
      return done.map(({ held }) => held);
    },
    heartbeats(tick, nowMs) {
      const first = ((tick % ticksPerSecond) + ticksPerSecond) % ticksPerSecond;
      const beats: Heartbeat[] = [];
      for (let index = first; index < count; index += ticksPerSecond) {
        const worker = workers[index] as Worker;
        if (worker.alive) beats.push(heartbeatOf(worker, slots, run, nowMs));
      }
      return beats;
    },
    kill(index, nowMs) {
      const worker = workers[index] as Worker;
      if (!worker.alive) return false;
      leaveAll(index, nowMs);
      for (const held of worker.held) held.orphaned = true;
      worker.held.clear();
      worker.alive = false;
      replacing.put(tickOf(nowMs + REPLACE_MS), index);
      return true;
    },
    cutOff: leaveAll,
    replace(tick, nowMs) {
      for (const index of replacing.take(tick)) workers[index] = newWorker(`worker-${started++}`, nowMs);
    },
    everBusy: () => busy.size,
    started: () => started,
  };
}

function newWorker(node: string, startedMs: number): Worker {
  return { node, startedMs, alive: true, held: new Set() };
}

function heartbeatOf(worker: Worker, slots: number, run: string, nowMs: number): Heartbeat {
  const held = [...worker.held].map(({ slice: { draft } }) => `${draft.lane}.${draft.window}`);
  return {
    v: 1,
    node_id: worker.node,
    pool: "default",
    pid: 1,
    host: "simulated",
    version: "0.1.0",
    started_ms: worker.startedMs,
    sent_ms: nowMs,
    draining: false,
    slots,
    slots_busy: held.length,
    in_flight: held.length * 30,
    mustered: {},
    held: held.length > 0 ? { [run]: held } : {},
    cpu_cores: 0.42,
    rss_mb: 104.3,
    loop_delay_p99_ms: 2.5,
    lag_p99_ms: 0.9,
    clock_offset_ms: 0.21,
    clock_error_ms: 0.31,
    capabilities: {
      max_concurrent_queries: 1024,
      supported_query_types: ["victorialogs"],
      resources: { cpu_cores: 1, memory_mb: 2048 },
    },
  };
}

/**
 * Takes slices from delivery to acknowledgement: a slot is held, the slice is run, its result is stored, then it is
 * acknowledged. What goes wrong on the way is given back, so that nothing is forgotten.
 */

import type { SliceDelivery } from "../../libs/bus/bus.ts";
import type { Plan } from "../../libs/load/plan.ts";
import { parseMessage } from "../../libs/protocol/door.ts";
import { messageOf } from "../../libs/protocol/errors.ts";
import { MAX_HELD_NAMED } from "../../libs/protocol/node.ts";
import type { Control } from "../../libs/protocol/run.ts";
import { type MusterSlice, Slice, type WorkSlice } from "../../libs/protocol/slice.ts";
import type { Clock } from "../../libs/runtime/clock.ts";
import type { Log } from "../../libs/runtime/log.ts";
import type { Attempt, Workplace } from "./attempt.ts";
import { runClosedSlice } from "./closed-attempt.ts";
import { runCountSlice } from "./count-attempt.ts";
import type { Muster } from "./muster.ts";
import { runOpenSlice } from "./open-attempt.ts";
import { isWaiting, type OpenedRun, type OpenedRuns } from "./opened-run.ts";
import type { Reporter } from "./reporter.ts";
import type { Slots } from "./slots.ts";

/** A slice of work in this worker's hands. */
interface Held {
  readonly slice: WorkSlice;
  readonly delivery: SliceDelivery;
  attempt: Attempt | undefined;
}

export interface ExecutorParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly place: Workplace;
  readonly slots: Slots;
  readonly muster: Muster;
  readonly runs: OpenedRuns;
  readonly report: Reporter;
  readonly onRefused: (subject: string, reason: string) => void;
}

export interface Executor {
  take(delivery: SliceDelivery): void;
  /** The leader's word on a run: muster slices go when it runs, sending ends when it stops. */
  control(control: Control): void;
  /** Says of everything that is held that it is being worked on. */
  keepAlive(): void;
  /** The process was frozen: what it holds may have been given to others. */
  abandonAll(): void;
  /** Lets muster slices go whose run no longer waits, where the leader's word was lost. */
  releaseStale(): Promise<void>;
  /** Runs that have slices here. */
  activeRuns(): Set<string>;
  /** The slices of work that are held, as lane.window, per run; of very many, some. */
  heldSlices(): Record<string, string[]>;
  /** Gives back what has not begun and waits for what has. */
  drain(): Promise<void>;
  /** The last thing that went wrong, for people. */
  lastProblem(): string | undefined;
}

/** In flight when a run is stopped: so long may answers still come. */
const STOP_GRACE_MS = 2000;
/** Before another try at a slice whose run could not be opened. */
const RETRY_PAUSE_MS = 1000;
/** Connections that are opened ahead of a run. */
const WARM_CONNECTIONS = 32;
/** Stopped runs that are remembered. */
const MAX_STOPPED = 1000;

export function createExecutor(parts: ExecutorParts): Executor {
  const { clock, log, place, slots, muster, runs } = parts;
  const held = new Set<Held>();
  const working = new Set<Promise<void>>();
  const stopped = new Set<string>();
  const warmed = new Map<string, Promise<void>>();
  let highestEpoch = 0;
  let problem: string | undefined;
  let draining = false;

  function take(delivery: SliceDelivery): void {
    slots.take();
    const parsed = parseMessage(Slice, delivery.data);
    if (!parsed.ok) {
      parts.onRefused(delivery.subject, parsed.reason);
      delivery.terminate("not a slice");
      slots.release();
      return;
    }
    const slice = parsed.value;
    if (slice.epoch < highestEpoch) {
      parts.onRefused(delivery.subject, `epoch ${slice.epoch} is below ${highestEpoch}`);
      delivery.terminate("deposed leader");
      slots.release();
      return;
    }
    highestEpoch = slice.epoch;
    track(slice.kind === "muster" ? takeMuster(slice, delivery) : takeWork(slice, delivery));
  }

  function track(work: Promise<void>): void {
    working.add(work);
    void work.finally(() => working.delete(work));
  }

  async function takeMuster(slice: MusterSlice, delivery: SliceDelivery): Promise<void> {
    try {
      const run = await runs.open(slice.run, slice.revision);
      await warm(run);
    } catch (error) {
      refuse(delivery, slice.run, error);
      return;
    }
    if (draining) {
      delivery.giveBack();
      slots.release();
    } else {
      muster.hold(slice.run, delivery);
    }
  }

  /** Opens connections once per run; a target that does not answer is told, and the run's own affair. */
  function warm(run: OpenedRun): Promise<void> {
    let warming = warmed.get(run.id);
    if (!warming) {
      warming = run.session.warm(Math.min(WARM_CONNECTIONS, run.plan.slotsNeeded)).then((failure) => {
        problem = failure && `target ${run.config.spec.target.url}: ${failure}`;
        if (failure) log.warn({ run_id: run.id, failure }, "the target does not answer yet");
      });
      warmed.set(run.id, warming);
    }
    return warming;
  }

  async function takeWork(slice: WorkSlice, delivery: SliceDelivery): Promise<void> {
    const entry: Held = { slice, delivery, attempt: undefined };
    held.add(entry);
    try {
      const run = await runs.open(slice.run, slice.revision);
      entry.attempt = draining ? undefined : start(place, run, slice, delivery.attempt);
      if (stopped.has(slice.run)) entry.attempt?.stop();
      const outcome = (await entry.attempt?.finished) ?? "withdrawn";
      if (outcome === "withdrawn") {
        delivery.giveBack();
        release(entry);
        return;
      }
      await parts.report(slice, delivery.attempt, outcome);
      // A lost ack costs a delivery whose result will be superseded; the books do not change.
      await delivery
        .ack()
        .catch((error: unknown) => log.warn({ ...wordsOf(slice), err: messageOf(error) }, "ack was lost"));
      release(entry);
    } catch (error) {
      held.delete(entry);
      refuse(delivery, slice.run, error);
    }
  }

  function refuse(delivery: SliceDelivery, run: string, error: unknown): void {
    problem = messageOf(error);
    log.error({ run_id: run, err: error }, "a slice could not be run");
    delivery.giveBack(RETRY_PAUSE_MS);
    slots.release();
  }

  function release(entry: Held): void {
    if (held.delete(entry)) slots.release();
  }

  function releaseMuster(run: string): void {
    warmed.delete(run);
    for (const delivery of muster.release(run)) {
      void delivery
        .ack()
        .catch((error: unknown) => log.warn({ run_id: run, err: messageOf(error) }, "ack was lost"));
      slots.release();
    }
  }

  function stop(run: string): void {
    if (stopped.has(run)) return;
    stopped.add(run);
    if (stopped.size > MAX_STOPPED) stopped.delete(stopped.values().next().value as string);
    for (const { slice, attempt } of held) if (slice.run === run) attempt?.stop();
    clock.after(STOP_GRACE_MS, () => {
      for (const opened of runs.all()) if (opened.id === run) opened.session.abortAll();
    });
  }

  return {
    take,
    control({ run, epoch, phase, stop: shallStop }) {
      if (epoch < highestEpoch) return;
      highestEpoch = epoch;
      if (phase !== "requested" && phase !== "mustering") releaseMuster(run);
      if (shallStop) stop(run);
    },
    keepAlive() {
      for (const { delivery } of held) delivery.working();
      for (const delivery of muster.deliveries()) delivery.working();
    },
    abandonAll() {
      log.warn({ slices: held.size }, "this process was frozen; it leaves its slices to others");
      for (const { attempt } of held) attempt?.abandon();
    },
    async releaseStale() {
      for (const run of muster.runs()) {
        if (!isWaiting(await runs.record(run))) releaseMuster(run);
      }
    },
    activeRuns: () => new Set([...held].map(({ slice }) => slice.run).concat(muster.runs())),
    heldSlices() {
      const slices: Record<string, string[]> = {};
      for (const { slice } of [...held].slice(0, MAX_HELD_NAMED)) {
        slices[slice.run] ??= [];
        slices[slice.run]?.push(`${slice.lane}.${slice.window}`);
      }
      return slices;
    },
    async drain() {
      draining = true;
      for (const run of muster.runs()) {
        for (const delivery of muster.release(run)) {
          delivery.giveBack();
          slots.release();
        }
      }
      for (const { attempt } of held) if (attempt && !attempt.hasBegun()) attempt.withdraw();
      await Promise.all(working);
    },
    lastProblem: () => problem,
  };
}

function start(place: Workplace, run: OpenedRun, slice: WorkSlice, attempt: number): Attempt {
  const of = <P extends Plan>(plan: P): OpenedRun<P> => ({ ...run, plan });
  if (slice.kind === "open" && run.plan.model === "open")
    return runOpenSlice(place, of(run.plan), slice, attempt);
  if (slice.kind === "closed" && run.plan.model === "closed")
    return runClosedSlice(place, of(run.plan), slice);
  if (slice.kind === "count" && run.plan.model === "count") return runCountSlice(place, of(run.plan), slice);
  throw new Error(`a ${slice.kind} slice does not fit a run of the ${run.plan.model} model`);
}

function wordsOf(slice: WorkSlice) {
  return { run_id: slice.run, slice_id: `${slice.run}.${slice.lane}.${slice.window}` };
}

/**
 * Takes slices from delivery to acknowledgement: a slot is held, the slice is run, its result is stored, then it is
 * acknowledged. What goes wrong on the way is given back, so that nothing is forgotten.
 */

import type { SliceDelivery } from "../../../libs/bus/bus.ts";
import type { Plan } from "../../../libs/load/plan.ts";
import { messageOf } from "../../../libs/protocol/errors.ts";
import type { Control } from "../../../libs/protocol/run.ts";
import type { WorkSlice } from "../../../libs/protocol/slice.ts";
import type { Clock } from "../../../libs/runtime/clock.ts";
import type { Log } from "../../../libs/runtime/log.ts";
import type { Attempt, Workplace } from "../attempt/attempt.ts";
import { runClosedSlice } from "../attempt/closed.ts";
import { runCountSlice } from "../attempt/count.ts";
import { runOpenSlice } from "../attempt/open.ts";
import { createAdmission } from "./admission.ts";
import type { Held, HeldWork, Holding } from "./holding.ts";
import { createMuster } from "./muster.ts";
import type { OpenedRun, OpenedRuns } from "./opened-run.ts";
import type { Reporter } from "./reporter.ts";
import { createRevisions, isOutdated } from "./revisions.ts";
import type { Slots } from "./slots.ts";

export interface ExecutorParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly place: Workplace;
  readonly slots: Slots;
  readonly holding: Holding;
  readonly runs: OpenedRuns;
  readonly report: Reporter;
  readonly onRefused: (subject: string, reason: string) => void;
  /** While it says so nothing is sent: what is delivered is cancelled. */
  readonly isKilled: () => boolean;
  /** The number of muster slices that are held has changed. */
  readonly onMuster: () => void;
}

export interface Executor {
  take(delivery: SliceDelivery): void;
  /** Gives back what was fetched ahead and has lost its slot, the latest first. */
  shed(): void;
  /** The leader's word on a run: muster slices go when it runs, sending ends when it stops. */
  control(control: Control): void;
  /** Sends nothing more of a run. */
  stop(run: string): void;
  /** Ends everything now: nothing more is sent, and what is in flight is aborted. */
  kill(): void;
  /** Says of everything that is held that it is being worked on. */
  keepAlive(): void;
  /** The process was frozen: what it holds may have been given to others. */
  abandonAll(): void;
  /** Lets muster slices go whose run no longer waits, where the leader's word was lost. */
  releaseStale(): Promise<void>;
  /** Gives back what has not begun, at once, and waits for what has. */
  drain(): Promise<void>;
  /** What went wrong last with each run, for people: of the last few runs. */
  problems(): Record<string, string>;
}

/** In flight when a run is stopped: so long may answers still come. */
const STOP_GRACE_MS = 2000;
/** Before another try at a slice whose run could not be opened. */
const RETRY_PAUSE_MS = 1000;
/**
 * An open slice that begins so soon is kept: on its way to another worker its first queries would come too late, and on a
 * busy machine that way takes some hundred milliseconds.
 */
const NEAR_MS = 1000;
/** Stopped runs that are remembered. */
const MAX_REMEMBERED = 1000;
/** Runs whose problems are told with each heartbeat. */
const MAX_PROBLEMS = 8;

export function createExecutor(parts: ExecutorParts): Executor {
  const { clock, log, place, slots, holding, runs } = parts;
  const admission = createAdmission(parts.onRefused);
  const [stopped, killed] = [new Set<string>(), new Set<string>()];
  const revisions = createRevisions(runs, log, (run) => holding.runs().has(run), follow);
  const working = new Set<Promise<void>>();
  /** By run, the latest last. */
  const problems = new Map<string, string>();
  const muster = createMuster({ ...parts, acknowledge, onProblem: note });

  function note(run: string, problem: string | undefined): void {
    problems.delete(run);
    if (problem === undefined) return;
    problems.set(run, problem);
    for (const oldest of problems.keys()) {
      if (problems.size <= MAX_PROBLEMS) return;
      problems.delete(oldest);
    }
  }

  function take(delivery: SliceDelivery): void {
    // What is held here and comes again, because a word of it was late, is not run twice at once.
    if (place.freezes.check() || holding.renew(delivery)) return;
    const slice = admission.admit(delivery);
    if (!slice) return;
    if (holding.isReported(slice)) {
      void acknowledge({ slice, delivery });
      return;
    }
    const entry = holding.add(slice, delivery);
    const work = (entry.kind === "muster" ? muster.take(entry) : takeWork(entry))
      .catch((error: unknown) => refuse(entry, error))
      .finally(() => working.delete(work));
    working.add(work);
  }

  async function takeWork(entry: HeldWork): Promise<void> {
    const { slice, delivery } = entry;
    const run = await runs.open(slice.run, slice.revision);
    // Only now: a stray slice of a revision that the run never had is nobody's word.
    revisions.hear(slice.run, slice.revision);
    const latest = await revisions.latest(run);
    place.freezes.check();
    if (!holding.has(entry)) return;
    if (isOutdated(latest, slice)) {
      forget(entry);
      return;
    }
    entry.attempt = start(place, slice.kind === "closed" ? latest : run, slice, delivery.attempt);
    if (stopped.has(slice.run) || parts.isKilled()) entry.attempt.stop();
    const outcome = await entry.attempt.finished;
    if (outcome === "withdrawn") return;
    await parts.report(slice, delivery.attempt, outcome);
    holding.markReported(slice);
    await acknowledge(entry);
    holding.release(entry);
  }

  /** The run was changed: what is planned anew is let go without a word, as it is no longer in the queue; users follow the plan. */
  function follow(changed: OpenedRun): void {
    for (const entry of holding.work()) {
      if (entry.slice.run !== changed.id) continue;
      if (!isOutdated(changed, entry.slice)) entry.attempt?.replan?.(changed);
      else if (hasBegun(entry)) entry.attempt?.abandon();
      else forget(entry);
    }
  }

  /** A lost ack costs a delivery whose result will be superseded; the books do not change. */
  function acknowledge(entry: Pick<Held, "slice" | "delivery">): Promise<void> {
    return entry.delivery
      .ack()
      .catch((error: unknown) => log.warn({ ...wordsOf(entry), err: messageOf(error) }, "ack was lost"));
  }

  function refuse(entry: Held, error: unknown): void {
    note(entry.slice.run, messageOf(error));
    log.error({ ...wordsOf(entry), err: error }, "a slice could not be run");
    if (!holding.has(entry)) return;
    entry.delivery.giveBack(RETRY_PAUSE_MS);
    holding.release(entry);
  }

  /** Gives back what has not begun. */
  function giveBack(entry: Held): void {
    entry.delivery.giveBack();
    forget(entry);
  }

  function forget(entry: Held): void {
    holding.release(entry);
    if (entry.kind === "work") entry.attempt?.withdraw();
    else parts.onMuster();
  }

  function control(word: Control): void {
    const { run, epoch, phase, stop: shallStop, kill: shallKill, revision, fence_seq } = word;
    if (!admission.hear({ epoch, fence_seq })) return;
    if (revision !== undefined) revisions.hear(run, revision);
    if (phase !== "requested" && phase !== "mustering") muster.release(run);
    if (shallStop) stop(run);
    if (shallKill) killRun(run);
  }

  function stop(run: string): void {
    if (stopped.has(run)) return;
    stopped.add(run);
    if (stopped.size > MAX_REMEMBERED) stopped.delete(stopped.values().next().value as string);
    for (const { slice, attempt } of holding.work()) if (slice.run === run) attempt?.stop();
    clock.after(STOP_GRACE_MS, () => abort(run));
  }

  function killRun(run: string): void {
    if (killed.has(run)) return;
    killed.add(run);
    if (killed.size > MAX_REMEMBERED) killed.delete(killed.values().next().value as string);
    abort(run);
  }

  /** Cuts short what is in flight. */
  function abort(run: string): void {
    for (const opened of runs.all()) if (opened.id === run) opened.session.abortAll();
  }

  function kill(): void {
    for (const { attempt } of holding.work()) attempt?.stop();
    for (const { session } of runs.all()) session.abortAll();
  }

  /** Whether another worker can do it just as well. */
  function isAhead(entry: Held): boolean {
    if (entry.kind === "muster" || entry.attempt === undefined) return true;
    if (hasBegun(entry)) return false;
    const { slice } = entry;
    return slice.kind !== "open" || slice.t0_ms + slice.start_ms - place.now() > NEAR_MS;
  }

  function shed(): void {
    const excess = slots.busy() - slots.total();
    if (excess <= 0) return;
    const waiting = holding.work().filter((entry) => entry.slice.kind === "open" && isAhead(entry));
    waiting.sort((a, b) => startOf(b) - startOf(a));
    for (const entry of waiting.slice(0, excess)) giveBack(entry);
  }

  /** What has begun is reported; the rest is let go without a word, which would be taken for its new holder's. */
  function abandonAll(): void {
    log.warn({ slices: holding.work().length }, "this process was frozen; it leaves its slices to others");
    for (const entry of holding.all()) {
      if (hasBegun(entry)) (entry as HeldWork).attempt?.abandon();
      else forget(entry);
    }
  }

  async function drain(): Promise<void> {
    for (const entry of holding.all()) if (isAhead(entry)) giveBack(entry);
    await Promise.all(working);
  }

  return {
    take,
    shed,
    control,
    stop,
    kill,
    keepAlive() {
      for (const { delivery } of holding.all()) delivery.working();
    },
    abandonAll,
    releaseStale: muster.releaseStale,
    drain,
    problems: () => Object.fromEntries(problems),
  };
}

function startOf({ slice }: HeldWork): number {
  return slice.kind === "count" ? 0 : slice.start_ms;
}

function hasBegun(entry: Held): boolean {
  return entry.kind === "work" && entry.attempt !== undefined && entry.attempt.hasBegun();
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

function wordsOf({ slice }: Pick<Held, "slice">) {
  const { run } = slice;
  return slice.kind === "muster"
    ? { run_id: run }
    : { run_id: run, slice_id: `${run}.${slice.lane}.${slice.window}` };
}

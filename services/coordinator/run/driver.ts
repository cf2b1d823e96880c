/**
 * Drives one live run: feeds what happens into the pure cores (state and dispatcher) and carries out what they decide. A
 * leader that takes a run over reads its logs first, and then goes on where the one before it was cut off.
 */

import { revisionOf } from "../../../libs/load/changes.ts";
import type { Change } from "../../../libs/protocol/change.ts";
import type { BenchmarkConfig } from "../../../libs/protocol/config/schema.ts";
import { messageOf } from "../../../libs/protocol/errors.ts";
import { placeOf } from "../../../libs/protocol/ids.ts";
import type { Reason } from "../../../libs/protocol/ledger.ts";
import type { LogEntry } from "../../../libs/protocol/result.ts";
import {
  type Control,
  isFinal,
  type Phase,
  type RunEvent,
  type RunRecord,
} from "../../../libs/protocol/run.ts";
import { sleep } from "../../../libs/runtime/clock.ts";
import { agreeOnApproval, firstEvent, NOBODY_CAME } from "./approving.ts";
import { createChanging } from "./changing.ts";
import { createCores, type DriverParts } from "./cores.ts";
import type { SlicePlace } from "./dispatch/outstanding.ts";
import { createRunEffects } from "./effects.ts";
import { createFleetWatch } from "./fleet-watch.ts";
import { readRun } from "./history/history.ts";
import { addToPast, endOf } from "./history/past.ts";
import type { StoredRun } from "./history/stored-run.ts";
import { createAftercare } from "./servers/aftercare.ts";
import { createScraper } from "./servers/scraper.ts";
import { createSight, type Sight } from "./sight.ts";
import { FIRST_STATE, isUnderWay, type RunStateEvent, resumedState, transition } from "./state.ts";
import { createWishes, type Wishes } from "./wishes.ts";

export interface RunDriver extends Sight, Wishes {
  /** As it was accepted. */
  readonly config: BenchmarkConfig;
  record(): RunRecord;
  /** Reads what was before, then begins or goes on. Resolves when that is under way, or nobody leads here any more. */
  begin(): Promise<void>;
  /** Does what the time asks for: to be called often. */
  tick(): void;
  /** Repeats the run's state to the workers. */
  beacon(): void;
  /** All that was before is known, so that a wish is done at once. */
  isReady(): boolean;
  /** Over, and all about it is stored. */
  isDone(): boolean;
  close(): Promise<void>;
}

const RETRY_PAUSE_MS = 250;

export function createRunDriver(parts: DriverParts, stored: StoredRun): RunDriver {
  const { bus, clock, log, nodes, metrics, holds } = parts;
  const { config, plan } = stored;
  const { id, epoch } = stored.record;
  const cores = createCores(parts, stored);
  const { pool, dispatcher, course, settlements, runLog, queue, overdue, past } = cores;
  let history: { close(): Promise<void> } | undefined;
  let state = FIRST_STATE;
  let isCaughtUp = false;
  let isClosed = false;
  let musterDeadlineMs = Number.POSITIVE_INFINITY;

  const all = { ...parts, ...cores, config, mayAct, runMs };
  const told = { state: () => state, onStarted: () => publishDue(), onApproved };
  const effects = createRunEffects({ ...all, ...told, aftercare: createAftercare(all) });
  const changing = createChanging(all);
  const [scraper, fleetWatch] = [createScraper(all), createFleetWatch(all)];

  /** Milliseconds since the run's start. */
  function runMs(): number {
    const { t0_ms: t0Ms } = runLog.record();
    return t0Ms === undefined ? 0 : clock.nowMs() - t0Ms;
  }

  function mayAct(): boolean {
    return isCaughtUp && !isClosed && holds();
  }

  async function begin(): Promise<void> {
    while (!isClosed && holds()) {
      try {
        await runLog.save({});
        history = await readRun(parts, stored, clock.nowMs(), {
          entry: addEntry,
          event: addEvent,
          refused: (subject, reason) => refuse(subject, reason, "schema"),
          caughtUp: goOn,
        });
        if (isClosed) await history.close();
        return;
      } catch (error) {
        log.warn({ run_id: id, err: messageOf(error) }, "the run's logs cannot be read yet");
        await sleep(clock, RETRY_PAUSE_MS);
      }
    }
  }

  /** All that was before is known: the run goes on from here. */
  function goOn(queued: readonly string[]): void {
    dispatcher.learnPlan(course.plan());
    for (const subject of queued) {
      const place = placeOf(subject, id);
      if (place) dispatcher.learnQueued(place.lane, place.window);
    }
    isCaughtUp = true;
    musterDeadlineMs = clock.nowMs() + config.spec.muster.timeout;
    const { changes } = course.revised();
    if (past.ended) {
      state = { phase: past.ended, stopped: past.isStopped };
      // The leader before may have died before it came to write them.
      if (changes.length > 0) effects.saveChanges();
      void effects.end(endOf(past.ended, past));
      return;
    }
    state = resumedState(runLog.record().phase, past, course.revised().isPaused);
    if (past.isStopped) dispatcher.stop();
    if (state.phase === "requested") {
      agreeOnApproval(runLog, past);
      handle(firstEvent(runLog.record(), past));
      return;
    }
    log.info({ run_id: id, phase: state.phase }, "the run goes on");
    queue.locateAll(dispatcher.outstanding());
    effects.resume(past.started !== undefined);
    if (changes.length > 0) effects.saveChanges();
    for (const change of changes) if (!past.revisionsTold.has(change.revision)) effects.tellChange(change);
    if (past.isOver && !past.isDrained) handle({ type: "log-ended" });
    if (past.crossed) addEvent(past.crossed);
    if (past.reported) addEvent(past.reported);
    beacon();
  }

  function handle(event: RunStateEvent): void {
    const [next, decided] = transition(state, event);
    const changed = next.phase !== state.phase;
    state = next;
    if (changed) log.info({ run_id: id, phase: state.phase }, "phase");
    // A final phase is stored last, when all that belongs to the run is.
    if (changed && !isFinal(state.phase) && state.phase !== "running")
      void runLog.save({ phase: state.phase });
    for (const effect of decided) void effects.carryOut(effect);
    if (changed) beacon();
  }

  function publishDue(lane?: number): void {
    if (!isPublishing(state.phase) || !effects.isStarted() || !mayAct()) return;
    // The next link of a chain is published where its lane stands; all lanes at once only when there is room for what they have.
    if (lane !== undefined || !queue.isBusy()) queue.publish(dispatcher.due(runMs(), lane));
    metrics.outstanding(id, dispatcher.outstandingCount());
  }

  function advance(): void {
    // Also what was out as the last of the plan may come back, not stored: then there is more to publish.
    if (!effects.isStarted() || changing.isUnderWay() || !dispatcher.isExhausted(runMs())) return;
    handle({ type: "plan-exhausted" });
    if (dispatcher.outstandingCount() === 0) handle({ type: "all-settled" });
  }

  function settle({ lane, window }: SlicePlace, reason: Reason): Promise<void> {
    log.warn({ run_id: id, slice_id: `${id}.${lane}.${window}`, reason }, "a slice is settled as lost");
    return queue.settleUnrun({ lane, window }, "lost", reason);
  }

  function settleOverdue(nowMs: number): void {
    const { isGivenUp, slices } = overdue.check(nowMs, runMs());
    if (isGivenUp) handle({ type: "stop-requested", reason: "no worker is left" });
    for (const slice of slices) void settle(slice, "no_result");
  }

  function onApproved(): void {
    if (!mayAct()) return;
    musterDeadlineMs = clock.nowMs() + config.spec.muster.timeout;
    handle({ type: "begin-muster" });
  }

  function beacon(): void {
    // No worker has heard of a run that is yet to be approved.
    if (!mayAct() || state.phase === "awaiting_approval") return;
    const control: Control = {
      v: 1,
      run: id,
      epoch,
      phase: state.phase,
      stop: state.stopped,
      ...(state.killed && { kill: true }),
      revision: revisionOf(course.revised()),
      fence_seq: parts.fenceSeq,
      fleet: nodes.fleet(pool),
    };
    bus.publish(bus.names.subjects.control(id), control);
  }

  function checkMuster(nowMs: number): void {
    const slots = { held: nodes.slotsHeld(id), needed: plan.slotsNeeded };
    handle({ type: "slots-held", ...slots });
    if (nowMs <= musterDeadlineMs) return;
    const hint = nodes.problem(pool, id) ?? "";
    handle({
      type: "muster-timeout",
      ...slots,
      startAnyway: config.spec.muster.on_timeout === "start",
      hint,
    });
  }

  function tick(): void {
    const nowMs = clock.nowMs();
    if (isFinal(state.phase) || !mayAct()) return;
    if (nodes.alive(pool).length > 0) overdue.sawWorkers(nowMs);
    if (state.phase === "mustering") {
      checkMuster(nowMs);
      return;
    }
    if (state.phase === "reporting") return;
    if (state.phase === "awaiting_approval") {
      if (nowMs > (runLog.record().approval?.until_ms ?? 0))
        handle({ type: "refused", by: undefined, reason: NOBODY_CAME });
      return;
    }
    if (changing.isPausedTooLong()) handle({ type: "stop-requested", reason: "it was paused for too long" });
    publishDue();
    advance();
    settleOverdue(nowMs);
    if (effects.isStarted()) for (const watch of [scraper, fleetWatch]) watch.tick();
  }

  function addEntry(entry: LogEntry): void {
    const word = settlements.take(entry);
    if (word.kind === "fence" && word.epoch > epoch) isClosed = true;
    if (word.kind === "refused") refuse(bus.names.subjects.result(id, entry.lane), "not credible", word.why);
    if (word.kind === "end" && isCaughtUp) handle({ type: "log-ended" });
    if (word.kind === "end") past.isOver = true;
    if (word.kind === "changed") {
      const why = course.take(word.entry.change);
      if (why === undefined && isCaughtUp) applyChange(word.entry.change);
      changing.heard(word.entry, why);
    }
    if (word.kind !== "result") return;
    const { lane, window } = word.result;
    const next = word.result.kind === "ran" ? word.result.next : undefined;
    if (!isCaughtUp) dispatcher.learnSettled(lane, window, next);
    else if (dispatcher.settle(lane, window, next)) {
      publishDue(lane);
      advance();
    }
  }

  /** The plan is another one from a time of the run on: what is published of it is published anew. */
  function applyChange(change: Change): void {
    log.info({ run_id: id, change }, "the run is changed");
    const outdated = dispatcher.replan(course.plan(), change.at_ms);
    handle({ type: "changed", isPaused: course.revised().isPaused });
    beacon();
    queue.replace(outdated);
    effects.saveChanges();
    effects.tellChange(change);
    publishDue();
  }

  function addEvent(event: RunEvent): void {
    if (!isCaughtUp) addToPast(past, event);
    else if (event.type === "threshold_crossed")
      handle({ type: "threshold-crossed", reason: `threshold ${event.words}` });
    else if (event.type === "reported")
      handle({ type: "reported", verdict: event.verdict, reasons: event.verdict_reasons });
  }

  function refuse(subject: string, reason: string, label: string): void {
    log.warn({ subject, reason }, "a message was refused");
    metrics.refused(subject.split(".").slice(0, 2).join("."), label);
  }

  async function close(): Promise<void> {
    isClosed = true;
    metrics.outstanding(id, 0);
    await Promise.all([history?.close(), scraper.close()]);
  }

  const { record } = runLog;
  const { isDone } = effects;
  const wishes = createWishes({
    ...{ clock, runLog, holds, mayAct, handle, beacon, changing },
    isClosed: () => isClosed,
    mayChange: () => isRunning() && effects.isStarted(),
    awaitsApproval: () => state.phase === "awaiting_approval" && !state.approved,
    stored: effects.told,
  });
  const isRunning = () => isUnderWay(state.phase);
  const seen = createSight({ ...all, settle, isRunning });
  return { config, record, begin, tick, beacon, ...seen, ...wishes, isReady: mayAct, isDone, close };
}

/** While it drains, what could not be stored is published all the same; of a run that is stopped nothing is due. */
function isPublishing(phase: Phase): boolean {
  return isUnderWay(phase) || phase === "draining";
}

/**
 * Result processors: each run's are told its slices and windows as far as they keep up, and its end until they were told it.
 * Nothing here is waited for by the fold.
 */

import type { Bucket, Bus, Objects } from "../../../libs/bus/bus.ts";
import type { Outcome } from "../../../libs/processors/lane.ts";
import type { Processor, Told } from "../../../libs/processors/processor.ts";
import type { Hook, ProcessorConfig } from "../../../libs/protocol/config/processors.ts";
import { messageOf } from "../../../libs/protocol/errors.ts";
import { type Owed, owedKey, type RunEnded, type SettledSlice } from "../../../libs/protocol/processing.ts";
import type { Report } from "../../../libs/protocol/report.ts";
import type { VerdictResult } from "../../../libs/protocol/result.ts";
import type { RunEvent, RunRecord } from "../../../libs/protocol/run.ts";
import { type Clock, sleep } from "../../../libs/runtime/clock.ts";
import type { Log } from "../../../libs/runtime/log.ts";
import type { MeasuredResult } from "../../../libs/stats/measured.ts";
import { liveThresholds } from "../live.ts";
import type { LiveRun } from "../live-runs.ts";
import type { AggregatorMetrics } from "../metrics.ts";
import { owedRuns, readOwed } from "./owed.ts";
import { createSeat, type Seat } from "./seat.ts";
import { endTold, failureTold, sliceOf, slicesTold, windowTold } from "./told.ts";
import { createWindows, type Windows } from "./windows.ts";

/** The processors that there are. */
export interface ProcessorSource {
  /** Of every run, by the settings. */
  readonly forAll: readonly ProcessorConfig[];
  /** @param isLocal the whole system is on one machine. May throw: then the call fails for which it is opened. */
  open(config: ProcessorConfig, isLocal: boolean): Processor;
}

export const NO_PROCESSORS: ProcessorSource = {
  forAll: [],
  open: () => ({}),
};

export interface ProcessingParts {
  readonly bus: Bus;
  readonly runs: Bucket;
  readonly reports: Objects;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Pick<AggregatorMetrics, "addProcessed">;
  readonly processors: ProcessorSource;
}

export interface Processing {
  /** A run is about to be folded: what its processors are owed is stored first. Rejects while the bus cannot be reached. */
  owe(run: LiveRun): Promise<void>;
  settled(run: LiveRun, result: MeasuredResult | VerdictResult, seq: number): void;
  /** Some time has passed. */
  tick(run: LiveRun, nowMs: number): void;
  reported(run: LiveRun, report: Report): void;
  /** It is over, without a report. */
  failed(run: LiveRun, event: Extract<RunEvent, { type: "failed" }>): void;
  /** Tells the ends of runs that were over before all processors had been told. Never rejects. */
  resume(): Promise<void>;
  /** Waits for what is under way, but not for long: what is owed is told by the next aggregator. */
  close(): Promise<void>;
}

/** A run's processors, and what they were not told yet. */
interface Attended {
  readonly record: RunRecord;
  readonly seats: readonly Seat[];
  /** Those that no other run has. */
  readonly own: readonly Seat[];
  readonly done: Set<string>;
  windows: Windows | undefined;
  slices: SettledSlice[];
  leftOut: number;
  lastSeq: number;
  /** Entries in its log about calls that failed, by processor. */
  readonly letters: Map<string, number>;
  saving: Promise<unknown>;
}

/** Slices that are told at once; more than that settle in a second only on great fleets. */
const MAX_SLICES = 1000;
/** Entries in a run's log that one processor may cause: one that never works must not fill it. */
const MAX_LETTERS = 10;
const MAX_REASON_CHARS = 300;
const EVENT_TRIES = 20;
/** Ends that are told anew at once, so that their reports need not all lie in memory. */
const RESUMED_AT_ONCE = 10;
/** While the bus cannot be reached: some hours. */
const RESUME_TRIES = 10_000;
const RESUME_PAUSE_MS = 1000;
const CLOSE_LIMIT_MS = 10_000;

export function createProcessing(parts: ProcessingParts): Processing {
  const { bus, runs, reports, clock, log, metrics, processors } = parts;
  const attended = new Map<string, Attended>();
  const endings = new Set<Promise<void>>();
  let isClosed = false;
  const common = processors.forAll.map((config, index) =>
    createSeat(`settings.processors[${index}]`, config, () => processors.open(config, true), clock),
  );

  function attend(record: RunRecord, own: readonly ProcessorConfig[], done: readonly string[]): Attended {
    const isLocal = record.allowed?.local ?? false;
    const seats = own.map((config, index) =>
      createSeat(`spec.processors[${index}]`, config, () => processors.open(config, isLocal), clock),
    );
    const run: Attended = {
      ...{ record, own: seats, seats: [...common, ...seats], done: new Set(done), windows: undefined },
      ...{ slices: [], leftOut: 0, lastSeq: 0, letters: new Map(), saving: Promise.resolve() },
    };
    attended.set(record.id, run);
    return run;
  }

  const wanting = (run: Attended | undefined, hook: Hook) =>
    run?.seats.filter(({ hooks }) => hooks.includes(hook)) ?? [];

  /** Tells all who want to know, and says so where somebody could not be told. */
  function tell<H extends Hook>(run: Attended, hook: H, told: Told[H]): void {
    for (const seat of wanting(run, hook)) void tellOne(run, seat, hook, told);
  }

  async function tellOne<H extends Hook>(
    run: Attended,
    seat: Seat,
    hook: H,
    told: Told[H],
  ): Promise<Outcome> {
    const outcome = await seat.tell(hook, told);
    metrics.addProcessed(seat.type, hook, outcome.kind);
    if (outcome.kind === "failed") await bury(run, seat, hook, told.id, outcome.why);
    return outcome;
  }

  /** A dead letter: the run's log says what nobody took. */
  async function bury({ record, letters }: Attended, seat: Seat, hook: Hook, id: string, why: string) {
    const { id: run, epoch } = record;
    const reason = why.slice(0, MAX_REASON_CHARS);
    log.warn({ run_id: run, processor: seat.id, hook, id, reason }, "a processor could not be told");
    const letter = (letters.get(seat.id) ?? 0) + 1;
    letters.set(seat.id, letter);
    if (letter > MAX_LETTERS && hook !== "end") return;
    const event: RunEvent = {
      ...{ v: 1, run, at_ms: clock.nowMs(), epoch, type: "processor_failed" },
      ...{ processor: seat.id, kind: seat.type, hook, id, reason },
    };
    await bus
      .append(bus.names.subjects.event(run, event.type), event, {
        id: `${event.type}.${seat.id}.${id}`,
        tries: EVENT_TRIES,
      })
      .catch((error: unknown) => log.error({ run_id: run, err: messageOf(error) }, "not told in its log"));
  }

  /** The run is over: whoever has not been told is, and then nothing is owed any more. */
  function end(run: Attended, told: RunEnded): Promise<void> {
    const ending = tellEnd(run, told).finally(() => endings.delete(ending));
    endings.add(ending);
    return ending;
  }

  async function tellEnd(run: Attended, told: RunEnded): Promise<void> {
    const { record } = run;
    const owed = wanting(run, "end").filter(({ id }) => !run.done.has(id));
    const ends = owed.map(async (seat) => {
      const { kind } = await tellOne(run, seat, "end", told);
      if (kind === "dropped") return;
      run.done.add(seat.id);
      const value: Owed = { v: 1, run: record.id, done: [...run.done] };
      run.saving = run.saving.then(() => runs.put(owedKey(record.id), value)).catch(complain);
      await run.saving;
    });
    await Promise.all(ends);
    if (owed.every(({ id }) => run.done.has(id))) await runs.delete(owedKey(record.id)).catch(complain);
    attended.delete(record.id);
    await Promise.all(run.own.map((seat) => seat.close()));
  }

  /** Told twice is better than not at all. */
  function complain(error: unknown): void {
    log.warn({ err: messageOf(error) }, "what processors are owed could not be stored");
  }

  function tellSlices(run: Attended): void {
    if (run.slices.length === 0) return;
    tell(run, "slices", slicesTold(run.record.id, run.slices, run.leftOut, run.lastSeq, clock.nowMs()));
    run.slices = [];
    run.leftOut = 0;
  }

  function tellWindows(run: Attended, { fold }: LiveRun, runMs: number, isOver: boolean): void {
    if (wanting(run, "window").length === 0) return;
    run.windows ??= createWindows(isOver ? 0 : runMs);
    for (const window of run.windows.due(fold, runMs, isOver))
      tell(run, "window", windowTold(fold.id, window, liveThresholds(fold), fold.history.t0Ms() ?? 0));
  }

  async function resumeRun(id: string): Promise<void> {
    if (attended.has(id)) return;
    const owed = await readOwed(runs, reports, id);
    if (!owed || attended.has(id)) return;
    const { record, config, told, done } = owed;
    log.info({ run_id: id, done }, "the run's end was not told to all processors");
    await end(attend(record, config?.spec.processors ?? [], done), told);
  }

  async function owe({ record, fold }: LiveRun): Promise<void> {
    const own = fold.config.spec.processors;
    if (common.length + own.length === 0) return;
    const run = attended.get(record.id) ?? attend(record, own, []);
    if (wanting(run, "end").length === 0) return;
    await runs.create(owedKey(record.id), { v: 1, run: record.id, done: [] } satisfies Owed);
  }

  function settled({ fold }: LiveRun, result: MeasuredResult | VerdictResult, seq: number): void {
    const run = attended.get(fold.id);
    if (!run || wanting(run, "slices").length === 0) return;
    run.lastSeq = seq;
    if (run.slices.length < MAX_SLICES) run.slices.push(sliceOf(result));
    else run.leftOut++;
  }

  function tick(live: LiveRun, nowMs: number): void {
    const run = attended.get(live.fold.id);
    if (!run) return;
    tellSlices(run);
    tellWindows(run, live, nowMs - (live.fold.history.t0Ms() ?? nowMs), false);
  }

  function reported(live: LiveRun, report: Report): void {
    const run = attended.get(live.fold.id);
    if (!run) return;
    tellSlices(run);
    tellWindows(run, live, report.duration_ms, true);
    void end(run, endTold(report));
  }

  async function resumeAll(): Promise<void> {
    const ids = await owedRuns(runs);
    for (let at = 0; at < ids.length; at += RESUMED_AT_ONCE)
      await Promise.all(ids.slice(at, at + RESUMED_AT_ONCE).map(resumeRun));
  }

  async function resume(): Promise<void> {
    for (let attempt = 1; attempt <= RESUME_TRIES && !isClosed; attempt++) {
      try {
        await resumeAll();
        return;
      } catch (error) {
        log.warn({ err: messageOf(error) }, "it could not be read yet what processors are owed");
        await sleep(clock, RESUME_PAUSE_MS);
      }
    }
  }

  async function close(): Promise<void> {
    isClosed = true;
    const seats = [...common, ...[...attended.values()].flatMap(({ own }) => own)];
    await within(clock, CLOSE_LIMIT_MS, Promise.all([...endings, ...seats.map((seat) => seat.idle())]));
    await Promise.all(seats.map((seat) => seat.close()));
  }

  return {
    ...{ owe, settled, tick, reported, resume, close },
    failed({ fold }, { at_ms, reason }) {
      const run = attended.get(fold.id);
      if (run) void end(run, failureTold(fold.id, run.record.name, reason, at_ms));
    },
  };
}

/** Resolves when a promise does, or when it has taken so long. */
function within(clock: Clock, limitMs: number, promise: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.after(limitMs, resolve);
    void promise.finally(() => {
      cancel();
      resolve();
    });
  });
}

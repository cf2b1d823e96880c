/** Looks on, keeps its own books, and says what must never happen: the invariants, checked whenever something has changed. */

import { type Plan, planOf } from "../../libs/load/plan.ts";
import { validateConfig } from "../../libs/protocol/config/read.ts";
import type { KillState } from "../../libs/protocol/kill.ts";
import { namesFor } from "../../libs/protocol/names.ts";
import type { LogEntry } from "../../libs/protocol/result.ts";
import type { Control, RunEvent } from "../../libs/protocol/run.ts";
import type { Slice } from "../../libs/protocol/slice.ts";
import type { Witness } from "./broker.ts";
import type { SimProcess } from "./process.ts";
import type { Scenario } from "./scenario.ts";
import { createSeenRuns, type SeenRun, type SeenRuns } from "./seen-runs.ts";
import { createSeenSeries, type SeenSeries } from "./seen-series.ts";
import { createSentBooks, type SentBooks } from "./sent-books.ts";
import { type Silence, watchSilence } from "./silence.ts";
import type { Stored } from "./streams.ts";
import type { TargetWitness } from "./target.ts";
import type { Trace } from "./trace.ts";
import type { LifeWitness } from "./world.ts";

/** What must always hold. ARCHITECTURE.md says each in a sentence. */
export type Invariant =
  | "settled-once"
  | "ledger-balances"
  | "sent-equals-told"
  | "concurrency"
  | "one-leader-an-epoch"
  | "epochs-grow"
  | "credible"
  | "live-figures"
  | "final-stays-final"
  | "begun-never-fails"
  | "nothing-forgotten"
  | "approved-first"
  | "windows-equal-ledger"
  | "user-seconds"
  | "report-equals-fold"
  | "clean-is-perfect"
  | "liveness"
  | "silence"
  | "aborted-once"
  | "series-once"
  | "no-fault-uncaught";

export interface Violation {
  readonly invariant: Invariant;
  readonly words: string;
}

export interface Oracle extends Witness, TargetWitness, LifeWitness {
  readonly runs: ReadonlyMap<string, SeenRun>;
  readonly series: SeenSeries;
  readonly sentBooks: SentBooks;
  /** Runs whose end a result processor was told. */
  readonly toldEnds: ReadonlySet<string>;
  readonly violations: readonly Violation[];
  accuse(invariant: Invariant, words: string): void;
  /** Something happened that may hide a living worker from the broker, or the broker from it. */
  disturbed(): void;
  /** A process ended in order: it owes nothing. */
  left(process: SimProcess): void;
  /** A run is over and checked: nothing more is to come of it. */
  forget(run: string): void;
}

/** Epochs whose leader is remembered: nobody who led longer ago is still there. */
const MOST_EPOCHS = 100;

const { kill } = namesFor().subjects;
const decoder = new TextDecoder();
const parse = <T>(data: Uint8Array) => JSON.parse(decoder.decode(data)) as T;

export function createOracle(scenario: Scenario, trace: Trace, nowMs: () => number): Oracle {
  const violations: Violation[] = [];
  const sentBooks = createSentBooks();
  const toldEnds = new Set<string>();

  function accuse(invariant: Invariant, words: string): void {
    violations.push({ invariant, words });
    trace.note("VIOLATION", "", `${invariant}: ${words}`);
  }

  const series = createSeenSeries(accuse);
  const runs = createSeenRuns(accuse, series);
  const silence = watchSilence(scenario, nowMs);
  const concurrency = watchConcurrency(scenario, runs, sentBooks, accuse);
  return {
    runs: runs.all,
    series,
    sentBooks,
    toldEnds,
    violations,
    accuse,
    disturbed: concurrency.disturbed,
    started: () => undefined,
    toldEnd: (run) => toldEnds.add(run),
    died(process) {
      if (process.kind === "worker") concurrency.disturbed();
      sentBooks.died(process);
    },
    forget(run) {
      runs.forget(run);
      toldEnds.delete(run);
      sentBooks.forgetOldIds();
    },
    left(process) {
      const untold = sentBooks.untold(process);
      if (untold !== 0)
        accuse(
          "sent-equals-told",
          `${process.name} left in order, and ${untold} queries that it sent are untold`,
        );
    },
    ...watchBroker(runs, sentBooks, silence, trace, accuse),
    heldUp(message) {
      trace.note("held up", "broker", message.subject);
      const slice = parse<Slice>(message.data);
      if (slice.kind !== "muster") concurrency.heldUp(slice.run, slice.lane);
    },
    sent(sent) {
      trace.note("sent", sent.process.name, `${sent.lane}.${sent.index}`);
      concurrency.sent(sent);
      const tooLate = silence.sent(sent, runs.all);
      if (tooLate) accuse("silence", tooLate);
    },
    ended: (sent) => sentBooks.ended(sent),
  };
}

/** Hands what is stored and said to those whom it concerns. */
function watchBroker(
  runs: SeenRuns,
  sentBooks: SentBooks,
  silence: Silence,
  trace: Trace,
  accuse: (invariant: Invariant, words: string) => void,
): Omit<Witness, "heldUp"> {
  const leaders = new Map<number, string>();
  let renewedEpoch = 0;

  /** Whatever a coordinator says carries its epoch: no other may say anything under it. */
  function checkEpoch(epoch: number, from: SimProcess | undefined): void {
    if (from?.kind !== "coordinator") return;
    const leader = leaders.get(epoch);
    if (leader === undefined) {
      leaders.set(epoch, from.name);
      if (leaders.size > MOST_EPOCHS) leaders.delete(leaders.keys().next().value as number);
    } else if (leader !== from.name)
      accuse("one-leader-an-epoch", `${leader} and ${from.name} both act under epoch ${epoch}`);
  }

  /** Once a leader has renewed the lease, no leader before it can. */
  function checkLease({ epoch = 0 }: { epoch?: number }, from: SimProcess | undefined): void {
    if (epoch > 0 && epoch < renewedEpoch)
      accuse("epochs-grow", `${from?.name} renewed the lease of epoch ${epoch} after ${renewedEpoch}`);
    renewedEpoch = Math.max(renewedEpoch, epoch);
  }

  function addEntry(entry: LogEntry, { seq, id, from }: Stored): void {
    if (entry.kind !== "ran") checkEpoch(entry.epoch, from);
    else if (from) sentBooks.told(from, id, entry);
    runs.addEntry(entry, seq, from?.name ?? "");
    const run = entry.kind === "changed" && runs.all.get(entry.run);
    if (run) silence.changed(run);
  }

  function addSlice(slice: Slice, { seq, from }: Stored): void {
    checkEpoch(slice.epoch, from);
    if (slice.kind === "muster") return;
    const { run, lane, window, epoch, revision } = slice;
    runs.addSlice(run, { lane, window, epoch, revision, seq });
  }

  function addControl(control: Control, from: SimProcess): void {
    checkEpoch(control.epoch, from);
    runs.addControl(control);
  }

  function addEvent(event: RunEvent, { seq, from }: Stored): void {
    checkEpoch(event.epoch, from);
    runs.addEvent(event, seq);
    silence.event(event);
  }

  return {
    stored(stream, message) {
      trace.note("stored", message.from?.name ?? "broker", `${message.subject} ${message.seq}`);
      if (stream.endsWith("RESULTS")) addEntry(parse(message.data), message);
      else if (stream.endsWith("SLICES")) addSlice(parse(message.data), message);
      else if (stream.endsWith("EVENTS")) addEvent(parse(message.data), message);
    },
    published(subject, data, from) {
      trace.note("said", from.name, subject);
      if (subject.includes(".control.")) addControl(parse(data), from);
      else if (subject.includes(".live.")) runs.checkLive(parse(data));
      else if (subject === kill) silence.switched(parse<KillState>(data).set);
    },
    written(bucket, key, json, from) {
      trace.note("wrote", from?.name ?? "", key);
      if (json === undefined) return;
      if (bucket === "runs") runs.write(key, JSON.parse(json), from?.name ?? "");
      else if (bucket === "settings") silence.switched((JSON.parse(json) as KillState).set);
      else checkLease(JSON.parse(json), from);
    },
  };
}

/**
 * Holds what is in flight against what may be: the plan's users, and once more for each time a worker was disturbed, or a slow
 * network had a slice of the lane handed out again while its worker was at it.
 */
function watchConcurrency(
  scenario: Scenario,
  runs: SeenRuns,
  sentBooks: SentBooks,
  accuse: (invariant: Invariant, words: string) => void,
): { sent: TargetWitness["sent"]; disturbed(): void; heldUp(run: string, lane: number): void } {
  const roomOf = new Map(scenario.workers.map(({ node, maxInFlight }) => [node, maxInFlight]));
  const plans = new Map<string, Plan>();
  /** How often that was so, by target and lane. */
  const heldUp = new Map<string, number>();
  // Where messages vanish one by one, every lost acknowledgement is a disturbance that nobody counts.
  let disturbances = scenario.weather.loseOneIn > 0 ? Number.POSITIVE_INFINITY : 0;

  for (const { url, config } of scenario.orders) {
    const read = validateConfig(config);
    if (!read.ok) throw new Error(`the scenario's config is bad: ${JSON.stringify(read.findings)}`);
    plans.set(url, planOf(read.config, 1));
  }
  return {
    disturbed() {
      disturbances++;
    },
    heldUp(run, lane) {
      const key = `${runs.all.get(run)?.url} ${lane}`;
      heldUp.set(key, (heldUp.get(key) ?? 0) + 1);
    },
    sent(sent) {
      let count = 0;
      for (const { url, fold } of runs.all.values()) {
        if (url !== sent.url) continue;
        count++;
        plans.set(url, busier(plans.get(url) as Plan, fold.plan));
      }
      const maxInFlight = roomOf.get(sent.process.node) ?? 0;
      const demand = { plan: plans.get(sent.url) as Plan, runs: count };
      const again = heldUp.get(`${sent.url} ${sent.lane}`) ?? 0;
      const limits = { maxInFlight, disturbances: disturbances + again };
      const wrong = sentBooks.sent(sent, demand, limits);
      if (wrong) accuse("concurrency", wrong);
    },
  };
}

/** The one with more users: whoever has yet to hear of a change asks as before. */
function busier(a: Plan, b: Plan): Plan {
  return a.model === "closed" && b.model === "closed" && b.users > a.users ? b : a;
}

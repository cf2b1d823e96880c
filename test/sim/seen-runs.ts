/** The runs of a history as they are seen at the broker, each with its books kept twice; what is wrong with them is told at once. */

import { createRunFold, type RunFold } from "../../libs/fold/run-fold.ts";
import type { Plan } from "../../libs/load/plan.ts";
import { validateConfig } from "../../libs/protocol/config/read.ts";
import type { BenchmarkConfig } from "../../libs/protocol/config/schema.ts";
import { LEDGER_STATES, sumOfStates } from "../../libs/protocol/ledger.ts";
import type { Live } from "../../libs/protocol/live.ts";
import type { LogEntry } from "../../libs/protocol/result.ts";
import { type Control, isFinal, type RunEvent, type RunRecord } from "../../libs/protocol/run.ts";
import type { SeriesRecord } from "../../libs/protocol/series.ts";
import { type Books, createBooks } from "./books.ts";
import type { Invariant } from "./oracle.ts";
import type { SeenSeries } from "./seen-series.ts";

/** A run as the oracle knows it. */
export interface SeenRun {
  readonly id: string;
  readonly url: string;
  readonly config: BenchmarkConfig;
  record: RunRecord;
  /** As it was accepted. */
  readonly plan: Plan;
  readonly books: Books;
  /** The real fold, fed the moment something is stored. */
  readonly fold: RunFold;
  readonly published: PublishedSlice[];
  /** Of each leader that took the run over, or up: the last slice in the queue before it. */
  readonly fences: Map<number, number>;
  readonly events: { readonly event: RunEvent; readonly seq: number }[];
  readonly log: { readonly entry: LogEntry; readonly seq: number }[];
}

/** A slice as it was put into the queue. */
export interface PublishedSlice {
  readonly lane: number;
  readonly window: number;
  readonly epoch: number;
  readonly revision: number;
  readonly seq: number;
}

export interface SeenRuns {
  readonly all: ReadonlyMap<string, SeenRun>;
  addEntry(entry: LogEntry, seq: number, from: string): void;
  addSlice(run: string, slice: PublishedSlice): void;
  addEvent(event: RunEvent, seq: number): void;
  addControl(control: Control): void;
  checkLive(live: Live): void;
  write(key: string, value: unknown, from: string): void;
  forget(run: string): void;
}

export function createSeenRuns(
  accuse: (invariant: Invariant, words: string) => void,
  series: SeenSeries,
): SeenRuns {
  const runs = new Map<string, SeenRun>();
  const documents = new Map<string, unknown>();

  function checkLines({ fold, books, plan }: SeenRun, name: string): void {
    const { ledger } = fold;
    for (let query = 0; query < plan.queries; query++) {
      const is = ledger.line(query);
      const shall = books.line(query);
      for (const key of [...LEDGER_STATES, "planned", "superseded"] as const)
        if (is[key] !== shall[key])
          accuse(
            "ledger-balances",
            `after ${name} the ledger has ${is[key]} ${key} of q${query}; it is ${shall[key]}`,
          );
      if (sumOfStates(is) > is.planned)
        accuse("ledger-balances", `after ${name} more queries of q${query} have ended than were planned`);
    }
  }

  function writeRecord(record: RunRecord, from: string): void {
    const run = runs.get(record.id);
    if (!run) {
      open(record);
      return;
    }
    const { record: before } = run;
    run.record = record;
    if (record.epoch < before.epoch)
      accuse("epochs-grow", `${from} wrote ${record.id} under epoch ${record.epoch} after ${before.epoch}`);
    if (isFinal(before.phase) && record.phase !== before.phase)
      accuse("final-stays-final", `${from} made ${record.id} ${record.phase}; it was ${before.phase}`);
    if (record.phase === "failed" && before.t0_ms !== undefined)
      accuse("begun-never-fails", `${record.id} had begun, and failed: ${record.failure}`);
  }

  function open(record: RunRecord): void {
    const { id, revision, seed } = record;
    series.opened(record, runs.values());
    const read = validateConfig(documents.get(`spec.${id}.${revision}`));
    if (!read.ok) {
      accuse("nothing-forgotten", `${id} has no spec`);
      return;
    }
    const { config } = read;
    const fold = createRunFold(id, config, seed);
    const { plan } = fold;
    const { url } = config.spec.target;
    const none = { published: [], fences: new Map<number, number>(), events: [], log: [] };
    runs.set(id, { id, url, config, record, plan, books: createBooks(plan), fold, ...none });
  }

  return {
    all: runs,
    addEntry(entry, seq, from) {
      const run = runs.get(entry.run);
      if (!run) return;
      run.log.push({ entry, seq });
      const { booked, why } = run.books.add(entry);
      if (why) accuse("credible", `${from} told of ${entry.run} what cannot be true: ${why}`);
      const { kind } = run.fold.addEntry(entry, seq);
      const name = `${entry.kind} ${entry.lane}.${"window" in entry ? entry.window : ""} at ${seq}`;
      if (kind !== booked) accuse("settled-once", `${name} is ${booked}, and the ledger says ${kind}`);
      checkLines(run, name);
    },
    addSlice(run, slice) {
      const seen = runs.get(run);
      seen?.published.push(slice);
      if (seen?.record.approval && !seen.events.some(({ event }) => event.type === "approved"))
        accuse("approved-first", `a slice of ${run} was published before anybody approved the run`);
    },
    addControl({ run, epoch, fence_seq: fenceSeq }) {
      runs.get(run)?.fences.set(epoch, fenceSeq);
    },
    addEvent(event, seq) {
      const run = runs.get(event.run);
      run?.events.push({ event, seq });
      run?.fold.addEvent(event, seq);
    },
    checkLive({ run, ledger, windows }) {
      const isClosed = runs.get(run)?.plan.model === "closed";
      const ended = sumOfStates(ledger);
      if (ended > ledger.planned || (isClosed && ended < ledger.planned))
        accuse("live-figures", `live figures of ${run} do not balance: ${JSON.stringify(ledger)}`);
      for (const { slices_settled: settled, slices_expected: expected } of windows)
        if (settled > expected)
          accuse("live-figures", `a window of ${run} has ${settled} of ${expected} slices`);
    },
    forget(run) {
      runs.delete(run);
      for (const key of documents.keys()) if (key.startsWith(`spec.${run}.`)) documents.delete(key);
    },
    write(key, value, from) {
      if (key.startsWith("run.")) writeRecord(value as RunRecord, from);
      else if (key.startsWith("series.")) series.write(value as SeriesRecord, from);
      else documents.set(key, value);
    },
  };
}

/** The runs that the aggregator folds: opened by their first message or at the start, fed in order, closed when they are over. */

import type { Bucket, Objects } from "../../libs/bus/bus.ts";
import { reportName } from "../../libs/bus/bus.ts";
import { createRunFold, type RunFold } from "../../libs/fold/run-fold.ts";
import { validateConfig } from "../../libs/protocol/config/read.ts";
import type { ConfigDocument } from "../../libs/protocol/config/schema.ts";
import { parseObject } from "../../libs/protocol/door.ts";
import { messageOf } from "../../libs/protocol/errors.ts";
import { Report } from "../../libs/protocol/report.ts";
import type { LogEntry } from "../../libs/protocol/result.ts";
import { isFinal, type RunEvent, RunRecord, runKey, specKey } from "../../libs/protocol/run.ts";
import { type Clock, sleep } from "../../libs/runtime/clock.ts";
import type { Log } from "../../libs/runtime/log.ts";
import type { Places, Snapshots } from "./snapshots.ts";

/** A message about a run, with its place in its log. */
export type RunMessage = { readonly seq: number } & (
  | { readonly kind: "entry"; readonly entry: LogEntry }
  | { readonly kind: "event"; readonly event: RunEvent }
  /** Among a run's results, but none. */
  | { readonly kind: "unreadable"; readonly why: "schema" | "subject" }
);

export interface LiveRun {
  readonly fold: RunFold;
  readonly record: RunRecord;
  readonly document: ConfigDocument;
}

/** What is known of a run when it is opened. */
type Opened =
  | { readonly kind: "live"; readonly run: LiveRun; readonly places: Places }
  /** Its report is stored already, but perhaps nobody was told. */
  | { readonly kind: "reported"; readonly record: RunRecord; readonly report: Report }
  | { readonly kind: "over" }
  | { readonly kind: "unknown" };

type Entry =
  | { state: "opening"; waiting: RunMessage[] }
  | { state: "live"; run: LiveRun }
  /** Over before, or not known: its messages are nobody's affair. */
  | { state: "ignored" };

export interface LiveRunsParts {
  readonly runs: Bucket;
  readonly reports: Objects;
  readonly snapshots: Snapshots;
  readonly clock: Clock;
  readonly log: Log;
  /** A live run was read, and is not fed yet. Rejects while the bus cannot be reached. */
  onOpen(run: LiveRun): Promise<void>;
  /** A message of a live run, in order. */
  onMessage(run: LiveRun, message: RunMessage): void;
  /** All that was heard of a run so far has been handed over. */
  onCaughtUp(run: LiveRun): void;
  /** A run whose report was found stored. */
  onReported(record: RunRecord, report: Report): void;
  onRefused(run: string, why: string): void;
}

export interface LiveRuns {
  /** Hands a message to its run; one that has yet to be opened gets it when it is. */
  push(run: string, message: RunMessage): void;
  /** Opens a run ahead of its messages. @returns the places behind which its messages are new; none when it is over */
  open(run: string): Promise<Places | undefined>;
  /** Whether a run's messages are nobody's affair. */
  isIgnored(run: string): boolean;
  all(): LiveRun[];
  /** Lets a run go: its report is stored. */
  close(run: string): void;
}

/** Messages that may wait for a run to be opened, and runs that are remembered as closed. */
const MAX_WAITING = 100_000;
const MAX_REMEMBERED = 10_000;
/** Tries at reading a run while the buckets cannot be reached: some minutes. */
const OPEN_TRIES = 100;
const OPEN_PAUSE_MS = 1000;

export function createLiveRuns(parts: LiveRunsParts): LiveRuns {
  const { clock, log } = parts;
  const entries = new Map<string, Entry>();

  async function openPatiently(id: string): Promise<Opened> {
    for (let attempt = 1; ; attempt++) {
      try {
        const opened = await readRun(parts, id);
        if (opened.kind === "live") await parts.onOpen(opened.run);
        return opened;
      } catch (error) {
        if (attempt >= OPEN_TRIES) return { kind: "unknown" };
        log.warn({ run_id: id, err: messageOf(error) }, "the run could not be read yet");
        await sleep(clock, OPEN_PAUSE_MS);
      }
    }
  }

  async function open(id: string): Promise<Places | undefined> {
    const waiting: RunMessage[] = [];
    entries.set(id, { state: "opening", waiting });
    const opened = await openPatiently(id);
    if (opened.kind !== "live") {
      entries.set(id, { state: "ignored" });
      forgetOldest();
      if (opened.kind === "reported") parts.onReported(opened.record, opened.report);
      if (opened.kind === "unknown") parts.onRefused(id, "unknown run");
      return undefined;
    }
    entries.set(id, { state: "live", run: opened.run });
    for (const message of waiting) parts.onMessage(opened.run, message);
    parts.onCaughtUp(opened.run);
    return opened.places;
  }

  function forgetOldest(): void {
    for (const [id, { state }] of entries) {
      if (entries.size <= MAX_REMEMBERED) return;
      if (state === "ignored") entries.delete(id);
    }
  }

  return {
    open,
    push(id, message) {
      const entry = entries.get(id);
      if (entry?.state === "live") {
        parts.onMessage(entry.run, message);
        parts.onCaughtUp(entry.run);
      } else if (entry?.state === "opening") {
        if (entry.waiting.length < MAX_WAITING) entry.waiting.push(message);
        else parts.onRefused(id, "too many messages wait for the run to be read");
      } else if (!entry && message.kind !== "unreadable") {
        // What is no message says nothing of a run either.
        void open(id);
        const opening = entries.get(id);
        if (opening?.state === "opening") opening.waiting.push(message);
      }
    },
    isIgnored: (id) => entries.get(id)?.state === "ignored",
    all: () => [...entries.values()].flatMap((entry) => (entry.state === "live" ? [entry.run] : [])),
    close: (id) => {
      entries.set(id, { state: "ignored" });
      forgetOldest();
    },
  };
}

/** What is stored of a run: it goes on from its snapshot, or from the beginning. Rejects while the bus cannot be reached. */
async function readRun({ runs, reports, snapshots, log }: LiveRunsParts, id: string): Promise<Opened> {
  const parsed = parseObject(RunRecord, (await runs.get(runKey(id)))?.value);
  if (!parsed.ok) return { kind: "unknown" };
  const record = parsed.value;
  if (isFinal(record.phase)) return { kind: "over" };
  const text = await reports.get(reportName(id));
  const report = text === undefined ? undefined : parseObject(Report, JSON.parse(text));
  if (report?.ok) return { kind: "reported", record, report: report.value };
  const spec = validateConfig((await runs.get(specKey(id, record.revision)))?.value);
  if (!spec.ok) return { kind: "unknown" };
  const { config, document } = spec;
  const live = (fold: RunFold, places: Places): Opened => {
    return { kind: "live", run: { fold, record, document }, places };
  };
  const snapshot = await snapshots.load(id, record.revision);
  if (snapshot) {
    try {
      const fold = createRunFold(id, config, record.seed, { snapshot: snapshot.fold });
      log.info({ run_id: id, ...snapshot.places }, "the run goes on from its snapshot");
      return live(fold, snapshot.places);
    } catch (error) {
      log.warn({ run_id: id, err: messageOf(error) }, "the snapshot does not fit its run");
    }
  }
  return live(createRunFold(id, config, record.seed), { results: 0, events: 0 });
}

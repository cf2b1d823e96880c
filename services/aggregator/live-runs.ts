/** The runs that the aggregator folds: opened by their first message, fed in order, closed when their report is stored. */

import type { Bucket } from "../../libs/bus/bus.ts";
import { createRunFold, type RunFold } from "../../libs/fold/run-fold.ts";
import { validateConfig } from "../../libs/protocol/config/read.ts";
import type { ConfigDocument } from "../../libs/protocol/config/schema.ts";
import { parseObject } from "../../libs/protocol/door.ts";
import type { LogEntry } from "../../libs/protocol/result.ts";
import { isFinal, type RunEvent, RunRecord, runKey, specKey } from "../../libs/protocol/run.ts";

/** A message about a run, with its place in its log. */
export type RunMessage = { readonly seq: number } & (
  | { readonly kind: "entry"; readonly entry: LogEntry }
  | { readonly kind: "event"; readonly event: RunEvent }
  /** Among a run's results, but none. */
  | { readonly kind: "unreadable"; readonly why: "schema" | "subject"; readonly reason: string }
);

export interface LiveRun {
  readonly fold: RunFold;
  readonly record: RunRecord;
  readonly document: ConfigDocument;
}

type Entry =
  | { state: "opening"; waiting: RunMessage[] }
  | { state: "live"; run: LiveRun }
  /** Over before, or not known: its messages are nobody's affair. */
  | { state: "ignored" };

export interface LiveRuns {
  /** Hands a message to its run; one that has yet to be opened gets it when it is. */
  push(run: string, message: RunMessage): void;
  all(): LiveRun[];
  /** Lets a run go: its report is stored. */
  close(run: string): void;
}

/** Messages that may wait for a run to be opened, and runs that are remembered as closed. */
const MAX_WAITING = 100_000;
const MAX_REMEMBERED = 10_000;

/** @param onMessage called for each message of a live run, in order */
export function createLiveRuns(
  bucket: Bucket,
  onMessage: (run: LiveRun, message: RunMessage) => void,
  onRefused: (run: string, why: string) => void,
): LiveRuns {
  const entries = new Map<string, Entry>();

  async function load(id: string): Promise<LiveRun | undefined> {
    const record = parseObject(RunRecord, (await bucket.get(runKey(id)))?.value);
    if (!record.ok || isFinal(record.value.phase)) return undefined;
    const spec = validateConfig((await bucket.get(specKey(id, record.value.revision)))?.value);
    if (!spec.ok) return undefined;
    const fold = createRunFold(id, spec.config, record.value.seed);
    return { fold, record: record.value, document: spec.document };
  }

  async function open(id: string, entry: { waiting: RunMessage[] }): Promise<void> {
    const run = await load(id).catch(() => undefined);
    entries.set(id, run ? { state: "live", run } : { state: "ignored" });
    if (!run) onRefused(id, "unknown run");
    else for (const message of entry.waiting) onMessage(run, message);
    forgetOldest();
  }

  function forgetOldest(): void {
    for (const [id, { state }] of entries) {
      if (entries.size <= MAX_REMEMBERED) return;
      if (state === "ignored") entries.delete(id);
    }
  }

  return {
    push(id, message) {
      const entry = entries.get(id);
      if (!entry) {
        // What is no message says nothing of a run either.
        if (message.kind === "unreadable") return;
        const opening = { state: "opening" as const, waiting: [message] };
        entries.set(id, opening);
        void open(id, opening);
      } else if (entry.state === "live") {
        onMessage(entry.run, message);
      } else if (entry.state === "opening" && entry.waiting.length < MAX_WAITING) {
        entry.waiting.push(message);
      }
    },
    all: () => [...entries.values()].flatMap((entry) => (entry.state === "live" ? [entry.run] : [])),
    close: (id) => entries.set(id, { state: "ignored" }),
  };
}

/** The broker's streams: logs and work queues, with message ids that are stored once and queues that may be full. */

import type { Appended } from "../../libs/bus/bus.ts";
import type { SimProcess } from "./process.ts";

export interface Stored {
  readonly seq: number;
  readonly subject: string;
  readonly data: Uint8Array;
  readonly id: string;
  readonly storedMs: number;
  /** Who appended it; none where the broker did. */
  readonly from: SimProcess | undefined;
}

export interface StreamOptions {
  readonly name: string;
  readonly subject: string;
  /** A work queue holds one message per subject, and forgets what was acknowledged. */
  readonly isQueue: boolean;
  readonly onePerSubject: boolean;
  readonly maxMessages: number;
  /** How long a message's id is remembered. */
  readonly dedupeMs: number;
}

export interface Stream {
  readonly options: StreamOptions;
  lastSeq(): number;
  get(seq: number): Stored | undefined;
  /** Messages that are there, in order. */
  all(): Iterable<Stored>;
  subjects(filter: string): string[];
  append(
    subject: string,
    data: Uint8Array,
    id: string,
    nowMs: number,
    from: SimProcess | undefined,
  ): Appended;
  remove(seq: number): void;
  purge(filter: string): void;
  /** Lets go of what was stored before a time, and of ids that are remembered no longer. */
  trim(beforeMs: number): void;
  /** The server starts anew: a work queue knows the ids of what it still holds, a log knows all. */
  forgetIds(): void;
}

export function createStream(options: StreamOptions, onStored: (message: Stored) => void): Stream {
  const messages = new Map<number, Stored>();
  const bySubject = new Map<string, number>();
  const ids = new Map<string, { seq: number; atMs: number }>();
  let lastSeq = 0;

  function remove(seq: number): void {
    const message = messages.get(seq);
    if (!message) return;
    messages.delete(seq);
    if (bySubject.get(message.subject) === seq) bySubject.delete(message.subject);
  }

  return {
    options,
    lastSeq: () => lastSeq,
    get: (seq) => messages.get(seq),
    all: () => messages.values(),
    subjects: (filter) => [...bySubject.keys()].filter((subject) => fits(filter, subject)),
    append(subject, data, id, nowMs, from) {
      const known = ids.get(id);
      if (known && nowMs - known.atMs < options.dedupeMs)
        return { kind: "stored", seq: known.seq, duplicate: true };
      if (options.onePerSubject && bySubject.has(subject)) return { kind: "present" };
      if (messages.size >= options.maxMessages) return { kind: "full" };
      lastSeq++;
      const message = { seq: lastSeq, subject, data, id, storedMs: nowMs, from };
      messages.set(lastSeq, message);
      if (options.isQueue) bySubject.set(subject, lastSeq);
      ids.set(id, { seq: lastSeq, atMs: nowMs });
      onStored(message);
      return { kind: "stored", seq: lastSeq, duplicate: false };
    },
    remove,
    purge(filter) {
      for (const { seq, subject } of [...messages.values()]) if (fits(filter, subject)) remove(seq);
    },
    trim(beforeMs) {
      for (const { seq, storedMs } of [...messages.values()]) if (storedMs < beforeMs) remove(seq);
      for (const [id, { atMs }] of ids) if (atMs < beforeMs) ids.delete(id);
    },
    forgetIds() {
      if (!options.isQueue) return;
      for (const [id, { seq }] of ids) if (!messages.has(seq)) ids.delete(id);
    },
  };
}

/** Answers that are remembered: a history asks the same again and again, but each run has filters and subjects of its own. */
const known = new Map<string, Map<string, boolean>>();
const MOST_FILTERS = 100;
const MOST_ANSWERS = 500;

/** Whether a subject fits a filter with NATS's wildcards. */
export function fits(filter: string, subject: string): boolean {
  let answers = known.get(filter);
  if (!answers || answers.size > MOST_ANSWERS) {
    answers = new Map();
    if (known.size > MOST_FILTERS) known.clear();
    known.set(filter, answers);
  }
  let answer = answers.get(subject);
  if (answer === undefined) {
    answer = compare(filter.split("."), subject.split("."));
    answers.set(subject, answer);
  }
  return answer;
}

function compare(wanted: readonly string[], given: readonly string[]): boolean {
  for (const [at, token] of wanted.entries()) {
    if (token === ">") return given.length > at;
    if (given[at] === undefined || (token !== "*" && token !== given[at])) return false;
  }
  return wanted.length === given.length;
}

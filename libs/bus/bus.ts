/** The bus as the services see it: messages that may be lost, logs, the queue of slices, buckets. `connect.ts` puts NATS behind it. */

import type { ApiVerb, Names } from "../protocol/names.ts";

/** How long a slice may be silent before another worker gets it; below the open model's lead time. */
export const SLICE_ACK_WAIT_MS = 4000;
/** How often a worker says that it still has a slice. */
export const WORKING_INTERVAL_MS = 1000;
/** How often a slice is delivered before it counts as poisoned. */
export const MAX_DELIVER = 5;
/** The leader renews its lease each second; without renewal its key is gone after this. */
export const LEASE_TTL_MS = 4000;

export type Hear = (data: Uint8Array, subject: string) => void;
/** @param seq the message's place in its stream */
export type HearLogged = (data: Uint8Array, subject: string, seq: number) => void;

export interface Subscription {
  close(): void;
}

export interface AppendOptions {
  /** The message's id: a repeated append with it is stored once. */
  readonly id: string;
  /** How often to try while the server cannot be reached or has no leader; a try takes up to three seconds. */
  readonly tries: number;
  /** Asked before every try: once it says no, the append is given up. */
  readonly isWanted?: () => boolean;
}

export type Appended =
  | { readonly kind: "stored"; readonly seq: number; readonly duplicate: boolean }
  /** A work queue already holds a message on this subject. */
  | { readonly kind: "present" }
  /** A work queue has no room. */
  | { readonly kind: "full" };

/** Where to begin in a log: its first message, what comes from now on, or a sequence number. */
export type From = "beginning" | "now" | number;

/** A message of a log. */
export interface Logged {
  readonly data: Uint8Array;
  readonly subject: string;
  /** Its place in its stream. */
  readonly seq: number;
}

export interface Follower {
  close(): Promise<void>;
}

/** A message of a work queue, with what can be done about it. */
export interface Queued {
  readonly data: Uint8Array;
  readonly subject: string;
  /** Its place in its stream. */
  readonly seq: number;
  /** When it was stored, by the server's clock. */
  readonly storedMs: number;
  ack(): void;
  /** Gives it back, to be delivered again after a pause. */
  giveBack(pauseMs: number): void;
}

/** A slice that was delivered to a worker. */
export interface SliceDelivery {
  readonly data: Uint8Array;
  readonly subject: string;
  /** Its place in the queue's stream. */
  readonly seq: number;
  /** JetStream's delivery count: 1 the first time. */
  readonly attempt: number;
  /** Says that it is done, and waits until the server has heard it. */
  ack(): Promise<void>;
  /** Says that it is still being worked on. */
  working(): void;
  /** Gives it back for another worker, at once or after a pause. */
  giveBack(pauseMs?: number): void;
  /** Says that nobody can do it; the server's advisory tells the coordinator. */
  terminate(reason: string): void;
}

export interface Capacity {
  free(): number;
  /** Resolves when there are more free slots than before, or fewer, or pulling is to stop. */
  changed(): Promise<void>;
}

export interface Puller {
  /**
   * Begins anew, after a pause: what is on its way and was not taken yet is left to others. For after a cut link or a frozen
   * process.
   */
  restart(pauseMs?: number): void;
  /** Stops pulling; what was delivered and not taken is given back. */
  stop(): Promise<void>;
}

export interface Entry {
  readonly value: unknown;
  readonly revision: number;
}

/** A bucket of keys with revisions. */
export interface Bucket {
  get(key: string): Promise<Entry | undefined>;
  /** The value as it was written, which may be no JSON: for what people write by hand. */
  text(key: string): Promise<{ readonly text: string; readonly revision: number } | undefined>;
  put(key: string, value: unknown): Promise<number>;
  /** Writes only if the key does not exist. @returns the revision, or undefined when it exists */
  create(key: string, value: unknown): Promise<number | undefined>;
  /** Writes only if the key is still at a revision. @returns the new one, or undefined when it is not */
  update(key: string, value: unknown, revision: number): Promise<number | undefined>;
  /** With a revision: only if the key is still at it; then what another wrote since stays. */
  delete(key: string, revision?: number): Promise<void>;
  /** The keys that fit a filter, in no order; those of deleted entries are among them. */
  keys(filter: string): Promise<string[]>;
}

/** The store of larger texts: reports, snapshots. */
export interface Objects {
  put(name: string, text: string): Promise<void>;
  get(name: string): Promise<string | undefined>;
  delete(name: string): Promise<void>;
}

export interface ServiceAnswer {
  readonly ok: boolean;
  /** The HTTP status that says the same. */
  readonly status: number;
  readonly body: unknown;
  /** What is answered in its place where the server carries no message of its size. */
  readonly ifTooLarge?: (bytes: number, mostBytes: number) => ServiceAnswer;
}

/** The value of a request's header, whatever the case of its name. */
export type MessageHeaders = (name: string) => string | undefined;

export type ServiceHandlers = Readonly<
  Record<ApiVerb, (payload: Uint8Array, headers: MessageHeaders) => Promise<ServiceAnswer>>
>;

export interface BusService {
  stop(): Promise<void>;
}

/** Messages that may be lost: heard by whoever listens. */
export interface Messages {
  /** Publishes without waiting for anything; while the link is down it is dropped. */
  publish(subject: string, message: unknown): void;
  /** Calls back for each message on a subject, which may hold wildcards. */
  subscribe(subject: string, hear: Hear): Subscription;
  /** Answers requests on a subject; what `answer` returns is sent as JSON. */
  serve(subject: string, answer: (data: Uint8Array) => unknown): Subscription;
  /** Asks, and gives the answer's bytes. Nobody there to answer is `no_leader`. */
  request(
    subject: string,
    payload: string,
    timeoutMs: number,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Uint8Array>;
  /** Whether anybody listens on a subject: where nobody does it is known at once. `undefined` when no word came in time. */
  isHeard(subject: string, timeoutMs: number): Promise<boolean | undefined>;
  /** Answers the verbs of the API as a micro service. */
  startService(version: string, handlers: ServiceHandlers): Promise<BusService>;
}

/** Streams as logs and queues. */
export interface Streams {
  /** Appends a message to the stream of its subject, and tries again with the same id until it is stored. */
  append(subject: string, message: unknown, options: AppendOptions): Promise<Appended>;
  /** Calls back for each message of a stream that fits a filter, in order, without gap. */
  follow(stream: string, filter: string, from: From, hear: HearLogged): Promise<Follower>;
  /** The messages of a stream that fit a filter, from a sequence number on: so many at most, and fewer only at its end. */
  read(stream: string, filter: string, fromSeq: number, most: number): Promise<Logged[]>;
  /** Removes a log's messages that fit a filter. */
  purge(stream: string, filter: string): Promise<void>;
  /** The sequence number of the last message of a stream; 0 when it has none yet. */
  lastSeq(stream: string): Promise<number>;
  /** Works through a queue's messages one after the other; what `handle` rejects is given back. */
  workThrough(
    stream: string,
    consumer: string,
    handle: (message: Queued) => Promise<void>,
  ): Promise<Follower>;
}

/** The queue of slices. */
export interface SliceStream {
  /** Makes the durable consumer that a pool's workers share. */
  ensurePool(pool: string): Promise<void>;
  /** Pulls slices of a pool while there are free slots. A pool that does not exist yet is waited for. */
  pullSlices(
    pool: string,
    capacity: Capacity,
    take: (delivery: SliceDelivery) => void,
    onTrouble: (error: unknown) => void,
  ): Puller;
  /** The subjects of a run's slices that are in the queue, whether or not a worker has them. */
  queuedSlices(pool: string, run: string): Promise<string[]>;
  /** The sequence number of the last slice that was put into the queue. */
  lastSliceSeq(): Promise<number>;
  /** The subject of the slice at a sequence number, as long as it is in the queue. */
  sliceSubject(seq: number): Promise<string | undefined>;
  /** The slice on a subject, and its place, as long as it is in the queue. */
  sliceOn(subject: string): Promise<{ readonly seq: number; readonly data: Uint8Array } | undefined>;
  /** Removes a slice from the queue. @returns whether it was there */
  deleteSlice(seq: number): Promise<boolean>;
  /** Removes what is left of a run's slices from the queue: all, or those of one lane. */
  purgeSlices(pool: string, run: string, lane?: string): Promise<void>;
}

/** State that outlives the process that wrote it. */
export interface Stores {
  /** The bucket of runs and specs. */
  runsBucket(): Promise<Bucket>;
  /** The bucket of the lease, whose keys vanish when nobody renews them. */
  leaseBucket(): Promise<Bucket>;
  /** The bucket of what is set for the whole system; nothing in it grows old. */
  settingsBucket(): Promise<Bucket>;
  /** The bucket of scenarios, suites, plans and schedules; nothing in it grows old. */
  libraryBucket(): Promise<Bucket>;
  /** The store of reports and snapshots. */
  reportObjects(): Promise<Objects>;
}

/** A connection and what can be done over it. */
export interface Bus extends Messages, Streams, SliceStream, Stores, AsyncDisposable {
  readonly names: Names;
  readonly serverVersion: string;
  isConnected(): boolean;
  /** Closed for good, not only cut off. */
  isClosed(): boolean;
  /** Calls back on every change of the link, in words. */
  onStatus(listen: (status: string) => void): void;
  /** Makes whatever is missing of streams, consumers and buckets; may be called any number of times. */
  provision(replicas: number): Promise<void>;
  /** Waits until the coordinator has made the streams and buckets: services may start in any order. */
  untilProvisioned(): Promise<void>;
  close(): Promise<void>;
}

/** The name of a live run's snapshot in the object store. */
export function snapshotName(run: string): string {
  return `${run}/snapshot.json`;
}

/** The name of a run's report in the object store. */
export function reportName(run: string): string {
  return `${run}/report.json`;
}

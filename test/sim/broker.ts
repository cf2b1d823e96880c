/** The broker: streams, queues, buckets, objects and subscriptions, as JetStream keeps them. It can be started anew. */

import { LEASE_TTL_MS, MAX_DELIVER, SLICE_ACK_WAIT_MS } from "../../libs/bus/bus.ts";
import { type Names, namesFor } from "../../libs/protocol/names.ts";
import { type Consumer, createConsumer, type QueueWitness } from "./consumer.ts";
import type { Link } from "./link.ts";
import type { SimProcess } from "./process.ts";
import type { Schedule } from "./schedule.ts";
import { createKeyValues, type KeyValues } from "./store.ts";
import { createStream, fits, type Stored, type Stream } from "./streams.ts";

/** Someone who hears messages on a subject. */
export interface Subscriber {
  readonly link: Link;
  readonly filter: string;
  /** @param respond where the message is a request: sends the answer back */
  hear(data: Uint8Array, subject: string, respond: ((data: Uint8Array) => void) | undefined): void;
}

/** A follower of a log, as the broker knows it. */
export interface Cursor {
  readonly link: Link;
  readonly filter: string;
  nextSeq: number;
  deliver(message: Stored): void;
}

export interface BrokerOptions {
  readonly dedupeMs: number;
  /** Slices that the queue has room for. */
  readonly queueRoom: number;
}

/** Sees what happens at the broker, in the order in which it happens. */
export interface Witness extends Pick<QueueWitness, "heldUp"> {
  stored(stream: string, message: Stored): void;
  published(subject: string, data: Uint8Array, from: SimProcess): void;
  written(
    bucket: "runs" | "lease" | "settings" | "library",
    key: string,
    json: string | undefined,
    from: SimProcess | undefined,
  ): void;
}

export interface Subscribers {
  add(subscriber: Subscriber): void;
  delete(subscriber: Subscriber): void;
  /** All that a link has. */
  forget(link: Link): void;
  count(): number;
  /** @returns how many hear it */
  tell(data: Uint8Array, subject: string, respond: Parameters<Subscriber["hear"]>[2]): number;
}

export interface Broker {
  readonly names: Names;
  readonly streams: Readonly<Record<"requests" | "slices" | "results" | "dead" | "events", Stream>>;
  readonly runs: KeyValues;
  readonly lease: KeyValues;
  readonly settings: KeyValues;
  readonly library: KeyValues;
  readonly objects: Map<string, string>;
  readonly subscribers: Subscribers;
  nowMs(): number;
  isUp(): boolean;
  /** The stream that keeps a subject. */
  streamOf(subject: string): Stream | undefined;
  streamNamed(name: string): Stream;
  publish(subject: string, data: Uint8Array, from: SimProcess, respond?: (data: Uint8Array) => void): number;
  follow(stream: Stream, cursor: Cursor): void;
  unfollow(cursor: Cursor): void;
  /** A durable consumer; made when it is not there, unless it is only looked up. */
  consumer(stream: Stream, name: string, filter?: string): Consumer | undefined;
  /** Who writes into a bucket just now: for the witness. */
  writing<T>(from: SimProcess, write: () => T): T;
  forget(link: Link): void;
  /** What is older than this is let go of, as streams do by age. */
  trim(ageMs: number): void;
  /** What it holds open for those who are connected. */
  held(): Readonly<Record<"subscriptions" | "followers" | "consumers", number>>;
  stop(): void;
  start(): void;
}

const REQUEST_ACK_WAIT_MS = 30_000;
/** What cannot be taken now is given back again and again. */
const REQUEST_MAX_DELIVER = Number.POSITIVE_INFINITY;

/** Nothing grows old there in a history. */
const FOREVER_MS = Number.POSITIVE_INFINITY;

export function createBroker(schedule: Schedule, options: BrokerOptions, witness: Witness): Broker {
  const names = namesFor();
  const subscribers = createSubscribers();
  let up = true;
  let writer: SimProcess | undefined;

  const streams = createStreams(names, options, (name, message) => {
    witness.stored(name, message);
    const stream = streamNamed(name);
    cursors.offerAll(stream, message);
    consumers.pump(stream);
  });
  const byName = new Map(Object.values(streams).map((stream) => [stream.options.name, stream]));
  const streamNamed = (name: string) => byName.get(name) as Stream;
  const cursors = createCursors();
  const consumers = createConsumers(schedule, names, streams, witness);
  const bucket = (name: "runs" | "lease" | "settings" | "library", ttlMs: number) =>
    createKeyValues(schedule.nowMs, ttlMs, (key, json) => witness.written(name, key, json, writer));
  const runs = bucket("runs", FOREVER_MS);

  return {
    names,
    streams,
    runs,
    lease: bucket("lease", LEASE_TTL_MS),
    ...{ settings: bucket("settings", FOREVER_MS), library: bucket("library", FOREVER_MS) },
    objects: new Map(),
    subscribers,
    nowMs: schedule.nowMs,
    isUp: () => up,
    streamOf: (subject) => Object.values(streams).find((stream) => fits(stream.options.subject, subject)),
    streamNamed,
    publish(subject, data, from, respond) {
      witness.published(subject, data, from);
      return subscribers.tell(data, subject, respond);
    },
    follow: cursors.follow,
    unfollow: cursors.unfollow,
    consumer: consumers.get,
    writing(from, write) {
      writer = from;
      try {
        return write();
      } finally {
        writer = undefined;
      }
    },
    forget(link) {
      subscribers.forget(link);
      cursors.forget(link);
      for (const consumer of consumers.all()) consumer.forget(link);
    },
    trim: (ageMs) => trimAll([...Object.values(streams), runs], schedule.nowMs() - ageMs),
    held() {
      return {
        subscriptions: subscribers.count(),
        followers: cursors.count(),
        consumers: consumers.all().length,
      };
    },
    stop() {
      up = false;
    },
    start() {
      up = true;
      for (const stream of Object.values(streams)) stream.forgetIds();
      for (const consumer of consumers.all()) consumer.restart();
    },
  };
}

function trimAll(kept: readonly (Stream | KeyValues)[], beforeMs: number): void {
  for (const messages of kept) messages.trim(beforeMs);
}

/** Who hears what, in the order in which they subscribed. */
function createSubscribers(): Subscribers {
  const subscribers = new Set<Subscriber>();
  /** Those on a subject, until one comes or goes: the same is said again and again. */
  const known = new Map<string, readonly Subscriber[]>();
  return {
    add(subscriber) {
      subscribers.add(subscriber);
      known.clear();
    },
    delete(subscriber) {
      subscribers.delete(subscriber);
      known.clear();
    },
    forget(link) {
      for (const subscriber of subscribers) if (subscriber.link === link) subscribers.delete(subscriber);
      known.clear();
    },
    count: () => subscribers.size,
    tell(data, subject, respond) {
      const hearing = known.get(subject) ?? [...subscribers].filter(({ filter }) => fits(filter, subject));
      known.set(subject, hearing);
      for (const subscriber of hearing) subscriber.hear(data, subject, respond);
      return hearing.length;
    },
  };
}

/** Who follows which log, and how far each has come. */
function createCursors() {
  const cursors = new Map<Stream, Set<Cursor>>();

  function offer(cursor: Cursor, message: Stored): void {
    if (message.seq < cursor.nextSeq) return;
    cursor.nextSeq = message.seq + 1;
    if (fits(cursor.filter, message.subject)) cursor.deliver(message);
  }

  return {
    offerAll(stream: Stream, message: Stored): void {
      for (const cursor of cursors.get(stream) ?? []) offer(cursor, message);
    },
    follow(stream: Stream, cursor: Cursor): void {
      const following = cursors.get(stream) ?? new Set();
      cursors.set(stream, following.add(cursor));
      for (const message of stream.all()) offer(cursor, message);
    },
    count: () => [...cursors.values()].reduce((sum, following) => sum + following.size, 0),
    unfollow(cursor: Cursor): void {
      for (const following of cursors.values()) following.delete(cursor);
    },
    forget(link: Link): void {
      for (const following of cursors.values())
        for (const cursor of following) if (cursor.link === link) following.delete(cursor);
    },
  };
}

/** The durable consumers, made when they are first asked for with a filter. */
function createConsumers(
  schedule: Schedule,
  names: Names,
  streams: Broker["streams"],
  { heldUp }: Pick<Witness, "heldUp">,
) {
  const durable = new Map<Stream, Map<string, Consumer>>();
  const all = () => [...durable.values()].flatMap((consumers) => [...consumers.values()]);

  function advise(kind: "MAX_DELIVERIES" | "MSG_TERMINATED", seq: number, deliveries: number): void {
    const subject = names.subjects.deadSlices(kind).replace("*", names.consumers.workers("default"));
    const type = kind === "MAX_DELIVERIES" ? "max_deliver" : "terminated";
    const advisory = {
      type: `io.nats.jetstream.advisory.v1.${type}`,
      stream: names.streams.slices,
      stream_seq: seq,
      deliveries,
    };
    const data = new TextEncoder().encode(JSON.stringify(advisory));
    streams.dead.append(subject, data, `${kind} ${seq} ${schedule.nowMs()}`, schedule.nowMs(), undefined);
  }

  function make(stream: Stream, name: string, filter: string): Consumer {
    if (stream === streams.slices) {
      const settings = { name, filter, ackWaitMs: SLICE_ACK_WAIT_MS, maxDeliver: MAX_DELIVER };
      return createConsumer(schedule, stream, settings, { dead: advise, heldUp });
    }
    const settings = { name, filter, ackWaitMs: REQUEST_ACK_WAIT_MS, maxDeliver: REQUEST_MAX_DELIVER };
    return createConsumer(schedule, stream, settings, { dead: () => undefined, heldUp: () => undefined });
  }

  return {
    all,
    get(stream: Stream, name: string, filter?: string): Consumer | undefined {
      const consumers = durable.get(stream) ?? new Map<string, Consumer>();
      durable.set(stream, consumers);
      const known = consumers.get(name);
      if (known || filter === undefined) return known;
      const made = make(stream, name, filter);
      consumers.set(name, made);
      return made;
    },
    pump(stream: Stream): void {
      for (const consumer of durable.get(stream)?.values() ?? []) consumer.pump();
    },
  };
}

/** Room of a stream that never fills up in a history. */
const AMPLE = 200_000;

function createStreams(
  { streams, subjects }: Names,
  { dedupeMs, queueRoom }: BrokerOptions,
  onStored: (stream: string, message: Stored) => void,
) {
  const make = (name: string, subject: string, isQueue: boolean, maxMessages: number) =>
    createStream(
      { name, subject, isQueue, onePerSubject: name === streams.slices, maxMessages, dedupeMs },
      (message) => onStored(name, message),
    );
  return {
    requests: make(streams.requests, subjects.requestRun, true, AMPLE),
    slices: make(streams.slices, subjects.allSlices, true, queueRoom),
    results: make(streams.results, subjects.allResults, false, AMPLE),
    dead: make(streams.dead, "$JS.EVENT.ADVISORY.CONSUMER.>", false, AMPLE),
    events: make(streams.events, subjects.allEvents, false, AMPLE),
  };
}

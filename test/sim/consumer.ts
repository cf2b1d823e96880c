/** A durable pull consumer of a work queue: hands out, waits for acknowledgements, hands out again, gives up. */

import type { Link } from "./link.ts";
import type { Schedule, Scheduled } from "./schedule.ts";
import { fits, type Stored, type Stream } from "./streams.ts";

export interface ConsumerOptions {
  readonly name: string;
  readonly filter: string;
  readonly ackWaitMs: number;
  readonly maxDeliver: number;
}

/** A request for messages that waits at the broker. */
export interface Pull {
  readonly link: Link;
  remaining: number;
  readonly expiresMs: number;
  deliver(message: Stored, attempt: number): void;
  /** Its time is up: nothing more is delivered by it. */
  expired(): void;
}

export interface Consumer {
  readonly options: ConsumerOptions;
  pull(request: Pull): void;
  /** A message is new, or something may be handed out again. */
  pump(): void;
  ack(seq: number): void;
  working(seq: number): void;
  giveBack(seq: number, pauseMs: number): void;
  terminate(seq: number): void;
  /** A connection is gone: its requests are, too. */
  forget(link: Link): void;
  /** The server starts anew: waiting requests are gone, what is handed out is waited for from now on. */
  restart(): void;
  isIdle(): boolean;
}

interface Pending {
  deliveries: number;
  /** To whom it was handed out, until it is given back. */
  holder: Link | undefined;
  /** When it was handed out, or its holder last said that it is at work. */
  heardMs: number;
  /** The network was so slow that its holder's word did not come in time. */
  isHeldUp: boolean;
  deadlineMs: number;
  check: Scheduled | undefined;
}

/** What others want to know of a queue. */
export interface QueueWitness {
  dead(kind: "MAX_DELIVERIES" | "MSG_TERMINATED", seq: number, deliveries: number): void;
  /** It is handed out to another since the network was so slow that its holder's word did not come in time. */
  heldUp(message: Stored): void;
}

export function createConsumer(
  schedule: Schedule,
  stream: Stream,
  options: ConsumerOptions,
  witness: QueueWitness,
): Consumer {
  const pending = new Map<number, Pending>();
  let again: number[] = [];
  let waiting: Pull[] = [];
  let nextSeq = 1;

  function watch(seq: number, entry: Pending): void {
    entry.check = schedule.in(entry.deadlineMs - schedule.nowMs(), () => {
      if (pending.get(seq) !== entry) return;
      if (entry.deadlineMs > schedule.nowMs()) watch(seq, entry);
      else {
        entry.isHeldUp = entry.holder?.wasSlow(entry.heardMs) ?? false;
        requeue(seq);
      }
    });
  }

  function requeue(seq: number): void {
    if (!again.includes(seq)) again.push(seq);
    pump();
  }

  /** The next message: what was handed out before comes first. */
  function next(): Stored | undefined {
    while (again.length > 0) {
      const seq = again.shift() as number;
      const entry = pending.get(seq);
      const message = stream.get(seq);
      if (!entry || !message) {
        pending.delete(seq);
        continue;
      }
      if (entry.deliveries < options.maxDeliver) return message;
      entry.check?.cancel();
      pending.delete(seq);
      witness.dead("MAX_DELIVERIES", seq, entry.deliveries);
    }
    for (; nextSeq <= stream.lastSeq(); nextSeq++) {
      const message = stream.get(nextSeq);
      if (message && fits(options.filter, message.subject)) return message;
    }
    return undefined;
  }

  function handOut(message: Stored, request: Pull): void {
    const entry = pending.get(message.seq) ?? fresh();
    if (entry.deliveries === 0) nextSeq = message.seq + 1;
    entry.check?.cancel();
    if (entry.isHeldUp && entry.holder !== request.link) witness.heldUp(message);
    entry.deliveries++;
    entry.isHeldUp = false;
    entry.holder = request.link;
    hear(entry, schedule.nowMs(), options);
    pending.set(message.seq, entry);
    watch(message.seq, entry);
    request.remaining--;
    request.deliver(message, entry.deliveries);
  }

  function pump(): void {
    for (;;) {
      waiting = waiting.filter(({ remaining, expiresMs }) => remaining > 0 && expiresMs > schedule.nowMs());
      const request = waiting.shift();
      if (!request) return;
      const message = next();
      if (!message) {
        waiting.unshift(request);
        return;
      }
      handOut(message, request);
      waiting.push(request);
    }
  }

  function drop(seq: number): void {
    pending.get(seq)?.check?.cancel();
    pending.delete(seq);
    stream.remove(seq);
  }

  return {
    options,
    pull(request) {
      waiting.push(request);
      pump();
      schedule.at(request.expiresMs, () => expire(request));
    },
    pump,
    ack: drop,
    working(seq) {
      const entry = pending.get(seq);
      if (entry) hear(entry, schedule.nowMs(), options);
    },
    giveBack(seq, pauseMs) {
      const entry = pending.get(seq);
      if (!entry) return;
      entry.check?.cancel();
      entry.holder = undefined;
      if (pauseMs <= 0) {
        requeue(seq);
        return;
      }
      entry.deadlineMs = schedule.nowMs() + pauseMs;
      watch(seq, entry);
    },
    terminate(seq) {
      const entry = pending.get(seq);
      if (!entry) return;
      drop(seq);
      witness.dead("MSG_TERMINATED", seq, entry.deliveries);
    },
    forget(link) {
      waiting = waiting.filter((request) => request.link !== link);
    },
    restart() {
      waiting = [];
      for (const [seq, entry] of pending) {
        entry.deadlineMs = schedule.nowMs() + options.ackWaitMs;
        entry.check?.cancel();
        watch(seq, entry);
      }
      again = [];
    },
    isIdle: () => pending.size === 0 && again.length === 0,
  };
}

/** A request whose connection is gone hears nothing of it. */
function expire(request: Pull): void {
  if (request.remaining === 0) return;
  request.remaining = 0;
  request.expired();
}

function fresh(): Pending {
  return { deliveries: 0, holder: undefined, heardMs: 0, isHeldUp: false, deadlineMs: 0, check: undefined };
}

function hear(entry: Pending, nowMs: number, { ackWaitMs }: ConsumerOptions): void {
  entry.heardMs = nowMs;
  entry.deadlineMs = nowMs + ackWaitMs;
}

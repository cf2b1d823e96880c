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
  deadlineMs: number;
  check: Scheduled | undefined;
}

export function createConsumer(
  schedule: Schedule,
  stream: Stream,
  options: ConsumerOptions,
  onDead: (kind: "MAX_DELIVERIES" | "MSG_TERMINATED", seq: number, deliveries: number) => void,
): Consumer {
  const pending = new Map<number, Pending>();
  let again: number[] = [];
  let waiting: Pull[] = [];
  let nextSeq = 1;

  function watch(seq: number, entry: Pending): void {
    entry.check = schedule.in(entry.deadlineMs - schedule.nowMs(), () => {
      if (pending.get(seq) !== entry) return;
      if (entry.deadlineMs > schedule.nowMs()) watch(seq, entry);
      else requeue(seq);
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
      onDead("MAX_DELIVERIES", seq, entry.deliveries);
    }
    for (; nextSeq <= stream.lastSeq(); nextSeq++) {
      const message = stream.get(nextSeq);
      if (message && fits(options.filter, message.subject)) return message;
    }
    return undefined;
  }

  function handOut(message: Stored, request: Pull): void {
    const entry = pending.get(message.seq) ?? { deliveries: 0, deadlineMs: 0, check: undefined };
    if (entry.deliveries === 0) nextSeq = message.seq + 1;
    entry.check?.cancel();
    entry.deliveries++;
    entry.deadlineMs = schedule.nowMs() + options.ackWaitMs;
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
    },
    pump,
    ack: drop,
    working(seq) {
      const entry = pending.get(seq);
      if (entry) entry.deadlineMs = schedule.nowMs() + options.ackWaitMs;
    },
    giveBack(seq, pauseMs) {
      const entry = pending.get(seq);
      if (!entry) return;
      entry.check?.cancel();
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
      onDead("MSG_TERMINATED", seq, entry.deliveries);
    },
    forget(link) {
      waiting = waiting.filter((request) => request.link !== link);
    },
    restart() {
      waiting = [];
      for (const entry of pending.values()) entry.deadlineMs = schedule.nowMs() + options.ackWaitMs;
      // Their checks stand where they were, and look again.
      for (const [seq, entry] of pending) {
        entry.check?.cancel();
        watch(seq, entry);
      }
      again = [];
    },
    isIdle: () => pending.size === 0 && again.length === 0,
  };
}

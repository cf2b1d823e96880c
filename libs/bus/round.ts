/** One request to a pull consumer: brings so many messages at most, and is over when it is filled, expired, or lost. */

import { createInbox, type Msg, nanos } from "nats";
import type { Link } from "./link.ts";

const HEARTBEAT_MS = 1000;
/** Without a word for two heartbeats and a bit the request is lost. */
const SILENCE_MS = 2500;
/** So long is waited for what is on its way when a request is called off; a link that is down never says. */
const CALL_OFF_LIMIT_MS = 1000;

/** What ends a request: it is filled or its time is up, nothing is heard any more, there is no such consumer, or the server's words. */
export type End = "done" | "silent" | "absent" | { readonly trouble: string };

export interface Round {
  readonly over: Promise<End>;
  /** How many it may still bring. */
  left(): number;
  /** Asks for no more; what is on its way still comes, and then it is over. */
  callOff(): void;
  /** Is over at once; what is on its way is not heard. */
  forget(): void;
}

export interface Asked {
  readonly batch: number;
  readonly expiresMs: number;
}

export function openRound(
  { nc, inboxPrefix }: Link,
  consumer: { readonly stream: string; readonly name: string },
  { batch, expiresMs }: Asked,
  take: (message: Msg) => void,
): Round {
  const inbox = createInbox(inboxPrefix);
  let left = batch;
  let settle: (end: End) => void = () => undefined;
  const over = new Promise<End>((resolve) => {
    settle = resolve;
  });
  const subscription = nc.subscribe(inbox, {
    callback(error, message) {
      if (error) return finish({ trouble: error.message });
      silence.refresh();
      if (message.subject === inbox) return hearStatus(message);
      left--;
      take(message);
      if (left === 0) finish("done");
    },
  });
  const silence = setTimeout(() => finish("silent"), SILENCE_MS);

  function finish(end: End): void {
    clearTimeout(silence);
    if (!subscription.isClosed()) subscription.unsubscribe();
    settle(end);
  }

  function hearStatus({ headers }: Msg): void {
    const { code = 0, description = "" } = headers ?? {};
    if (code === 100) return;
    if (code === 503) finish("absent");
    else finish(code === 404 || code === 408 ? "done" : { trouble: `${code} ${description}` });
  }

  const asked = { batch, expires: nanos(expiresMs), idle_heartbeat: nanos(HEARTBEAT_MS) };
  const subject = `$JS.API.CONSUMER.MSG.NEXT.${consumer.stream}.${consumer.name}`;
  nc.publish(subject, JSON.stringify(asked), { reply: inbox });
  return {
    over,
    left: () => left,
    callOff() {
      if (subscription.isClosed() || subscription.isDraining()) return;
      const limit = setTimeout(() => finish("done"), CALL_OFF_LIMIT_MS);
      // The server hears that nobody listens any more; what it sent before that arrives before its answer.
      void subscription
        .drain()
        .catch(() => undefined)
        .then(() => {
          clearTimeout(limit);
          finish("done");
        });
    },
    forget: () => finish("done"),
  };
}

/** Where a delivered message stands. */
export interface Place {
  /** JetStream's delivery count: 1 the first time. */
  readonly attempt: number;
  /** In its stream. */
  readonly seq: number;
  /** Among what its consumer has delivered: 1 for the first. */
  readonly delivered: number;
  /** When it was stored, by the server's clock. */
  readonly storedMs: number;
}

/**
 * As the subject for a message's acknowledgement says: `$JS.ACK.<stream>.<consumer>.<deliveries>.<sequence>.<sequence in the
 * consumer>.<nanoseconds>. …`, from some servers with two more words in front of the stream.
 */
export function placeOf({ reply = "" }: Pick<Msg, "reply">): Place {
  const words = reply.split(".");
  const at = words.length > 9 ? 6 : 4;
  const [attempt, seq, delivered, storedNs] = words.slice(at, at + 4).map(Number);
  return {
    attempt: attempt ?? 0,
    seq: seq ?? 0,
    delivered: delivered ?? 0,
    storedMs: (storedNs ?? 0) / 1_000_000,
  };
}

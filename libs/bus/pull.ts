/**
 * Pulls slices for a worker: one request at a time, for as many as it has free slots. The server hands slices out to the
 * waiting requests in turn, so workers with free slots get equal shares.
 */

import { createInbox, type Msg, type NatsConnection } from "nats";
import { LogburstError } from "../protocol/errors.ts";
import type { Capacity, Puller, SliceDelivery } from "./bus.ts";
import type { Link } from "./link.ts";

/**
 * A request for slices ends after this. It is well below the wait for a silent worker (4 s), so that a frozen one is not
 * handed again what others are to get in its place.
 */
const PULL_EXPIRES_MS = 2000;
const PULL_HEARTBEAT_MS = 1000;
/** Without a word for two heartbeats and a bit the request is lost, and made anew. */
const PULL_SILENCE_MS = 2500;
/** Most slices of one request: a worker that dies with its request open is handed no more than these. */
const PULL_BATCH = 64;
const RETRY_PAUSE_MS = 500;
/** So long is waited for what is on its way when a request is called off; a link that is down never says. */
const CALL_OFF_LIMIT_MS = 1000;
const ACK_TIMEOUT_MS = 2000;
/** A lost ack would have the slice delivered again: worth a second and a third try. */
const ACK_TRIES = 3;

/** What ends a request: it is filled or its time is up, there is no such consumer, or the server's words. */
type End = "done" | "absent" | { readonly trouble: string };

/** One request for slices. */
interface Round {
  readonly over: Promise<End>;
  /** How many it may still bring. */
  left(): number;
  /** Asks for no more; what is on its way still comes, and then it is over. */
  callOff(): void;
  /** Is over at once; what is on its way is not heard. */
  forget(): void;
}

/** Pulls slices of a pool while there are free slots. A pool that does not exist yet is waited for. */
export function pullSlices(
  link: Link,
  pool: string,
  capacity: Capacity,
  take: (delivery: SliceDelivery) => void,
  onTrouble: (error: unknown) => void,
): Puller {
  let stopped = false;
  let round: Round | undefined;
  /** A pause that is to be made before the next request. */
  let dueMs = 0;

  function hear(delivery: SliceDelivery): void {
    if (stopped) delivery.giveBack();
    else take(delivery);
  }

  /** Calls a request off when there are fewer free slots than it may bring slices. */
  async function watchCapacity(current: Round): Promise<void> {
    let isOver = false;
    void current.over.then(() => {
      isOver = true;
    });
    while (!isOver) {
      await Promise.race([capacity.changed(), current.over]);
      if (!isOver && capacity.free() < current.left()) {
        current.callOff();
        return;
      }
    }
  }

  async function loop(): Promise<void> {
    while (!stopped && !link.nc.isClosed()) {
      if (dueMs > 0) {
        const pauseMs = dueMs;
        dueMs = 0;
        await new Promise((resolve) => setTimeout(resolve, pauseMs));
        continue;
      }
      const free = capacity.free();
      if (free === 0) {
        await capacity.changed();
        continue;
      }
      round = request(link, pool, Math.min(free, PULL_BATCH), hear);
      void watchCapacity(round);
      const end = await round.over;
      if (end === "done" || stopped) continue;
      if (end !== "absent") onTrouble(new LogburstError("bus_unavailable", end.trouble));
      await new Promise((resolve) => setTimeout(resolve, RETRY_PAUSE_MS));
    }
  }

  const done = loop();
  return {
    restart(pauseMs = 0) {
      dueMs = pauseMs;
      round?.forget();
    },
    async stop() {
      stopped = true;
      round?.callOff();
      await done;
    },
  };
}

function request(link: Link, pool: string, batch: number, take: (delivery: SliceDelivery) => void): Round {
  const inbox = createInbox();
  let left = batch;
  let settle: (end: End) => void = () => undefined;
  const over = new Promise<End>((resolve) => {
    settle = resolve;
  });
  const subscription = link.nc.subscribe(inbox, {
    callback(error, message) {
      if (error) return finish({ trouble: error.message });
      silence.refresh();
      if (message.subject === inbox) return hearStatus(message);
      left--;
      take(deliveryOf(link, message));
      if (left === 0) finish("done");
    },
  });
  const silence = setTimeout(() => finish("done"), PULL_SILENCE_MS);

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

  const { streams, consumers } = link.names;
  const asked = { batch, expires: nanos(PULL_EXPIRES_MS), idle_heartbeat: nanos(PULL_HEARTBEAT_MS) };
  const subject = `$JS.API.CONSUMER.MSG.NEXT.${streams.slices}.${consumers.workers(pool)}`;
  link.nc.publish(subject, JSON.stringify(asked), { reply: inbox });
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

function nanos(ms: number): number {
  return ms * 1_000_000;
}

function deliveryOf({ nc }: Link, message: Msg): SliceDelivery {
  const { reply = "" } = message;
  return {
    data: message.data,
    subject: message.subject,
    ...placeOf(reply),
    ack: () => acknowledge(nc, reply),
    working: () => nc.publish(reply, "+WPI"),
    giveBack: (pauseMs) =>
      nc.publish(reply, pauseMs ? `-NAK ${JSON.stringify({ delay: nanos(pauseMs) })}` : "-NAK"),
    terminate: (reason) => nc.publish(reply, `+TERM ${reason}`),
  };
}

async function acknowledge(nc: NatsConnection, reply: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await nc.request(reply, "+ACK", { timeout: ACK_TIMEOUT_MS });
      return;
    } catch (error) {
      if (tries >= ACK_TRIES || nc.isClosed()) throw error;
    }
  }
}

/**
 * Which delivery it is of which message, as the subject for its acknowledgement says:
 * `$JS.ACK.<stream>.<consumer>.<deliveries>.<sequence>. …`, from some servers with two more words in front of the stream.
 */
function placeOf(reply: string): { attempt: number; seq: number } {
  const words = reply.split(".");
  const at = words.length > 9 ? 6 : 4;
  return { attempt: Number(words[at]), seq: Number(words[at + 1]) };
}

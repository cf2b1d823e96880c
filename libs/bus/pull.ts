/**
 * Pulls slices for a worker: one request at a time, for as many as it has free slots. The server hands slices out to the
 * waiting requests in turn, so workers with free slots get equal shares.
 */

import { type Msg, type NatsConnection, nanos } from "nats";
import { LogburstError } from "../protocol/errors.ts";
import type { Capacity, Puller, SliceDelivery } from "./bus.ts";
import { isLeaving, type Link, say } from "./link.ts";
import { openRound, placeOf, type Round } from "./round.ts";

/**
 * A request for slices ends after this. It is well below the wait for a silent worker (4 s), so that a frozen one is not
 * handed again what others are to get in its place.
 */
const PULL_EXPIRES_MS = 2000;
/** Most slices of one request: a worker that dies with its request open is handed no more than these. */
const PULL_BATCH = 64;
const RETRY_PAUSE_MS = 500;
const ACK_TIMEOUT_MS = 2000;
/** A lost ack would have the slice delivered again: worth a second and a third try. */
const ACK_TRIES = 3;

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
    while (!stopped && !isLeaving(link.nc)) {
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
      if (end === "done" || end === "silent" || stopped) continue;
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

/** A request that is lost is made anew, like one that is filled. */
function request(link: Link, pool: string, batch: number, take: (delivery: SliceDelivery) => void): Round {
  const consumer = { stream: link.names.streams.slices, name: link.names.consumers.workers(pool) };
  const asked = { batch, expiresMs: PULL_EXPIRES_MS };
  return openRound(link, consumer, asked, (message) => take(deliveryOf(link, message)));
}

function deliveryOf({ nc }: Link, message: Msg): SliceDelivery {
  const { reply = "" } = message;
  const { attempt, seq } = placeOf(message);
  return {
    data: message.data,
    subject: message.subject,
    attempt,
    seq,
    ack: () => acknowledge(nc, reply),
    working: () => say(nc, reply, "+WPI"),
    giveBack: (pauseMs) =>
      say(nc, reply, pauseMs ? `-NAK ${JSON.stringify({ delay: nanos(pauseMs) })}` : "-NAK"),
    terminate: (reason) => say(nc, reply, `+TERM ${reason}`),
  };
}

async function acknowledge(nc: NatsConnection, reply: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await nc.request(reply, "+ACK", { timeout: ACK_TIMEOUT_MS });
      return;
    } catch (error) {
      if (tries >= ACK_TRIES || isLeaving(nc)) throw error;
    }
  }
}

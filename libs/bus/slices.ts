/** The worker's end of the work queue: pulls as many slices as there are free slots, and settles each one. */

import type { Consumer, ConsumerMessages, JsMsg } from "nats";
import type { Bus } from "./connect.ts";
import { isNotFound } from "./provision.ts";

/** A slice that was delivered to this worker. */
export interface SliceDelivery {
  readonly data: Uint8Array;
  readonly subject: string;
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
  /** Resolves when a slot has become free or pulling is to stop. */
  changed(): Promise<void>;
}

/** A request for slices ends after this, so that a frozen worker is handed nothing for long. */
const PULL_EXPIRES_MS = 5000;
const PULL_HEARTBEAT_MS = 1000;
/** Most slices of one request, so that they spread over the fleet. */
const PULL_BATCH = 64;
const RETRY_PAUSE_MS = 500;

export interface Puller {
  /** Stops pulling; what was delivered and not taken is given back. */
  stop(): Promise<void>;
}

/** Pulls slices of a pool while there are free slots. A pool that does not exist yet is waited for. */
export function pullSlices(
  bus: Bus,
  pool: string,
  capacity: Capacity,
  take: (delivery: SliceDelivery) => void,
  onTrouble: (error: unknown) => void,
): Puller {
  let stopped = false;
  let batch: ConsumerMessages | undefined;

  async function pullOnce(consumer: Consumer, free: number): Promise<void> {
    batch = await consumer.fetch({
      max_messages: Math.min(free, PULL_BATCH),
      expires: PULL_EXPIRES_MS,
      idle_heartbeat: PULL_HEARTBEAT_MS,
    });
    if (stopped) batch.stop();
    for await (const message of batch) {
      if (stopped) message.nak();
      else take(deliveryOf(message));
    }
  }

  async function loop(): Promise<void> {
    let consumer: Consumer | undefined;
    while (!stopped) {
      const free = capacity.free();
      if (free === 0) {
        await capacity.changed();
        continue;
      }
      try {
        consumer ??= await bus.js.consumers.get(bus.names.streams.slices, bus.names.consumers.workers(pool));
        await pullOnce(consumer, free);
      } catch (error) {
        if (stopped) return;
        if (!isNotFound(error)) onTrouble(error);
        consumer = undefined;
        await new Promise((resolve) => setTimeout(resolve, RETRY_PAUSE_MS));
      }
    }
  }

  const done = loop();
  return {
    async stop() {
      stopped = true;
      batch?.stop();
      if (bus.isConnected()) await bus.nc.flush();
      await done;
    },
  };
}

function deliveryOf(message: JsMsg): SliceDelivery {
  return {
    data: message.data,
    subject: message.subject,
    attempt: message.info.redeliveryCount,
    async ack() {
      await message.ackAck({ timeout: 2000 });
    },
    working: () => message.working(),
    giveBack: (pauseMs) => message.nak(pauseMs),
    terminate: (reason) => message.term(reason),
  };
}

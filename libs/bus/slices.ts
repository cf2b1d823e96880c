/** The queue of slices: pulled by workers as they have free slots, looked into and purged by the coordinator. */

import type { Consumer, ConsumerMessages, JsMsg, MsgRequest, StoredMsg } from "nats";
import type { Capacity, Puller, SliceDelivery } from "./bus.ts";
import type { Link } from "./link.ts";
import { lastSeqOf } from "./log.ts";
import { isNotFound } from "./provision.ts";

/** A request for slices ends after this, so that a frozen worker is handed nothing for long. */
const PULL_EXPIRES_MS = 5000;
const PULL_HEARTBEAT_MS = 1000;
/** Most slices of one request, so that they spread over the fleet. */
const PULL_BATCH = 64;
const RETRY_PAUSE_MS = 500;

/** Pulls slices of a pool while there are free slots. A pool that does not exist yet is waited for. */
export function pullSlices(
  link: Link,
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
        consumer ??= await link.js.consumers.get(
          link.names.streams.slices,
          link.names.consumers.workers(pool),
        );
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
      if (link.isConnected()) await link.nc.flush();
      await done;
    },
  };
}

function deliveryOf(message: JsMsg): SliceDelivery {
  return {
    data: message.data,
    subject: message.subject,
    seq: message.seq,
    attempt: message.info.redeliveryCount,
    async ack() {
      await message.ackAck({ timeout: 2000 });
    },
    working: () => message.working(),
    giveBack: (pauseMs) => message.nak(pauseMs),
    terminate: (reason) => message.term(reason),
  };
}

/** The subjects of a run's slices that are in the queue, whether or not a worker has them. */
export async function queuedSlices(link: Link, pool: string, run: string): Promise<string[]> {
  const filter = link.names.subjects.slicesOfRun(pool, run);
  const { state } = await link.jsm.streams.info(link.names.streams.slices, { subjects_filter: filter });
  return Object.keys(state.subjects ?? {});
}

export function lastSliceSeq(link: Link): Promise<number> {
  return lastSeqOf(link, link.names.streams.slices);
}

/** The subject of the slice at a sequence number, as long as it is in the queue. */
export async function sliceSubject(link: Link, seq: number): Promise<string | undefined> {
  return (await sliceMessage(link, { seq }))?.subject;
}

/** The sequence number of the slice on a subject, as long as it is in the queue. */
export async function sliceSeq(link: Link, subject: string): Promise<number | undefined> {
  return (await sliceMessage(link, { last_by_subj: subject }))?.seq;
}

async function sliceMessage(link: Link, query: MsgRequest): Promise<StoredMsg | undefined> {
  try {
    return await link.jsm.streams.getMessage(link.names.streams.slices, query);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** Removes what is left of a run's slices from the queue: all, or those of one lane. */
export async function purgeSlices(link: Link, pool: string, run: string, lane?: string): Promise<void> {
  await link.jsm.streams.purge(link.names.streams.slices, {
    filter: link.names.subjects.slicesOfRun(pool, run, lane),
  });
}

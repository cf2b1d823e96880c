/** Streams as logs: appended with a promise that it is stored, and followed from a point on. */

import { headers, type NatsError } from "nats";
import { LogburstError, messageOf } from "../protocol/errors.ts";
import type { Appended, AppendOptions, Follower, From, HearLogged, Queued } from "./bus.ts";
import type { Link } from "./link.ts";

/** One try of an append; a lost link shows as silence. */
const APPEND_TIMEOUT_MS = 2000;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1000;

/** JetStream's error codes for a stream that discards new messages because it is full. */
const FULL_CODES = [10077, 10123];
/** How the server words it when it is only the message's own subject that is full. */
const FULL_SUBJECT = /per subject/;

/** Appends a message to the stream of its subject, and tries again with the same id until it is stored. */
export async function append(
  link: Link,
  subject: string,
  message: unknown,
  options: AppendOptions,
): Promise<Appended> {
  const payload = JSON.stringify(message);
  const header = headers();
  header.set("Nats-Msg-Id", options.id);
  let pauseMs = FIRST_PAUSE_MS;
  for (let attempt = 1; ; attempt++) {
    if (options.isWanted?.() === false) throw notStored(subject, "it is no longer wanted");
    try {
      const ack = await link.js.publish(subject, payload, { headers: header, timeout: APPEND_TIMEOUT_MS });
      return { kind: "stored", seq: ack.seq, duplicate: ack.duplicate };
    } catch (cause) {
      if (FULL_CODES.includes((cause as NatsError).api_error?.err_code ?? 0)) {
        return { kind: FULL_SUBJECT.test(reasonOf(cause)) ? "present" : "full" };
      }
      if (link.nc.isClosed() || attempt >= options.tries) throw notStored(subject, reasonOf(cause), cause);
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
    }
  }
}

function notStored(subject: string, why: string, cause?: unknown): LogburstError {
  return new LogburstError("bus_unavailable", `a message on ${subject} could not be stored: ${why}`, {
    cause,
  });
}

/** The server's own words, which the client hides behind a number for some errors. */
function reasonOf(cause: unknown): string {
  return (cause as NatsError).api_error?.description ?? messageOf(cause);
}

/** A pull that brings nothing for two heartbeats is made anew, so that a lost leader costs two seconds. */
const PULL = { expires: 5000, idle_heartbeat: 1000, max_messages: 500 } as const;

/** Calls back for each message of a stream that fits a filter, in order, without gap. */
export async function follow(
  link: Link,
  stream: string,
  filter: string,
  from: From,
  hear: HearLogged,
): Promise<Follower> {
  // By sequence, also for "now": a consumer that must be made anew before its first message then misses nothing.
  const firstSeq =
    typeof from === "number" ? from : from === "beginning" ? 1 : (await lastSeqOf(link, stream)) + 1;
  const consumer = await link.js.consumers.get(stream, { filterSubjects: filter, opt_start_seq: firstSeq });
  const messages = await consumer.consume({
    ...PULL,
    callback: (message) => hear(message.data, message.subject, message.seq),
  });
  return {
    async close() {
      await messages.close().catch(() => undefined);
      // Left alone, the server would keep its consumer for five minutes more.
      if (link.isConnected()) await consumer.delete().catch(() => undefined);
    },
  };
}

/** The sequence number of a stream's last message. */
export async function lastSeqOf(link: Link, stream: string): Promise<number> {
  return (await link.jsm.streams.info(stream)).state.last_seq;
}

/** Works through a queue's messages one after the other; what `handle` rejects is given back. */
export async function workThrough(
  link: Link,
  stream: string,
  consumerName: string,
  handle: (message: Queued) => Promise<void>,
): Promise<Follower> {
  const consumer = await link.js.consumers.get(stream, consumerName);
  const messages = await consumer.consume({ ...PULL, max_messages: 1 });
  const done = (async () => {
    try {
      for await (const message of messages) {
        const queued: Queued = {
          data: message.data,
          subject: message.subject,
          seq: message.seq,
          storedMs: message.info.timestampNanos / 1_000_000,
          ack: () => message.ack(),
          giveBack: (pauseMs) => message.nak(pauseMs),
        };
        await handle(queued).catch(() => message.nak(LONGEST_PAUSE_MS));
      }
    } catch {
      // The connection was closed under the loop; there is nothing left to take.
    }
  })();
  return {
    async close() {
      messages.stop();
      await done;
    },
  };
}

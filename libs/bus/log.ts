/** Streams as logs: appended with a promise that it is stored, and followed from a point on. */

import { headers, type NatsError } from "nats";
import { LogburstError, messageOf } from "../protocol/errors.ts";
import type { Bus } from "./connect.ts";

/** One try of an append; a lost link shows as silence. */
const APPEND_TIMEOUT_MS = 2000;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1000;

export interface AppendOptions {
  /** The message's id: a repeated append with it is stored once. */
  readonly id: string;
  /** How often to try while the server cannot be reached or has no leader; a try takes up to three seconds. */
  readonly tries: number;
}

export type Appended =
  | { readonly kind: "stored"; readonly seq: number; readonly duplicate: boolean }
  /** A work queue has no room: in all, or for this subject. */
  | { readonly kind: "full" };

/** JetStream's error codes for a stream that discards new messages because it is full. */
const FULL_CODES = [10077, 10123];

/** Appends a message to the stream of its subject, and tries again with the same id until it is stored. */
export async function append(
  bus: Bus,
  subject: string,
  message: unknown,
  options: AppendOptions,
): Promise<Appended> {
  const payload = JSON.stringify(message);
  const header = headers();
  header.set("Nats-Msg-Id", options.id);
  let pauseMs = FIRST_PAUSE_MS;
  for (let attempt = 1; ; attempt++) {
    try {
      const ack = await bus.js.publish(subject, payload, { headers: header, timeout: APPEND_TIMEOUT_MS });
      return { kind: "stored", seq: ack.seq, duplicate: ack.duplicate };
    } catch (cause) {
      if (FULL_CODES.includes((cause as NatsError).api_error?.err_code ?? 0)) return { kind: "full" };
      if (bus.nc.isClosed() || attempt >= options.tries) {
        throw new LogburstError(
          "bus_unavailable",
          `a message on ${subject} could not be stored: ${reasonOf(cause)}`,
          { cause },
        );
      }
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
    }
  }
}

/** The server's own words, which the client hides behind a number for some errors. */
function reasonOf(cause: unknown): string {
  return (cause as NatsError).api_error?.description ?? messageOf(cause);
}

export interface Follower {
  close(): Promise<void>;
}

/** A pull that brings nothing for two heartbeats is made anew, so that a lost leader costs two seconds. */
const PULL = { expires: 5000, idle_heartbeat: 1000, max_messages: 500 } as const;

/**
 * Calls back for each message of a stream that fits a filter, in order, without gap.
 * @param from the beginning of the stream, or what comes from now on
 */
export async function follow(
  bus: Bus,
  stream: string,
  filter: string,
  from: "beginning" | "now",
  hear: (data: Uint8Array, subject: string, seq: number) => void,
): Promise<Follower> {
  // By sequence, also for "now": a consumer that must be made anew before its first message then misses nothing.
  const firstSeq = from === "beginning" ? 1 : (await bus.jsm.streams.info(stream)).state.last_seq + 1;
  const consumer = await bus.js.consumers.get(stream, { filterSubjects: filter, opt_start_seq: firstSeq });
  const messages = await consumer.consume({
    ...PULL,
    callback: (message) => hear(message.data, message.subject, message.seq),
  });
  return {
    async close() {
      await messages.close().catch(() => undefined);
    },
  };
}

/** A message of a work queue, with what can be done about it. */
export interface Queued {
  readonly data: Uint8Array;
  readonly subject: string;
  readonly attempt: number;
  ack(): void;
  /** Gives it back, to be delivered again after a pause. */
  giveBack(pauseMs: number): void;
}

/** Works through a queue's messages one after the other; what `handle` rejects is given back. */
export async function workThrough(
  bus: Bus,
  stream: string,
  consumerName: string,
  handle: (message: Queued) => Promise<void>,
): Promise<Follower> {
  const consumer = await bus.js.consumers.get(stream, consumerName);
  const messages = await consumer.consume({ ...PULL, max_messages: 1 });
  const done = (async () => {
    try {
      for await (const message of messages) {
        const queued: Queued = {
          data: message.data,
          subject: message.subject,
          attempt: message.info.redeliveryCount,
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

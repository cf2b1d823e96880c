/** Streams as logs: appended to with a promise that it is stored, read in pages. */

import { headers, type MsgRequest, type NatsError } from "nats";
import { LogburstError, messageOf } from "../protocol/errors.ts";
import type { Appended, AppendOptions, Logged } from "./bus.ts";
import { isLeaving, type Link } from "./link.ts";
import { isNotFound } from "./provision.ts";

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
      if (isLeaving(link.nc) || attempt >= options.tries) throw notStored(subject, reasonOf(cause), cause);
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

/** One after the other (the server takes a filter that the client's types do not know), at the stream's leader: for pages, where a consumer would cost more than it saves. */
export async function read(
  link: Link,
  stream: string,
  filter: string,
  fromSeq: number,
  most: number,
): Promise<Logged[]> {
  const found: Logged[] = [];
  for (let seq = fromSeq; found.length < most; seq = (found.at(-1)?.seq ?? seq) + 1) {
    try {
      const message = await link.lookups.streams.getMessage(stream, {
        seq,
        next_by_subj: filter,
      } as MsgRequest);
      found.push({ data: message.data, subject: message.subject, seq: message.seq });
    } catch (error) {
      if (isNotFound(error)) break;
      throw error;
    }
  }
  return found;
}

export async function purge(link: Link, stream: string, filter: string): Promise<void> {
  await link.jsm.streams.purge(stream, { filter });
}

/** The sequence number of a stream's last message. */
export async function lastSeqOf(link: Link, stream: string): Promise<number> {
  return (await link.lookups.streams.info(stream)).state.last_seq;
}

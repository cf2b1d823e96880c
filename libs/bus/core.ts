/** Messages that may be lost: published once, heard by whoever listens; and requests with their answers. */

import { ErrorCode, headers, type NatsError } from "nats";
import { LogburstError, messageOf } from "../protocol/errors.ts";
import type { Hear, Subscription } from "./bus.ts";
import { type Link, say } from "./link.ts";

/** Publishes a message without waiting for anything; while the link is down, or is being taken down, it is dropped. */
export function publish(link: Link, subject: string, message: unknown): void {
  say(link.nc, subject, JSON.stringify(message));
}

/** Calls back for each message on a subject, which may hold wildcards. */
export function subscribe(link: Link, subject: string, hear: Hear): Subscription {
  const subscription = link.nc.subscribe(subject, {
    callback: (error, message) => {
      if (!error) hear(message.data, message.subject);
    },
  });
  return { close: () => subscription.unsubscribe() };
}

/** Answers requests on a subject; what `answer` returns is sent as JSON. */
export function serve(link: Link, subject: string, answer: (data: Uint8Array) => unknown): Subscription {
  const subscription = link.nc.subscribe(subject, {
    callback: (error, message) => {
      if (!error && message.reply) message.respond(JSON.stringify(answer(message.data)));
    },
  });
  return { close: () => subscription.unsubscribe() };
}

/** Whether anybody listens on a subject: a server says at once when nobody does. No word in time is `undefined`. */
export async function isHeard(link: Link, subject: string, timeoutMs: number): Promise<boolean | undefined> {
  try {
    await link.nc.request(subject, "", { timeout: timeoutMs });
    return true;
  } catch (error) {
    return (error as NatsError).code === ErrorCode.NoResponders ? false : undefined;
  }
}

/** Asks, and gives the answer's bytes. Nobody there to answer is `no_leader`. */
export async function request(
  link: Link,
  subject: string,
  payload: string,
  timeoutMs: number,
  fields: Readonly<Record<string, string>> = {},
): Promise<Uint8Array> {
  const header = headers();
  for (const [name, value] of Object.entries(fields)) header.set(name, value);
  try {
    const reply = await link.nc.request(subject, payload, { timeout: timeoutMs, headers: header });
    return reply.data;
  } catch (cause) {
    throw new LogburstError("no_leader", `nobody answers on ${subject}: ${messageOf(cause)}`, {
      remedies: [
        "start a coordinator: logburst coordinator",
        "or run everything here: logburst run CONFIG --local",
      ],
      cause,
    });
  }
}

/** Messages that may be lost: published once, heard by whoever listens; and requests with their answers. */

import { LogburstError, messageOf } from "../protocol/errors.ts";
import type { Bus } from "./connect.ts";

/** Publishes a message without waiting for anything; while the link is down it is dropped. */
export function publish(bus: Bus, subject: string, message: unknown): void {
  if (!bus.nc.isClosed()) bus.nc.publish(subject, JSON.stringify(message));
}

export interface Subscription {
  close(): void;
}

/** Calls back for each message on a subject, which may hold wildcards. */
export function subscribe(
  bus: Bus,
  subject: string,
  hear: (data: Uint8Array, subject: string) => void,
): Subscription {
  const subscription = bus.nc.subscribe(subject, {
    callback: (error, message) => {
      if (!error) hear(message.data, message.subject);
    },
  });
  return { close: () => subscription.unsubscribe() };
}

/** Answers requests on a subject; what `answer` returns is sent as JSON. */
export function serve(bus: Bus, subject: string, answer: (data: Uint8Array) => unknown): Subscription {
  const subscription = bus.nc.subscribe(subject, {
    callback: (error, message) => {
      if (!error && message.reply) message.respond(JSON.stringify(answer(message.data)));
    },
  });
  return { close: () => subscription.unsubscribe() };
}

/** Asks, and gives the answer's bytes. Nobody there to answer is `no_leader`. */
export async function request(
  bus: Bus,
  subject: string,
  payload: string,
  timeoutMs: number,
): Promise<Uint8Array> {
  try {
    const reply = await bus.nc.request(subject, payload, { timeout: timeoutMs });
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

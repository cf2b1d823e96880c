/** The leading coordinator as a micro service: `nats micro ls` lists it, `nats req` asks it. */

import { Match, type NatsConnection, type ServiceMsg } from "nats";
import { messageOf } from "../protocol/errors.ts";
import type { ApiVerb } from "../protocol/names.ts";
import type { BusService, MessageHeaders, ServiceAnswer, ServiceHandlers } from "./bus.ts";
import type { Link } from "./link.ts";

/** Answers verbs of the API. A failure stands in the headers, as micro services do, and in the body. */
export async function startService(
  link: Link,
  version: string,
  handlers: ServiceHandlers,
): Promise<BusService> {
  let announceStop: () => void = () => undefined;
  const stopped = new Promise<void>((resolve) => {
    announceStop = resolve;
  });
  const service = await connectionUntil(stopped, link.nc).services.add({
    name: "logburst",
    version,
    description: "Logburst's coordinator",
  });
  for (const [verb, handle] of Object.entries(handlers)) {
    service.addEndpoint(verb.replace(".", "-"), {
      subject: link.names.subjects.api(verb as ApiVerb),
      handler: (error, message) => {
        if (!error) void answer(message, handle, link.nc.info?.max_payload ?? Number.POSITIVE_INFINITY);
      },
    });
  }
  return {
    async stop() {
      if (!service.isStopped) await service.stop();
      announceStop();
    },
  };
}

/**
 * The connection as a service sees it. The library's services wait for the connection's end and are kept in memory until
 * then, with all that their handlers know; this one ends when the service does.
 */
function connectionUntil(stopped: Promise<void>, nc: NatsConnection): NatsConnection {
  return Object.create(nc, { closed: { value: () => stopped } }) as NatsConnection;
}

/** Room for the headers of an answer, which count too. */
const HEADER_BYTES = 1024;

async function answer(
  message: ServiceMsg,
  handle: ServiceHandlers[ApiVerb],
  mostBytes: number,
): Promise<void> {
  const headers: MessageHeaders = (name) => message.headers?.get(name, Match.IgnoreCase) || undefined;
  const whole = await handle(message.data, headers).catch(
    (error: unknown): ServiceAnswer => ({
      ok: false,
      status: 500,
      body: { ok: false, code: "internal", message: messageOf(error) },
    }),
  );
  const bytes = encoded(whole);
  const fits = bytes.byteLength + HEADER_BYTES <= mostBytes;
  const instead = fits ? undefined : whole.ifTooLarge?.(bytes.byteLength, mostBytes);
  if (instead) respond(message, instead, encoded(instead));
  else respond(message, whole, bytes);
}

function respond(message: ServiceMsg, { ok, status, body }: ServiceAnswer, bytes: Uint8Array): void {
  if (ok) message.respond(bytes);
  else message.respondError(status, messageOf((body as { message?: string }).message ?? "failed"), bytes);
}

function encoded({ body }: ServiceAnswer): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(body));
}

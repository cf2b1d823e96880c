/** The leading coordinator as a micro service: `nats micro ls` lists it, `nats req` asks it. */

import type { ServiceMsg } from "nats";
import { messageOf } from "../protocol/errors.ts";
import type { ApiVerb } from "../protocol/names.ts";
import type { Bus } from "./connect.ts";

export interface ServiceAnswer {
  readonly ok: boolean;
  /** The HTTP status that says the same. */
  readonly status: number;
  readonly body: unknown;
}

export interface BusService {
  stop(): Promise<void>;
}

/** Answers verbs of the API. A failure stands in the headers, as micro services do, and in the body. */
export async function startService(
  bus: Bus,
  version: string,
  handlers: Readonly<Record<ApiVerb, (payload: Uint8Array) => Promise<ServiceAnswer>>>,
): Promise<BusService> {
  const service = await bus.nc.services.add({
    name: "logburst",
    version,
    description: "Logburst's coordinator",
  });
  for (const [verb, handle] of Object.entries(handlers)) {
    service.addEndpoint(verb.replace(".", "-"), {
      subject: bus.names.subjects.api(verb as ApiVerb),
      handler: (error, message) => {
        if (!error) void answer(message, handle);
      },
    });
  }
  return {
    async stop() {
      if (!service.isStopped) await service.stop();
    },
  };
}

async function answer(
  message: ServiceMsg,
  handle: (payload: Uint8Array) => Promise<ServiceAnswer>,
): Promise<void> {
  const { ok, status, body } = await handle(message.data).catch((error: unknown) => ({
    ok: false,
    status: 500,
    body: { ok: false, code: "internal", message: messageOf(error) },
  }));
  const data = new TextEncoder().encode(JSON.stringify(body));
  if (ok) message.respond(data);
  else message.respondError(status, messageOf((body as { message?: string }).message ?? "failed"), data);
}

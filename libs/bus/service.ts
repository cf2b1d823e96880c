/** The leading coordinator as a micro service: `nats micro ls` lists it, `nats req` asks it. */

import type { ServiceMsg } from "nats";
import { messageOf } from "../protocol/errors.ts";
import type { ApiVerb } from "../protocol/names.ts";
import type { BusService, ServiceAnswer, ServiceHandlers } from "./bus.ts";
import type { Link } from "./link.ts";

/** Answers verbs of the API. A failure stands in the headers, as micro services do, and in the body. */
export async function startService(
  link: Link,
  version: string,
  handlers: ServiceHandlers,
): Promise<BusService> {
  const service = await link.nc.services.add({
    name: "logburst",
    version,
    description: "Logburst's coordinator",
  });
  for (const [verb, handle] of Object.entries(handlers)) {
    service.addEndpoint(verb.replace(".", "-"), {
      subject: link.names.subjects.api(verb as ApiVerb),
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

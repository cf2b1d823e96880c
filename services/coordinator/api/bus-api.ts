/** The leader's verbs over NATS: `nats req lb.api.run.create < config.yaml`. */

import type { Bus, BusService, ServiceAnswer } from "../../../libs/bus/bus.ts";
import { type ApiError, RunSelector } from "../../../libs/protocol/api.ts";
import { ConfigProblems } from "../../../libs/protocol/config/problems.ts";
import { parseMessage } from "../../../libs/protocol/door.ts";
import { ERRORS, LogburstError, messageOf } from "../../../libs/protocol/errors.ts";
import { VERSION } from "../../../libs/runtime/version.ts";
import type { Verbs } from "./verbs.ts";

export async function startBusApi(bus: Bus, verbs: Verbs): Promise<BusService> {
  return bus.startService(VERSION, {
    "run.create": (payload) =>
      answer(async () => ({ run: await verbs.create(Buffer.from(payload).toString("utf8")) })),
    "run.stop": (payload) =>
      answer(async () => ({ run: await verbs.stop(selected(payload), "asked for over NATS") })),
    "run.get": (payload) => answer(async () => ({ run: await verbs.get(selected(payload)) })),
    "run.list": () => answer(async () => ({ runs: await verbs.list() })),
    "node.list": () => answer(async () => ({ nodes: verbs.nodes() })),
  });
}

/** The run's id: bare, or as {"id": "…"}. */
function selected(payload: Uint8Array): string {
  const text = Buffer.from(payload).toString("utf8").trim();
  if (/^[A-Za-z0-9_-]{1,64}$/.test(text)) return text;
  const parsed = parseMessage(RunSelector, payload);
  if (parsed.ok) return parsed.value.id;
  throw new LogburstError("bad_request", "the request names no run", {
    remedies: ['send the id, or {"id": "…"}'],
  });
}

async function answer(work: () => Promise<object>): Promise<ServiceAnswer> {
  try {
    return { ok: true, status: 200, body: { ok: true, ...(await work()) } };
  } catch (error) {
    const code = error instanceof LogburstError ? error.code : "internal";
    const body: ApiError = {
      ok: false,
      code,
      message: messageOf(error),
      remedies: error instanceof LogburstError ? [...error.remedies] : [],
      problems: error instanceof ConfigProblems ? [...error.problems] : [],
    };
    return { ok: false, status: ERRORS[code].status, body };
  }
}

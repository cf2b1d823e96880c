/** The API over a real NATS: an answer that no message can carry says where it can be had. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { connect } from "nats";
import { connectBus } from "../../libs/bus/connect.ts";
import { ApiError } from "../../libs/protocol/api.ts";
import { startBusApi } from "../../services/coordinator/api/bus-api.ts";
import { admitAll } from "../../services/coordinator/api/guard.ts";
import type { Verbs } from "../../services/coordinator/api/verbs/handlers.ts";
import { eventually } from "../support/eventually.ts";
import { startNats } from "../support/servers.ts";

test("a report beyond the server's largest message is answered with its size, its place over HTTP and its object", async () => {
  await using nats = await startNats();
  await using bus = await connectBus({ url: nats.url, prefix: "lb", name: "test", waitForServer: false });
  const asker = await connect({ servers: nats.url });
  const most = asker.info?.max_payload ?? 0;
  assert.ok(most > 0);
  const textOf = { html: "x".repeat(most), csv: "x".repeat(most / 2) } as Record<string, string>;
  const verbs = {
    "run.report": async ({ format }: { format: string }) => ({ format, text: textOf[format] ?? "" }),
    "run.events": async () => ({ events: "x".repeat(most) }),
  } as unknown as Verbs;
  const service = await startBusApi(bus, verbs, admitAll);
  const ask = async (verb: "run.report" | "run.events", request: object) => {
    const reply = await asker.request(bus.names.subjects.api(verb), JSON.stringify(request));
    return {
      status: reply.headers?.get("Nats-Service-Error-Code"),
      json: reply.json<Record<string, unknown>>(),
    };
  };
  await eventually("the service to listen", () => bus.isHeard(bus.names.subjects.api("run.report"), 1000));
  try {
    const fits = await ask("run.report", { id: "run-1", format: "csv" });
    assert.deepEqual([fits.status, fits.json.ok, fits.json.text], [undefined, true, textOf.csv]);

    const report = await ask("run.report", { id: "run-1", format: "html" });
    const { code, message, remedies } = ApiError.parse(report.json);
    assert.deepEqual([report.status, code], ["413", "answer_too_large"]);
    assert.match(message, /the answer has 1025 KB, and the NATS server carries messages of 1024 KB at most/);
    assert.deepEqual(remedies, [
      "ask a coordinator over HTTP: GET /api/v1/runs/run-1/report?format=html",
      "fetch the report from the object store: nats object get lb_reports run-1/report.json",
    ]);

    const events = ApiError.parse((await ask("run.events", { id: "run-1", limit: 9 })).json);
    assert.deepEqual(events.remedies, [
      "ask a coordinator over HTTP: GET /api/v1/runs/run-1/events?limit=9",
      "ask for fewer entries: limit",
    ]);
  } finally {
    await service.stop();
    await asker.close();
  }
});

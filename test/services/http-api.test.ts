/** The REST API without a run: what is refused, and that a refusal leaves the connection fit for the next request. */

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { Registry } from "prom-client";
import { Client } from "undici";
import { LogburstError } from "../../libs/protocol/errors.ts";
import { API_VERBS } from "../../libs/protocol/names.ts";
import { systemClock } from "../../libs/runtime/clock.ts";
import { createServiceApp, listen } from "../../libs/runtime/http.ts";
import { admitAll } from "../../services/coordinator/api/guard.ts";
import { addApi } from "../../services/coordinator/api/http/api.ts";
import { createLiveBook } from "../../services/coordinator/api/live-book.ts";
import { createLogBook } from "../../services/coordinator/api/log-book.ts";
import type { Verbs } from "../../services/coordinator/api/verbs/handlers.ts";

const app = createServiceApp(systemClock, new Registry(), {
  ready: () => true,
  activeNodes: () => 0,
  runningTasks: () => 0,
});
const nobody = () => Promise.reject(new LogburstError("no_leader", "nobody leads"));
const verbs = Object.fromEntries(API_VERBS.map((verb) => [verb, nobody])) as unknown as Verbs;
const unused = undefined as never;
addApi(app, {
  verbs,
  guard: admitAll,
  bus: unused,
  runs: unused,
  logs: createLogBook(),
  lives: createLiveBook(),
  clock: systemClock,
  prefix: "lb",
});
const server = await listen(app, "127.0.0.1", 0);
const connection = new Client(server.url);
after(async () => {
  await connection.close();
  await server.close();
});

async function ask(method: "GET" | "POST", path: string, body?: string) {
  const answer = await connection.request({ method, path, ...(body !== undefined && { body }) });
  return { status: answer.statusCode, json: (await answer.body.json()) as { code: string } };
}

test("a config that is too large is refused, and the same connection answers what comes after it", async () => {
  for (const bytes of [1_048_577, 2_000_000, 8_000_000]) {
    const refused = await ask("POST", "/api/v1/runs", "x".repeat(bytes));
    assert.deepEqual([refused.status, refused.json.code], [413, "too_large"]);
    const next = await ask("GET", "/api/v1/nothing");
    assert.deepEqual([next.status, next.json.code], [404, "not_found"]);
  }
});

test("a config that nobody can take is read, and the answer says that nobody leads", async () => {
  const refused = await ask("POST", "/api/v1/runs", "x".repeat(1_048_576));
  assert.deepEqual([refused.status, refused.json.code], [503, "no_leader"]);
});

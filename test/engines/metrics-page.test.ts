/** A server's page of metrics over real sockets: with the target's auth, under its rules, and never for long. */

import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import type { Told } from "../../libs/engines/engine.ts";
import { engineOf } from "../../libs/engines/registry.ts";
import type { SecretSource } from "../../libs/protocol/config/scalars.ts";
import type { Target } from "../../libs/protocol/config/target.ts";
import type { RunRecord } from "../../libs/protocol/run.ts";
import { systemClock } from "../../libs/runtime/clock.ts";
import { seal } from "../../libs/runtime/seal.ts";
import { createOpenServers } from "../../services/coordinator/run/servers/open-servers.ts";
import { config } from "../support/configs.ts";

const PAGE = 'vl_concurrent_select_capacity 4\nvm_app_version{short_version="v1.50.0"} 1\n';

async function startServer(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const asked: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    asked.push(request);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The folder of targets' secrets. */
const folder = "/etc/logburst/target";
const LOCAL: RunRecord["allowed"] = { rules: ["*"], local: true };

/** The servers of a target as a leader opens them. */
function opened(target: Partial<Target> & { url: string }, allowed = LOCAL, sealKey?: string) {
  const of = config();
  const spec = { ...of.spec, target: { ...of.spec.target, ...target } };
  return createOpenServers(engineOf, systemClock, { sealKey, folder })({ ...of, spec }, {
    allowed,
  } as RunRecord);
}

async function askOnce(...args: Parameters<typeof opened>) {
  const [server] = opened(...args);
  assert.ok(server);
  const told = await server.ask();
  await server.close();
  return told;
}

const bearer = (source: SecretSource): Pick<Target, "auth"> => ({
  auth: { type: "bearer", token_from: source },
});

test("the target's prefix, headers and auth are the page's too, over one connection", async () => {
  await using server = await startServer((_, response) => response.end(PAGE));
  const key = "a key";
  const [page] = opened(
    {
      url: `${server.url}/logs/`,
      headers: { "x-team": "search" },
      ...bearer({ sealed: seal("hunter2", key) }),
    },
    LOCAL,
    key,
  );
  assert.ok(page);
  for (let nth = 0; nth < 3; nth++) {
    const told: Told = await page.ask();
    assert.ok("values" in told, JSON.stringify(told));
    assert.deepEqual(told, { values: { places: 4 }, identity: { version: "v1.50.0", flags: {} } });
  }
  await page.close();
  const [first, ...others] = server.asked;
  assert.equal(first?.url, "/logs/metrics");
  assert.equal(first?.method, "GET");
  assert.equal(first?.headers["x-team"], "search");
  assert.equal(first?.headers.authorization, "Bearer hunter2");
  for (const { socket } of others) assert.equal(socket.remotePort, first?.socket.remotePort);
});

test("a page that is not there, or not for us, is final; a server in trouble is not", async () => {
  let status = 404;
  await using server = await startServer((_, response) => response.writeHead(status).end("no"));
  assert.deepEqual(await askOnce(server), { failure: "status 404", isFinal: true });
  status = 401;
  assert.deepEqual(await askOnce(server), { failure: "status 401", isFinal: true });
  status = 503;
  assert.deepEqual(await askOnce(server), { failure: "status 503", isFinal: false });
});

test("a server that does not answer costs two seconds, one that is gone nothing", async () => {
  const server = await startServer(() => undefined);
  assert.deepEqual(await askOnce(server), { failure: "no answer within 2 s", isFinal: false });
  await server[Symbol.asyncDispose]();
  assert.deepEqual(await askOnce(server), { failure: "connect ECONNREFUSED", isFinal: false });
});

test("a page without end is broken off", async () => {
  await using server = await startServer((_, response) => {
    response.writeHead(200);
    const pour = (): void => {
      while (!response.destroyed && response.write("vl_partitions 1\n".repeat(4000)));
    };
    response.on("drain", pour);
    pour();
  });
  assert.deepEqual(await askOnce(server), { failure: "the page is longer than 2 MB", isFinal: true });
});

test("a page where the run's rules do not lead is not asked", async () => {
  await using server = await startServer((_, response) => response.end(PAGE));
  const rules = { rules: ["logs.example"], local: false };
  const told = await askOnce(
    { url: "http://logs.example", metrics: { enabled: true, urls: [server.url], interval: 2000 } },
    rules,
  );
  assert.ok("failure" in told && told.isFinal);
  assert.match(told.failure, /127\.0\.0\.1 is the machine that asks it/);
  const byName = server.url.replace("127.0.0.1", "localhost");
  const named = await askOnce(
    { url: "http://logs.example", metrics: { enabled: true, urls: [byName], interval: 2000 } },
    rules,
  );
  assert.deepEqual(named, { failure: "connect TARGET_REFUSED", isFinal: true });
  assert.equal(server.asked.length, 0);
});

test("nobody gives away their own settings to a target, nor files of their machine", async () => {
  await using server = await startServer((_, response) => response.end(PAGE));
  const far: RunRecord["allowed"] = { rules: ["127.0.0.0/8"], local: false };
  for (const source of [{ env: "LOGBURST_TOKENS" }, { env: "NATS_URL" }, { file: "/proc/self/environ" }]) {
    const told = await askOnce({ url: server.url, ...bearer(source) }, far);
    assert.ok("failure" in told && told.isFinal);
    assert.match(told.failure, /is not for configs$|is not below \/etc\/logburst\/target$/);
  }
  const unset = await askOnce({ url: server.url, ...bearer({ env: "NOT_SET_ANYWHERE" }) }, far);
  assert.ok("failure" in unset && /NOT_SET_ANYWHERE is not set/.test(unset.failure));
  assert.equal(server.asked.length, 0);
});

test("where metrics are switched off nobody is asked", () => {
  assert.deepEqual(opened({ url: "http://localhost:1", metrics: { enabled: false, interval: 2000 } }), []);
});

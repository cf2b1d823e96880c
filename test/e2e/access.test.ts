/** A system that others can reach: who may ask for what, which targets and how much load, over TLS; and no token leaks. */

import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { connect as connectTls } from "node:tls";
import { SignJWT } from "jose";
import { connect } from "nats";
import { Agent, request } from "undici";
import { systemClock } from "../../libs/runtime/clock.ts";
import { readEnvironment } from "../../libs/runtime/config.ts";
import { PACKAGE_ROOT } from "../../libs/runtime/version.ts";
import { connectClient } from "../../services/cli/client.ts";
import { eventually } from "../support/eventually.ts";
import { temporaryFolder } from "../support/folders.ts";
import { startTarget, type TargetServer } from "../support/servers.ts";
import { everythingStored } from "../support/stored.ts";
import { benchmark, type System, startSystem } from "../support/system.ts";

const OPERATOR = "operator-s3cret-of-olga";
const APPROVER = "approver-s3cret-of-anna";
const VIEWER = "viewer-s3cret-of-vera-v";
const GUESS = "s3cret-that-is-nobody's".replace("'", "-");
const QUERIES = [{ name: "count", template: "* | stats count() lines" }];
const TLS = join(PACKAGE_ROOT, "test", "support", "tls");
const keys = generateKeyPairSync("ed25519");
const folder = temporaryFolder();
const logs = join(folder.path, "logs");
/** It is its own authority, and for another name: who the server is, is not what is tested here. */
const dispatcher = new Agent({ connect: { rejectUnauthorized: false } });

let target: TargetServer;
let system: System;
const answers: string[] = [];

function fileOf(name: string, text: string): string {
  const file = join(folder.path, name);
  writeFileSync(file, text);
  return file;
}

before(async () => {
  mkdirSync(logs);
  target = await startTarget(0);
  const tokens = fileOf(
    "tokens",
    `operator olga ${OPERATOR}\nviewer vera ${VIEWER}\napprover anna ${APPROVER}\n`,
  );
  system = await startSystem({
    workers: 1,
    logFolder: logs,
    serviceEnvironment: {
      LOG_LEVEL: "trace",
      LOGBURST_HTTP_HOST: "0.0.0.0",
      LOGBURST_HTTP_CERT: join(TLS, "cert.pem"),
      LOGBURST_HTTP_KEY: join(TLS, "key.pem"),
      LOGBURST_TOKENS_FILE: tokens,
      LOGBURST_JWT_ISSUER: "https://issuer.example",
      LOGBURST_JWT_AUDIENCE: "logburst",
      LOGBURST_JWT_KEY_FILE: fileOf("key", keys.publicKey.export({ type: "spki", format: "pem" }).toString()),
      LOGBURST_TARGETS: `127.0.0.1:${new URL(target.url).port} 192.0.2.0/24`,
      LOGBURST_CAPS: "users=5,rate=50",
      LOGBURST_QUOTAS: "olga:rate=20 anna:rate=20",
    },
  });
});
after(async () => {
  await system[Symbol.asyncDispose]();
  await target[Symbol.asyncDispose]();
  await dispatcher.close();
  folder[Symbol.dispose]();
});

async function ask(method: "GET" | "POST" | "DELETE", path: string, token?: string, body?: object) {
  const headers = {
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    origin: system.stack.apiUrl,
  };
  const asked = { method, headers, dispatcher, ...(body && { body: JSON.stringify(body) }) };
  const answer = await request(`${system.stack.apiUrl}${path}`, asked);
  const text = await answer.body.text();
  answers.push(JSON.stringify(answer.headers), text);
  return { status: answer.statusCode, headers: answer.headers, json: JSON.parse(text) };
}

function signed(expiresS: number): Promise<string> {
  return new SignJWT({ roles: ["operator"] })
    .setProtectedHeader({ alg: "EdDSA" })
    .setSubject("jwt-olga")
    .setIssuer("https://issuer.example")
    .setAudience("logburst")
    .setExpirationTime(Math.floor(Date.now() / 1000) + expiresS)
    .sign(keys.privateKey);
}

interface Told {
  readonly events: readonly { event: { type: string; by?: string; reason?: string } }[];
}

function eventOf({ events }: Told, type: string) {
  return events.find(({ event }) => event.type === type)?.event ?? assert.fail(`no ${type}`);
}

const runOf = (url: string, workload: object) => benchmark(url, { workload, queries: QUERIES });
const SMALL = { model: "count", total_queries: 10, total_concurrent_users: 2 };

test("nobody gets in without a good token, and nobody further than their role", async () => {
  for (const token of [undefined, GUESS, await signed(-60)]) {
    const { status, headers, json } = await ask("GET", "/api/v1/runs", token);
    assert.deepEqual(
      [status, json.code, headers["content-type"]],
      [401, "unauthorized", "application/problem+json"],
    );
    assert.match(String(headers["www-authenticate"]), /^Bearer realm="logburst"/);
  }
  assert.equal((await ask("GET", "/api/v1/runs", VIEWER)).status, 200);
  const refused = await ask("POST", "/api/v1/runs", VIEWER, runOf(target.url, SMALL));
  assert.deepEqual([refused.status, refused.json.code], [403, "forbidden"]);
  assert.match(String(refused.headers["www-authenticate"]), /insufficient_scope/);
  assert.equal((await ask("DELETE", "/api/v1/kill", OPERATOR)).status, 403);
  for (const path of ["/livez", "/readyz"])
    assert.equal((await request(system.stack.apiUrl + path, { dispatcher })).statusCode, 200, path);
});

test("who asked for a run stands in its record and in its log", async () => {
  const asked: [string, string][] = [
    [OPERATOR, "olga"],
    [await signed(600), "jwt-olga"],
  ];
  for (const [token, name] of asked) {
    const created = await ask("POST", "/api/v1/runs", token, runOf(target.url, SMALL));
    assert.deepEqual([created.status, created.json.created_by], [201, name]);
    const { id } = created.json;
    await eventually(
      "its end",
      async () => (await ask("GET", `/api/v1/runs/${id}`, VIEWER)).json.phase === "completed",
    );
    const { json } = await ask("GET", `/api/v1/runs/${id}/events`, VIEWER);
    const accepted = eventOf(json, "accepted");
    assert.equal(accepted.by, name);
    assert.equal((await ask("GET", `/api/v1/runs/${id}/report`, VIEWER)).json.ledger.ok, 10);
  }
});

test("over NATS nobody needs a token, but one that is shown must be good", async () => {
  const config = JSON.stringify(runOf(target.url, SMALL));
  const submit = async (token?: string) => {
    const environment = { ...readEnvironment(), LOGBURST_TOKEN: token };
    await using client = await connectClient(environment, system.stack.natsUrl, systemClock);
    const { id, created_by: by } = await client.submit(config);
    await client.follow(id, { record: () => undefined, live: () => undefined });
    return by;
  };
  assert.equal(await submit(), "NATS");
  assert.equal(await submit(OPERATOR), "olga");
  await assert.rejects(submit(VIEWER), /vera is viewer; run.create needs operator/);
  await assert.rejects(submit(GUESS), /nobody has this token/);
});

test("a target that is not allowed is refused, by name and by address, and so is load beyond the caps", async () => {
  for (const url of [
    "http://169.254.169.254/latest/meta-data",
    "http://[::ffff:169.254.169.254]:80",
    "http://metadata.google.internal",
    "http://203.0.113.7:9428",
    "http://localhost:9",
    "http://127.0.0.1:1",
  ]) {
    const { status, json } = await ask("POST", "/api/v1/runs", OPERATOR, runOf(url, SMALL));
    assert.deepEqual([status, json.code], [403, "target_refused"], url);
    assert.ok(json.remedies.length > 0);
  }
  const elsewhere = { url: target.url, metrics: { urls: ["http://169.254.169.254/latest"] } };
  const ofAnother = benchmark(target.url, { workload: SMALL, queries: QUERIES, target: elsewhere });
  const page = await ask("POST", "/api/v1/runs", OPERATOR, ofAnother);
  assert.deepEqual([page.status, page.json.code], [403, "target_refused"]);
  assert.match(page.json.detail, /spec\.target\.metrics\.urls\[0\]/);
  const tooMany = await ask(
    "POST",
    "/api/v1/runs",
    OPERATOR,
    runOf(target.url, { total_concurrent_users: 6, duration: 5 }),
  );
  assert.deepEqual([tooMany.status, tooMany.json.code], [422, "over_cap"]);
  assert.match(tooMany.json.detail, /6 users.*users=5 of LOGBURST_CAPS/);

  const long = runOf(target.url, { total_concurrent_users: 4, duration: 120 });
  const live = await ask("POST", "/api/v1/runs", OPERATOR, long);
  assert.equal(live.status, 201);
  const second = await ask("POST", "/api/v1/runs", OPERATOR, long);
  assert.deepEqual([second.status, second.json.code], [429, "caps_reached"]);
  assert.equal((await ask("POST", `/api/v1/runs/${live.json.id}/stop`, OPERATOR, {})).status, 202);
  await eventually(
    "its end",
    async () => (await ask("GET", `/api/v1/runs/${live.json.id}`, VIEWER)).json.phase === "stopped",
  );
  const { json } = await ask("GET", `/api/v1/runs/${live.json.id}/events`, VIEWER);
  assert.match(eventOf(json, "stopping").reason ?? "", /olga/);
});

test("a run beyond its requester's quota waits for another's word, and nobody else's; all of it stands in its log", async () => {
  const fast = runOf(target.url, { model: "open", target_qps: 25, duration: 1 });
  const phaseOf = async (id: string) => (await ask("GET", `/api/v1/runs/${id}`, VIEWER)).json.phase;
  const waiting = async (token: string): Promise<string> => {
    const { json } = await ask("POST", "/api/v1/runs", token, fast);
    assert.match(json.approval.reasons[0], /25 queries per second.*rate=20 of LOGBURST_QUOTAS/);
    await eventually("it waits", async () => (await phaseOf(json.id)) === "awaiting_approval");
    return json.id;
  };
  const [good, bad, own] = [await waiting(OPERATOR), await waiting(OPERATOR), await waiting(APPROVER)];
  for (const [id, token] of [
    [good, OPERATOR],
    [own, APPROVER],
  ] as const)
    assert.equal((await ask("POST", `/api/v1/runs/${id}/approve`, token, {})).status, 403);
  const approved = await ask("POST", `/api/v1/runs/${good}/approve`, APPROVER, { reason: "agreed" });
  assert.equal(approved.status, 202, JSON.stringify(approved.json));
  const refused = await ask("POST", `/api/v1/runs/${bad}/reject`, APPROVER, { reason: "too late" });
  assert.equal(refused.status, 202);
  assert.equal((await ask("POST", `/api/v1/runs/${own}/stop`, OPERATOR, {})).status, 202);
  for (const [id, end] of [
    [good, "completed"],
    [bad, "failed"],
    [own, "stopped"],
  ] as const)
    await eventually("its end", async () => (await phaseOf(id)) === end);
  assert.equal((await ask("POST", `/api/v1/runs/${good}/approve`, APPROVER, {})).status, 409);
  const { json } = await ask("GET", `/api/v1/runs/${good}/events`, VIEWER);
  const types = (json as Told).events.map(({ event }) => event.type);
  assert.deepEqual(types.slice(0, 4), ["accepted", "approval_awaited", "approved", "mustering"]);
  assert.deepEqual([eventOf(json, "approved").by, eventOf(json, "approved").reason], ["anna", "agreed"]);
  const told = (await ask("GET", `/api/v1/runs/${bad}/events`, VIEWER)).json;
  assert.deepEqual(
    [eventOf(told, "approval_refused").by, eventOf(told, "failed").reason],
    ["anna", "anna did not approve it: too late"],
  );
});

test("answers keep pages of others out, and only TLS 1.3 is spoken", async () => {
  const { headers } = await ask("GET", "/api/v1/runs", VIEWER);
  assert.match(String(headers["content-security-policy"]), /default-src 'none'.*frame-ancestors 'none'/);
  assert.deepEqual(
    [
      headers["x-content-type-options"],
      headers["x-frame-options"],
      headers["referrer-policy"],
      headers["access-control-allow-origin"],
    ],
    ["nosniff", "DENY", "no-referrer", undefined],
  );
  assert.match(String(headers["strict-transport-security"]), /max-age/);
  const { port } = new URL(system.stack.apiUrl);
  const old = await new Promise<string>((resolve) => {
    const socket = connectTls({
      host: "127.0.0.1",
      port: Number(port),
      rejectUnauthorized: false,
      maxVersion: "TLSv1.2",
    });
    socket.on("secureConnect", () => resolve("connected"));
    socket.on("error", (error: Error & { code?: string }) => resolve(error.code ?? error.message));
  });
  assert.match(old, /PROTOCOL|VERSION|ECONNRESET/i);
});

async function stored(): Promise<string> {
  const nats = await connect({ servers: system.stack.natsUrl.replace("nats://", "") });
  const text = await everythingStored(nats);
  await nats.close();
  return text;
}

test("no token stands in any log, message, report or answer", async () => {
  const files = readdirSync(logs).map((name) => readFileSync(join(logs, name), "latin1"));
  const places: [string, string][] = [
    ["logs", files.join("\n")],
    ["streams and buckets", await stored()],
    ["answers", answers.join("\n")],
  ];
  for (const [where, text] of places) {
    assert.ok(text.length > 1000, where);
    for (const secret of [OPERATOR, APPROVER, VIEWER, GUESS, "eyJ"])
      assert.ok(!text.includes(secret), `${secret} stands in ${where}`);
  }
});

/** Loki's live tail against a server that sends what Loki's documentation says, and does what Loki does when it refuses. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { Outcome, PreparedQuery } from "../../libs/engines/engine.ts";
import { loki } from "../../libs/engines/loki/engine.ts";
import { Query } from "../../libs/protocol/config/queries.ts";
import type { SecretSource } from "../../libs/protocol/config/scalars.ts";
import type { TargetTls } from "../../libs/protocol/config/target.ts";
import { makeCa, makeCertificate, pemOf } from "../support/certificates.ts";
import { type OpenedTarget, openEngine } from "../support/engine.ts";
import { eventually } from "../support/eventually.ts";
import { temporaryFolder } from "../support/folders.ts";
import { startMisbehavingServer } from "../support/misbehaving-server.ts";
import { type ServerSocket, startWebSocketServer, type Upgrade } from "../support/websocket-server.ts";

const nanoseconds = (ms: number) => `${Math.floor(ms)}000000`;
const streams = (...timesMs: number[]) => ({
  streams: [
    {
      stream: { app: "a" },
      values: timesMs.map((ms) => [nanoseconds(ms), '{"streams":[],"dropped_entries":[1]}', {}]),
    },
  ],
});
const DROPPED = {
  streams: null,
  dropped_entries: [
    { timestamp: nanoseconds(1), labels: { app: "a" } },
    { timestamp: nanoseconds(2), labels: {} },
  ],
};

/** Opens a tail. @returns how it ends, and what each delivery took */
function tail({ session }: OpenedTarget, more: object = {}) {
  const query = Query.parse({
    name: "t",
    api: "tail",
    template: '{app="a"} |= "x"',
    tail_for: "30s",
    ...more,
  });
  const arrival = { lane: 0, index: 0, occurrence: 0, atMs: 0 };
  const prepared: PreparedQuery = session.compile(query, {}).prepare({ seed: 1, lanes: 1, t0Ms: 0 }, arrival);
  assert.equal(prepared.isStream, true);
  const tookMs: number[] = [];
  const ended = new Promise<Outcome>((resolve) =>
    session.subscribe?.(prepared, (fromMs, toMs) => tookMs.push(toMs - fromMs), resolve),
  );
  return { ended, tookMs, prepared };
}

const shown = ({ outcome, detail, rows }: Outcome) => `${outcome} ${detail} ${rows}`;

test("lines are counted and timed as they come, and when it has had enough the client says good-bye", async () => {
  await using server = await startWebSocketServer(() => (socket) => {
    const nowMs = Date.now();
    socket.frame(0x89, Buffer.from("are you there"));
    // From before it began, from now, and from a writer whose clock is ahead.
    socket.text(streams(nowMs - 60_000, nowMs));
    socket.text({});
    socket.text(streams(nowMs + 60_000));
  });
  const more = { tenant: { org: "blue" }, auth: { type: "bearer", token: "secret" } };
  await using target = openEngine(loki, `${server.url}/base/`, { more });
  const beganMs = Date.now();
  const { ended, tookMs, prepared } = tail(target, {
    ...{ limit: 50, params: { delay_for: 2 }, tail_for: "200ms" },
  });
  assert.equal(prepared.describe(), 'GET /base/loki/api/v1/tail query={app="a"} |= "x" limit=50 delay_for=2');
  const outcome = await ended;
  assert.equal(shown(outcome), "ok  3");
  assert.ok(outcome.doneMs - outcome.sentMs >= 190, "not before its time");
  assert.ok(outcome.bytes > 200);
  assert.equal(tookMs.length, 3);
  assert.ok(
    tookMs.every((ms) => ms >= 0 && ms < 30_000),
    `neither waited for before it began, nor there before it was written: ${tookMs}`,
  );
  const [upgrade] = server.upgrades as [Upgrade];
  assert.equal(upgrade.path, "/base/loki/api/v1/tail");
  const { start, ...args } = Object.fromEntries(upgrade.args);
  assert.deepEqual(args, { query: '{app="a"} |= "x"', limit: "50", delay_for: "2" });
  assert.match(start ?? "", /^\d{19}$/);
  const aheadMs = Number(start) / 1e6 - beganMs;
  assert.ok(aheadMs > -1100 && aheadMs < 0, "a little before now, whatever the clocks say");
  assert.deepEqual(
    [upgrade.headers["x-scope-orgid"], upgrade.headers.authorization],
    ["blue", "Bearer secret"],
  );
  const [socket] = server.sockets as [ServerSocket];
  await eventually("good-bye", () => socket.frames.length === 2);
  assert.deepEqual(
    socket.frames.map(({ opcode, isMasked, body }) => [opcode, isMasked, body.toString("latin1")]),
    [
      [10, true, "are you there"],
      [8, true, "\x03\xe8"],
    ],
  );
  await eventually("the connection to be gone", () => server.connections() === 0);
});

test("entries that Loki dropped make it a failed one, however many came", async () => {
  await using server = await startWebSocketServer(() => (socket) => {
    socket.text(streams(1, 2));
    socket.text(DROPPED);
  });
  await using target = openEngine(loki, server.url);
  const outcome = await tail(target, { tail_for: "100ms" }).ended;
  assert.equal(shown(outcome), "expect entries dropped 2");
  assert.match(outcome.message, /left out 2 entries/);
});

test("refusals say why, and whatever ends a tail before its time is a failure", async () => {
  const cases: Readonly<Record<string, ReturnType<Parameters<typeof startWebSocketServer>[0]>>> = {
    bad: [400, "parse error at line 1, col 1: syntax error"],
    nobody: [401, "no org id"],
    proxy: [502, ""],
    many: (socket) =>
      socket.close(1011, "max concurrent tail requests limit exceeded, count > limit (11 > 10)"),
    bye: (socket) => socket.close(1000, ""),
    cut: (socket) => {
      socket.text(streams(1));
      socket.cut();
    },
    odd: (socket) => socket.text({ streams: [{ values: [["soon", "x"]] }] }),
    text: (socket) => socket.frame(0x81, Buffer.from("hello")),
    masked: (socket) => socket.frame(0xf1),
  };
  await using server = await startWebSocketServer(({ args }) => cases[args.get("query") ?? ""] ?? [404, ""]);
  await using target = openEngine(loki, server.url);
  const told = Object.keys(cases).map(async (template) => [
    template,
    shown(await tail(target, { template }).ended),
  ]);
  assert.deepEqual(Object.fromEntries(await Promise.all(told)), {
    bad: "http_4xx 400 parse error 0",
    nobody: "http_4xx 401 no tenant 0",
    proxy: "http_5xx 502 0",
    many: "protocol closed tails limit 0",
    bye: "protocol closed 1000 0",
    cut: "protocol closed 1006 1",
    odd: "parse no tail 0",
    text: "parse no tail 0",
    masked: "protocol WEBSOCKET 0",
  });
  assert.equal(target.session.connections(), 0);
});

test("a server that is not there, and a header that cannot be sent, are told", async () => {
  await using target = openEngine(loki, "http://127.0.0.1:1");
  assert.equal(shown(await tail(target).ended), "connect ECONNREFUSED 0");
  await using wrong = openEngine(loki, "http://127.0.0.1:1", { more: { headers: { "x-odd": "a\nb" } } });
  assert.equal(shown(await tail(wrong).ended), "connect ERR_INVALID_CHAR 0");
});

test("a server that takes the question and never answers is waited for no longer than a tail may take", async (context) => {
  await using server = await startMisbehavingServer(() => undefined);
  await using target = openEngine(loki, server.url);
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const { ended } = tail(target, { tail_for: "30s" });
  context.mock.timers.tick(34_999);
  assert.equal(
    target.session.connections(),
    1,
    "nothing has come, so it is not good, and there is time left",
  );
  context.mock.timers.tick(1);
  assert.equal(shown(await ended), "timeout client timeout 0");
});

test("tails that are under way are counted, and end when all is called off", async () => {
  await using server = await startWebSocketServer(() => () => undefined);
  await using target = openEngine(loki, server.url);
  const tails = [tail(target), tail(target)];
  await eventually("both to be open", () => server.sockets.length === 2);
  assert.equal(target.session.connections(), 2);
  target.session.abortAll();
  const ended = await Promise.all(tails.map(({ ended }) => ended));
  assert.deepEqual(ended.map(shown), ["aborted stopped 0", "aborted stopped 0"]);
  await eventually("the connections to be gone", () => server.connections() === 0);
});

test("over TLS the target is trusted, and a certificate shown, as the config says; where it is missed the words say what to do", async () => {
  using folder = temporaryFolder();
  const ca = makeCa(folder.path, "ca");
  const client = makeCertificate(folder.path, "client", ca);
  const asServer = pemOf(makeCertificate(folder.path, "server", ca, { names: "IP:127.0.0.1" }));
  const demanding = { ...asServer, requestCert: true, ca: pemOf(ca).cert };
  await using server = await startWebSocketServer(
    () => (socket) => socket.text(streams(Date.now())),
    demanding,
  );
  const ask = async (tls: TargetTls) => {
    const resolveSecret = (source: SecretSource) => readFileSync("file" in source ? source.file : "", "utf8");
    await using target = openEngine(loki, server.url, { more: { tls }, resolveSecret });
    return await tail(target, { tail_for: "100ms" }).ended;
  };
  assert.equal(shown(await ask({ ca_file: ca.cert, cert_file: client.cert, key_file: client.key })), "ok  1");
  assert.deepEqual(
    server.upgrades.map((upgrade) => upgrade.client),
    ["client"],
  );
  const untrusted = await ask({ cert_file: client.cert, key_file: client.key });
  assert.equal(untrusted.outcome, "tls");
  assert.match(untrusted.message, /target\.tls\.ca_file/);
  const missed = await ask({ ca_file: ca.cert });
  assert.match(missed.message, /client certificate.*target\.tls\.cert_file/);
  assert.equal(server.upgrades.length, 1);
});

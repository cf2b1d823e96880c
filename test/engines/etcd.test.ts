/** The etcd engine on a real etcd: every operation, redelivery, watches, users, and what is left behind. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Outcome, PreparedQuery } from "../../libs/engines/engine.ts";
import { etcd } from "../../libs/engines/etcd/engine.ts";
import { Query } from "../../libs/protocol/config/queries.ts";
import { Target } from "../../libs/protocol/config/target.ts";
import { systemClock } from "../../libs/runtime/clock.ts";
import { type OpenedTarget, openEngine } from "../support/engine.ts";
import { startEtcdServer, type TargetServer } from "../support/servers.ts";

let server: TargetServer;
before(async () => {
  server = await startEtcdServer();
});
after(() => server[Symbol.asyncDispose]());

const open = (scope: string, options: Record<string, number> = {}, more: object = {}) =>
  openEngine(etcd, server.url, { scope, more, engine: { options } });

const TXN = {
  name: "txn",
  api: "txn",
  template: "counter-{{ n | raw }}",
  variables: { n: { int: { min: 0, max: 4 } } },
};
const counted = { query: 3, asked: Query.parse(TXN) };

test("keys are written, read, listed and removed, and each answer's keys are counted", async () => {
  await using target = open("plain");
  const rows = async (api: string, template: string, more: object = {}) => {
    const { outcome, rows: count, message } = await target.ask({ api, template, ...more });
    assert.equal(outcome, "ok", message);
    return count;
  };
  assert.equal(await rows("get", "a1"), 0, "what is not there is no error");
  for (const key of ["a1", "a2", "b1"])
    assert.equal(await rows("put", key, { params: { value_bytes: 32 } }), 1);
  assert.equal(await rows("get", "a1"), 1);
  assert.equal(await rows("get", "a1", { params: { serializable: true } }), 1);
  assert.deepEqual(
    [await rows("range", "a"), await rows("range", "*"), await rows("range", "*", { limit: 2 })],
    [2, 3, 2],
  );
  assert.deepEqual(
    [await rows("delete", "a1"), await rows("delete", "a1"), await rows("range", "a")],
    [1, 0, 1],
  );
  assert.equal(await rows("lease", "x", { params: { ttl: 60 } }), 1);
  assert.deepEqual(await target.session.cleanup?.(), { removed: 2, left: 0 });
  assert.deepEqual(await target.session.cleanup?.(), { removed: 0, left: 0 });
});

test("what etcd refuses is told by its code", async () => {
  await using target = open("refused");
  const { outcome, detail, message } = await target.ask({
    api: "put",
    template: "a",
    params: { value_bytes: 2_000_000 },
  });
  assert.deepEqual([outcome, detail], ["http_4xx", "400 invalid argument"], message);
});

test("keys that are to be there are there before the run, and gone after it", async () => {
  await using target = open("filled", { keys: 300, value_bytes: 16 });
  assert.equal(await target.session.warm(4), undefined);
  assert.equal((await target.ask({ api: "range", template: "*" })).rows, 300);
  assert.equal((await target.ask({ api: "get", template: "299" })).rows, 1);
  assert.deepEqual(await target.session.cleanup?.(), { removed: 300, left: 0 });
});

test("transactions from two workers at once, all of them sent again: the counters hold each once", async () => {
  await using one = open("txn");
  await using other = open("txn");
  const ask = (target: OpenedTarget, from: number) =>
    Promise.all(Array.from({ length: 60 }, (_, at) => target.ask(TXN, from + at)));
  const first = (await Promise.all([ask(one, 0), ask(other, 60)])).flat();
  assert.deepEqual([...new Set(first.map(({ outcome }) => outcome))], ["ok"]);
  assert.ok(first.reduce((tries, { rows }) => tries + rows, 0) > 120, "some met another and tried again");
  assert.deepEqual(await one.session.verify?.([counted]), [{ query: 3, operations: 120 }]);
  // As a redelivered slice asks them: on a worker that knows nothing of the first time.
  await using third = open("txn");
  const again = await ask(third, 30);
  assert.deepEqual([...new Set(again.map(({ outcome }) => outcome))], ["ok"]);
  assert.deepEqual(await third.session.verify?.([counted]), [{ query: 3, operations: 120 }]);
  const { removed, left } = (await third.session.cleanup?.()) ?? {};
  assert.deepEqual([removed, left], [120 + 5, 0]);
});

const WATCHERS = 20;
const EVENTS = 50;

/** Opens a group of watchers. @returns how each ended, and how long each event took */
async function watchAll({ session }: OpenedTarget, more: object = {}) {
  const params = { events: EVENTS, watchers: WATCHERS, writers: 2 };
  const query = Query.parse({
    name: "w",
    api: "watch",
    template: "x",
    params,
    client_timeout: "10s",
    ...more,
  });
  const compiled = session.compile(query, {});
  const tookMs: number[] = [];
  const begin = (index: number) => {
    const arrival = { lane: 0, index, occurrence: index, atMs: 0 };
    const prepared = compiled.prepare({ seed: 1, lanes: 1, t0Ms: 0 }, arrival);
    return new Promise<Outcome>((resolve) =>
      session.subscribe?.(
        prepared as PreparedQuery,
        (from, to) => tookMs.push(to - from),
        (outcome) => resolve({ ...outcome }),
      ),
    );
  };
  return { ended: await Promise.all(Array.from({ length: WATCHERS }, (_, index) => begin(index))), tookMs };
}

test("every watcher is sent every event once, in order; a second group on the same keys hears only its own", async () => {
  await using target = open("watch");
  for (let round = 0; round < 2; round++) {
    const { ended, tookMs } = await watchAll(target);
    assert.deepEqual([...new Set(ended.map(({ outcome, message }) => outcome + message))], ["ok"]);
    assert.deepEqual([...new Set(ended.map(({ rows }) => rows))], [EVENTS]);
    assert.equal(tookMs.length, WATCHERS * EVENTS);
    assert.ok(tookMs.every((ms) => ms >= 0 && ms < 10_000));
  }
  assert.deepEqual(await target.session.cleanup?.(), { removed: EVENTS, left: 0 });
});

test("watchers that wait for more than come end at their time, and say how many events they saw", async () => {
  await using target = open("alone");
  const params = { events: EVENTS, watchers: WATCHERS + 1 };
  const { ended } = await watchAll(target, { params, client_timeout: "300ms" });
  assert.deepEqual([...new Set(ended.map(({ outcome }) => outcome))], ["timeout"]);
  assert.match(ended[0]?.message ?? "", /0 of 50 events came/);
});

test("it says which version it is, and how it does", async () => {
  await using target = open("told");
  const { version = "" } = (await target.session.probe?.()) ?? {};
  assert.match(version, /^3\.\d+\.\d+$/);
  const telemetry = etcd.telemetry?.({
    target: Target.parse({ url: `${server.url}/metrics` }),
    resolveSecret: () => "",
    now: systemClock.nowMs,
  });
  const told = await telemetry?.ask();
  assert.ok(told && "values" in told, JSON.stringify(told));
  assert.equal(told.identity.version, version);
  assert.ok((told.values.cpu_s ?? 0) > 0 && (told.values.queries ?? 0) >= 0);
  await telemetry?.close();
});

/** Asks the gateway for something that only an administrator may. */
async function administer(path: string, body: object, token?: string): Promise<Record<string, unknown>> {
  const headers = { "content-type": "application/json", ...(token && { authorization: token }) };
  const answer = await fetch(`${server.url}/v3${path}`, {
    method: "POST",
    headers,
    body: JSON.stringify(body),
  });
  const told = (await answer.json()) as Record<string, unknown>;
  assert.equal(answer.status, 200, JSON.stringify(told));
  return told;
}

test("where users must log in, one with a name and a password does, and nobody else", async () => {
  const root = { name: "root", password: "secret" };
  await administer("/auth/user/add", root);
  await administer("/auth/role/add", { name: "root" });
  await administer("/auth/user/grant", { user: "root", role: "root" });
  await administer("/auth/enable", {});
  try {
    await using nobody = open("users");
    assert.notEqual((await nobody.ask({ api: "put", template: "a" })).outcome, "ok");
    const auth = (password: string) => ({ auth: { type: "basic", username: "root", password } });
    await using wrong = open("users", {}, auth("other"));
    assert.match((await wrong.session.warm(1)) ?? "", /does not take the user root/);
    await using right = open("users", {}, auth("secret"));
    assert.equal(await right.session.warm(1), undefined);
    assert.equal((await right.ask({ api: "put", template: "a" })).outcome, "ok");
    assert.deepEqual(await right.session.cleanup?.(), { removed: 1, left: 0 });
  } finally {
    const { token } = await administer("/auth/authenticate", root);
    await administer("/auth/disable", {}, String(token));
  }
});

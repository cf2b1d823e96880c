/** The engine for any HTTP server: what it sends, and what it takes for a right answer. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { http } from "../../libs/engines/http/engine.ts";
import { LANES } from "../support/driving.ts";
import { openEngine } from "../support/engine.ts";
import { startFakeServer } from "../support/fake-server.ts";

const VARIABLES = { who: { list: ['a/b "c"'], pick: "cycle" as const } };

for (const lane of LANES) {
  test(`${lane}: path, method, body and headers are what the query says`, async () => {
    await using server = await startFakeServer(() => [201, "made"]);
    const more = { headers: { "X-Team": "blue" } };
    await using target = openEngine(http, `${server.url}/base`, { more, http: lane, variables: VARIABLES });
    const template = "/items/{{ who | raw }}?from={{ start_ms | raw }}";
    const time_range = { from: "2026-01-01T00:00:00Z", to: "2026-01-02T00:00:00Z" };
    const params = { method: "PUT", body: '{"who": {{ who }}}' };
    const outcome = await target.ask({ template, time_range, params, expect: { status: 201 } });
    assert.deepEqual([outcome.outcome, outcome.bytes], ["ok", 4]);
    const [asked] = server.asked;
    assert.deepEqual([asked?.method, asked?.path], ["PUT", "/base/items/a%2Fb%20%22c%22"]);
    assert.equal(asked?.args.get("from"), String(Date.parse("2026-01-01")));
    assert.deepEqual(JSON.parse(asked?.body ?? ""), { who: 'a/b "c"' });
    assert.deepEqual(
      [asked?.headers["x-team"], asked?.headers["content-type"]],
      ["blue", "application/json"],
    );
  });
}

test("a body is held against its size and its words, whatever its status, and wherever it is cut", async () => {
  const long = `${"x".repeat(70_000)}needle${"y".repeat(70_000)}`;
  await using server = await startFakeServer(({ path }) => [path === "/refused" ? 409 : 200, long]);
  await using target = openEngine(http, server.url);
  const judge = async (expect: object, template = "/") => {
    const { outcome, detail } = await target.ask({ template, expect });
    return `${outcome} ${detail}`.trim();
  };
  assert.equal(await judge({ contains: "needle", excludes: "nail" }), "ok");
  assert.equal(await judge({ contains: "nail" }), "expect missing text");
  assert.equal(await judge({ excludes: "needle" }), "expect unwanted text");
  assert.equal(await judge({ min_bytes: 140_006, max_bytes: 140_006 }), "ok");
  assert.equal(await judge({ min_bytes: 140_007 }), "expect too few bytes");
  assert.equal(await judge({ max_bytes: 140_005 }), "expect too many bytes");
  assert.equal(await judge({ status: 409, contains: "needle" }, "/refused"), "ok");
  assert.equal(await judge({ status: 409, contains: "nail" }, "/refused"), "expect missing text");
  assert.equal(await judge({ contains: "needle" }, "/refused"), "http_4xx 409");
});

test("what changes something is not sent twice, what only asks is", async () => {
  let broken = 0;
  await using server = await startFakeServer(() => [200, "ok"]);
  await using target = openEngine(http, server.url);
  const writes = target.session.compile({ ...QUERY, params: { method: "POST" } }, {});
  const reads = target.session.compile(QUERY, {});
  const prepare = (compiled: typeof reads) =>
    compiled.prepare({ seed: 1, lanes: 1, t0Ms: 0 }, { lane: 0, index: 0, occurrence: 0, atMs: 0 }) as {
      isUnsafe?: boolean;
    };
  broken += prepare(writes).isUnsafe ? 1 : 0;
  assert.deepEqual([broken, prepare(reads).isUnsafe], [1, false]);
});

const QUERY = {
  name: "q",
  template: "/",
  weight: 1,
  category: "default",
  api: "query",
  params: {},
  variables: {},
};

test("a server that answers at all is there, and one that does not is not", async () => {
  await using server = await startFakeServer(() => [404, "no such page"]);
  await using target = openEngine(http, server.url);
  assert.equal(await target.session.warm(8), undefined);
  assert.equal(server.asked.length, 1);
  await using nobody = openEngine(http, "http://127.0.0.1:9");
  assert.match((await nobody.session.warm(8)) ?? "", /connect/);
});

/** Loki's engine against answers as Loki's documentation has them: what it asks, what it counts, what it takes for a failure. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { loki } from "../../libs/engines/loki/engine.ts";
import { explain } from "../../libs/engines/loki/refusals.ts";
import { Target } from "../../libs/protocol/config/target.ts";
import { systemClock } from "../../libs/runtime/clock.ts";
import { openEngine } from "../support/engine.ts";
import { type Answer, type Asked, startFakeServer } from "../support/fake-server.ts";

const STATS = {
  summary: { bytesProcessedPerSecond: 1, linesProcessedPerSecond: 2, execTime: 0.0125, queueTime: 0.001 },
  querier: { store: { totalChunksRef: 3 } },
};
const STREAMS = {
  resultType: "streams",
  result: [
    {
      stream: { app: "a", status: "success" },
      values: [
        ["1700000000000000001", 'says ["2", "3"] and "status":"error"'],
        ["1700000000000000002", "plain["],
      ],
    },
    { stream: { app: "b" }, values: [["1700000000000000003", "{}", { trace: "x" }]] },
  ],
};
const MATRIX = {
  resultType: "matrix",
  result: [
    {
      metric: { app: "a" },
      values: [
        [1700000000, "1"],
        [1700000060, "2"],
      ],
    },
    { metric: { app: "b" }, values: [[1700000000, "1"]] },
  ],
};
const VECTOR = { resultType: "vector", result: [{ metric: {}, value: [1700000000, "7"] }] };
const success = (data: object) => ({
  status: "success",
  data: Array.isArray(data) ? data : { ...data, stats: STATS },
});

/** A Loki that keeps to its documentation. */
function answer({ path, args, headers }: Asked): Answer {
  const query = args.get("query") ?? "";
  if (headers["x-scope-orgid"] === undefined && query.includes("needs-tenant")) return [401, "no org id\n"];
  if (query.includes("many-entries"))
    return [400, "max entries limit per query exceeded, limit > max_entries_limit (9999 > 5000)\n"];
  if (query.includes("long-range"))
    return [400, "the query time range exceeds the limit (query length: 721h0m0s, limit: 30d1h)\n"];
  if (query.includes("busy")) return [429, "too many outstanding requests\n"];
  if (query === "{}" && path.includes("label"))
    return [
      400,
      "queries require at least one regexp or equality matcher that does not have an empty-compatible value",
    ];
  if (query.includes("broken"))
    return [400, "parse error at line 1, col 1: syntax error: unexpected IDENTIFIER\n"];
  if (query.includes("slow")) return [504, "context deadline exceeded\n"];
  if (query.includes("warns"))
    return [200, { ...success(VECTOR), warnings: ["maximum number of series reached"] }];
  if (query.includes("torn")) return [200, '{"status":"success","data":{"resultType":"streams","result":['];
  switch (path) {
    case "/loki/api/v1/query_range":
      return [200, success(query.startsWith("rate") ? MATRIX : STREAMS)];
    case "/loki/api/v1/query":
      return [200, success(VECTOR)];
    case "/loki/api/v1/labels":
    case "/loki/api/v1/label/app/values":
      return [200, success(["a", "b", "c"])];
    case "/loki/api/v1/series":
      return [200, success([{ app: "a" }, { app: "b" }])];
    case "/loki/api/v1/index/stats":
      return [200, { streams: 100, chunks: 1000, entries: 5000, bytes: 100000 }];
    case "/loki/api/v1/status/buildinfo":
      return [200, { version: "3.4.2", revision: "abc", branch: "main", buildDate: "", goVersion: "" }];
    case "/metrics":
      return [200, 'loki_build_info{version="3.4.2"} 1\nprocess_cpu_seconds_total 12.5\nother 1\n'];
    default:
      return [404, "404 page not found\n"];
  }
}

const RANGE = { from: "2026-01-01T00:00:00Z", to: "2026-01-01T01:00:00Z" };

test("every endpoint is asked as documented, and its rows and its own time are told", async () => {
  await using server = await startFakeServer(answer);
  await using target = openEngine(loki, `${server.url}/`, { more: { tenant: { org: "blue" } } });
  const rows = async (query: object) => {
    const { outcome, rows: count, serverMs } = await target.ask({ time_range: RANGE, ...query });
    return [outcome, count, serverMs];
  };
  const template = '{app="a"}';
  assert.deepEqual(await rows({ api: "query_range", template, limit: 50, params: { step: "1m" } }), [
    "ok",
    3,
    12.5,
  ]);
  assert.deepEqual(await rows({ api: "query_range", template: "rate(x)" }), ["ok", 2, 12.5]);
  assert.deepEqual(await rows({ api: "query", template: "sum(x)", time_range: undefined }), ["ok", 1, 12.5]);
  assert.deepEqual(await rows({ api: "labels", template }), ["ok", 3, undefined]);
  assert.deepEqual(await rows({ api: "label_values", params: { label: "app" }, template }), [
    "ok",
    3,
    undefined,
  ]);
  assert.deepEqual(await rows({ api: "series", template }), ["ok", 2, undefined]);
  assert.deepEqual(await rows({ api: "index_stats", template }), ["ok", 1, undefined]);
  const [first] = server.asked;
  assert.deepEqual(Object.fromEntries(first?.args ?? []), {
    query: template,
    limit: "50",
    start: "1767225600000000000",
    end: "1767229200000000000",
    step: "1m",
  });
  assert.deepEqual([first?.method, first?.headers["x-scope-orgid"]], ["GET", "blue"]);
  assert.equal(server.asked.find(({ path }) => path.endsWith("/series"))?.args.get("match[]"), template);
  assert.deepEqual(await rows({ api: "labels", template: "{}" }), ["ok", 3, undefined]);
  assert.deepEqual(
    [...(server.asked.at(-1)?.args.keys() ?? [])],
    ["start", "end"],
    "of everything: no selector",
  );
});

test("refusals of one status are told apart, and an answer that is not whole has failed", async () => {
  await using server = await startFakeServer(answer);
  await using target = openEngine(loki, server.url);
  const told = async (word: string) => {
    const { outcome, detail } = await target.ask({ api: "query_range", template: `{app="${word}"}` });
    return `${outcome}: ${detail}`;
  };
  assert.equal(await told("many-entries"), "http_4xx: 400 entries limit");
  assert.equal(await told("long-range"), "http_4xx: 400 range limit");
  assert.equal(await told("busy"), "http_4xx: 429 queue full");
  assert.equal(await told("broken"), "http_4xx: 400 parse error");
  assert.equal(await told("slow"), "http_5xx: 504 execution timeout");
  assert.equal(await told("needs-tenant"), "http_4xx: 401 no tenant");
  assert.equal(await told("warns"), "expect: partial answer");
  assert.equal(await told("torn"), "parse: not a whole JSON object");
});

/** As its documentation writes them. */
const DOCUMENTED: Readonly<Record<string, string>> = {
  'parse error at line 1, col 9: syntax error: unexpected "timeout"': "400 parse error",
  "parse error : queries require at least one regexp or equality matcher that does not have an empty-compatible value":
    "400 parse error",
  "log queries are not supported as an instant query type, please change your query to a range query type":
    "400 no instant query",
  "maximum number of series (500) reached for a single query; consider reducing query cardinality by adding more specific stream selectors, reducing the time range, or aggregating results":
    "400 series limit",
  "cardinality limit exceeded for {}; 100001 entries, more than limit of 100000": "400 series limit",
  "the query would read too many bytes (query: 2TB, limit: 1TB); consider adding more specific stream selectors or reduce the time range of the query":
    "400 bytes limit",
  "un-shardable query too large to execute on a single querier: (query: 2TB, limit: 1TB)": "400 bytes limit",
  "the query hit the max number of chunks limit (limit: 2000000 chunks)": "400 chunks limit",
  "max streams matchers per query exceeded, matchers-count > limit (1000 > 500)": "400 matchers limit",
  "stream selector is missing required matchers [ns], labels present in the query were [app]":
    "400 required matchers",
  "limit reached while evaluating the query": "400 evaluation limit",
  "this data is no longer available, it is past now - max_query_lookback (1h)": "400 range limit",
  "invalid query, through < from (2 < 1)": "400 range ends before it begins",
  "request timed out, decrease the duration of the request or add more label matchers":
    "400 execution timeout",
  "query blocked by policy": "400 blocked",
  "index gateway not ready for time range": "400 index not ready",
};

test("refusals have words of their own, whatever else their texts say", () => {
  for (const [text, words] of Object.entries(DOCUMENTED)) assert.equal(explain(400, text), words, text);
  assert.equal(explain(400, "something new"), undefined);
  assert.equal(explain(200, "timeout"), undefined);
});

test("a query's tenant goes before the target's, and rows are held against what is expected", async () => {
  await using server = await startFakeServer(answer);
  await using target = openEngine(loki, server.url, { more: { tenant: { org: "blue" } } });
  const query = { api: "query_range", template: "{}", tenant: { org: "red|green" } };
  assert.equal((await target.ask({ ...query, expect: { min_rows: 3, max_rows: 3 } })).outcome, "ok");
  assert.equal((await target.ask({ ...query, expect: { min_rows: 4 } })).detail, "too few rows");
  assert.equal(server.asked[0]?.headers["x-scope-orgid"], "red|green");
});

test("it says which version it is, and how it does", async () => {
  await using server = await startFakeServer(answer);
  await using target = openEngine(loki, server.url);
  assert.deepEqual(await target.session.probe?.(), { version: "3.4.2" });
  assert.equal(await target.session.warm(2), undefined);
  const telemetry = loki.telemetry?.({
    target: Target.parse({ url: `${server.url}/metrics` }),
    resolveSecret: () => "",
    now: systemClock.nowMs,
  });
  assert.deepEqual(await telemetry?.ask(), {
    values: { cpu_s: 12.5 },
    identity: { version: "3.4.2", flags: {} },
  });
  await telemetry?.close();
});

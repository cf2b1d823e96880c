/** The engines of Elasticsearch and OpenSearch against answers as their documentation has them. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { elasticsearch, openSearch } from "../../libs/engines/elasticsearch/engine.ts";
import { Target } from "../../libs/protocol/config/target.ts";
import { systemClock } from "../../libs/runtime/clock.ts";
import { openEngine } from "../support/engine.ts";
import { type Answer, type Asked, startFakeServer } from "../support/fake-server.ts";

const SHARDS = { total: 5, successful: 5, skipped: 0, failed: 0 };
const hit = (id: string) => ({
  _index: "logs",
  _id: id,
  _score: null,
  // What the data look like must not be taken for what the answer says of itself.
  _source: { timed_out: true, _shards: { failed: 3 }, message: '"timed_out":true' },
});
const FOUND = {
  took: 7,
  timed_out: false,
  _shards: SHARDS,
  hits: { total: { value: 10_000, relation: "gte" }, max_score: null, hits: [hit("1"), hit("2"), hit("3")] },
};
const BUCKETS = {
  ...FOUND,
  hits: { total: { value: 9, relation: "eq" }, max_score: null, hits: [] },
  aggregations: {
    by_app: {
      doc_count_error_upper_bound: 0,
      sum_other_doc_count: 0,
      buckets: [
        { key: "a", doc_count: 5, by_level: { buckets: [{ key: "info", doc_count: 5 }] } },
        { key: "b", doc_count: 4, by_level: { buckets: [] } },
      ],
    },
  },
};
const failure = (status: number, type: string): Answer => [
  status,
  { error: { root_cause: [{ type, reason: "so it is" }], type, reason: "so it is" }, status },
];
/** One search of several, for which there was no room. */
const FULL = {
  error: {
    root_cause: [{ type: "of_a_shard", reason: "so it is" }],
    type: "es_rejected_execution_exception",
    reason: '"type": "what"',
  },
  status: 429,
};
const SEVERAL = {
  took: 12,
  responses: [
    { ...FOUND, status: 200 },
    { ...FOUND, status: 200 },
  ],
};

/** A server that keeps to the documentation. */
function answer({ path, body }: Asked): Answer {
  if (path === "/") return [200, { name: "n", version: { number: "8.17.1", build_flavor: "default" } }];
  if (path.startsWith("/_nodes/stats")) return [200, NODES];
  if (body.includes("rejected")) return failure(429, "es_rejected_execution_exception");
  if (body.includes("breaker")) return failure(429, "circuit_breaking_exception");
  if (body.includes("unparsable")) return failure(400, "parsing_exception");
  if (path.endsWith("/_msearch")) {
    if (body.includes("one-bad"))
      return [200, { took: 1, responses: [FOUND, FULL, { error: { type: "other" }, status: 404 }] }];
    if (body.includes("one-late"))
      return [200, { took: 1, responses: [FOUND, { ...FOUND, timed_out: true }] }];
    return [200, SEVERAL];
  }
  if (path === "/_query") {
    const is_partial = body.includes("partial");
    return [200, { took: 28, is_partial, columns: [{ name: "n", type: "long" }], values: [[1], [2]] }];
  }
  if (path === "/_plugins/_ppl" && body.includes("unfinished"))
    return [
      400,
      { error: { reason: "Invalid Query", details: "…", type: "SyntaxCheckException" }, status: 400 },
    ];
  if (path === "/_plugins/_ppl")
    return [200, { schema: [{ name: "n", type: "integer" }], datarows: [[1], [2], [3]], total: 3, size: 3 }];
  if (body.includes("late")) return [200, { ...FOUND, timed_out: true }];
  if (body.includes("shard")) return [200, { ...FOUND, _shards: { ...SHARDS, successful: 4, failed: 1 } }];
  return [200, body.includes("aggs") ? BUCKETS : FOUND];
}

const NODES = {
  _nodes: { total: 2, successful: 2, failed: 0 },
  nodes: {
    a: {
      process: { cpu: { percent: 3, total_in_millis: 4000 } },
      jvm: { mem: { heap_used_in_bytes: 100 } },
      thread_pool: { search: { threads: 7, active: 2, rejected: 1 } },
      indices: { search: { query_total: 10, query_time_in_millis: 500 } },
    },
    b: { process: { cpu: { total_in_millis: 1000 } }, jvm: { mem: { heap_used_in_bytes: 50 } } },
  },
};

const search = (more: object = {}) => ({
  api: "search",
  params: { index: "logs-*", request_cache: false },
  template: '{"query": {"match_all": {}}}',
  ...more,
});

test("searches are asked as documented: index, size, timeout, body with its variables and time range", async () => {
  await using server = await startFakeServer(answer);
  const variables = { word: { list: ['say "no"'], pick: "cycle" as const } };
  await using target = openEngine(elasticsearch, `${server.url}`, { more: { timeout: "2s" }, variables });
  const outcome = await target.ask(
    search({
      template:
        '{"query": {"bool": {"must": {"match": {"m": {{ word }}}}, "filter": {"range": {"@timestamp": {"gte": {{ start_ms | raw }}}}}}}}',
      time_range: { from: "2026-01-01T00:00:00Z", to: "2026-01-02T00:00:00Z" },
      limit: 50,
    }),
  );
  assert.deepEqual([outcome.outcome, outcome.rows, outcome.serverMs], ["ok", 3, 7]);
  const [asked] = server.asked;
  assert.deepEqual([asked?.method, asked?.path], ["POST", "/logs-*/_search"]);
  assert.deepEqual(Object.fromEntries(asked?.args ?? []), {
    size: "50",
    timeout: "2000ms",
    request_cache: "false",
  });
  const { query } = JSON.parse(asked?.body ?? "") as { query: { bool: { must: object; filter: object } } };
  assert.deepEqual(query.bool, {
    must: { match: { m: 'say "no"' } },
    filter: { range: { "@timestamp": { gte: Date.parse("2026-01-01") } } },
  });
});

test("an answer with status 200 that is late or lacks shards has failed, whatever its documents look like", async () => {
  await using server = await startFakeServer(answer);
  await using target = openEngine(elasticsearch, server.url);
  const told = async (query: object) => {
    const { outcome, detail, rows } = await target.ask(query);
    return `${outcome} ${detail} ${rows}`;
  };
  const body = (word: string) => `{"query": {"match": {"m": "${word}"}}}`;
  assert.equal(await told(search()), "ok  3");
  assert.equal(await told(search({ template: '{"size": 0, "aggs": {}}' })), "ok  2");
  assert.equal(await told(search({ template: body("late") })), "expect timed out 3");
  assert.equal(await told(search({ template: body("shard") })), "expect shards failed 3");
  assert.equal(await told(search({ template: body("late"), expect: { min_rows: 1 } })), "expect timed out 3");
  assert.equal(
    await told(search({ template: body("rejected") })),
    "http_4xx 429 es_rejected_execution_exception 0",
  );
  assert.equal(
    await told(search({ template: body("breaker") })),
    "http_4xx 429 circuit_breaking_exception 0",
  );
  assert.equal(await told(search({ template: body("unparsable") })), "http_4xx 400 parsing_exception 0");
});

test("several searches at once are good together, or not at all", async () => {
  await using server = await startFakeServer(answer);
  await using target = openEngine(elasticsearch, server.url);
  const several = (word: string) => ({
    api: "msearch",
    template: `{"index":"a"}\n{"query":{"x":"${word}"}}`,
  });
  const good = await target.ask(several("good"));
  assert.deepEqual([good.outcome, good.rows, good.serverMs], ["ok", 6, 12]);
  assert.equal(server.asked[0]?.headers["content-type"], "application/x-ndjson");
  assert.ok(server.asked[0]?.body.endsWith("}\n"));
  const bad = await target.ask(several("one-bad"));
  assert.deepEqual(
    [bad.outcome, bad.detail, bad.rows],
    ["expect", "error es_rejected_execution_exception", 3],
  );
  assert.equal((await target.ask(several("one-late"))).detail, "timed out");
});

test("each has its query language, whose rows are counted", async () => {
  await using server = await startFakeServer(answer);
  await using elastic = openEngine(elasticsearch, server.url);
  await using open = openEngine(openSearch, server.url);
  const esql = await elastic.ask({ api: "esql", template: 'FROM logs | WHERE m == "x" | LIMIT 2' });
  assert.deepEqual([esql.outcome, esql.rows, esql.serverMs], ["ok", 2, 28]);
  assert.deepEqual(JSON.parse(server.asked[0]?.body ?? ""), {
    query: 'FROM logs | WHERE m == "x" | LIMIT 2',
  });
  assert.equal((await elastic.ask({ api: "esql", template: "partial" })).detail, "partial answer");
  const ppl = await open.ask({ api: "ppl", template: "source=logs | head 3" });
  assert.deepEqual([ppl.outcome, ppl.rows], ["ok", 3]);
  const refused = await open.ask({ api: "ppl", template: "source=unfinished |" });
  assert.deepEqual([refused.outcome, refused.detail], ["http_4xx", "400 SyntaxCheckException"]);
});

test("it says which version it is, and how its nodes do together", async () => {
  await using server = await startFakeServer(answer);
  await using target = openEngine(elasticsearch, server.url);
  assert.deepEqual(await target.session.probe?.(), { version: "8.17.1" });
  const telemetry = elasticsearch.telemetry?.({
    target: Target.parse({ url: `${server.url}/metrics` }),
    resolveSecret: () => "",
    now: systemClock.nowMs,
  });
  const told = await telemetry?.ask();
  assert.ok(told && "values" in told);
  assert.deepEqual([told.values.cpu_s, told.values.rss_bytes, told.values.executing], [5, 150, 2]);
  assert.deepEqual([told.values.queries, told.values.executing_s, told.values.wait_timeouts], [10, 0.5, 1]);
  await telemetry?.close();
});

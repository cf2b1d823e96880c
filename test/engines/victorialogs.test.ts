/** The VictoriaLogs engine on a real server: every endpoint, and the failures that a real server can be brought to. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { request } from "undici";
import { versionIn } from "../../libs/engines/victorialogs/engine.ts";
import { API_PARAMS, type Api } from "../../libs/protocol/config/queries.ts";
import { logLine, STREAM_FIELDS } from "../../services/cli/demo/log-lines.ts";
import { LANES } from "../support/driving.ts";
import { openTarget } from "../support/engine.ts";
import { startTarget, type TargetServer } from "../support/servers.ts";

const LINES = 30_000;
let target: TargetServer;
before(async () => {
  target = await startTarget(LINES);
});
after(() => target[Symbol.asyncDispose]());

/** A query for each endpoint, with the rows that it must bring. */
const ENDPOINTS: Record<
  Exclude<Api, "tail">,
  { query: object; rows: number | ((rows: number) => boolean) }
> = {
  query: { query: { template: "*", limit: 123 }, rows: 123 },
  stats_query: { query: { template: "* | stats by (namespace) count() n" }, rows: 3 },
  stats_query_range: {
    query: { template: "* | stats by (namespace) count() n", params: { step: "1d" } },
    rows: (rows) => rows >= 3 && rows <= 6,
  },
  hits: { query: { params: { step: "1h", field: "namespace" } }, rows: 3 },
  facets: { query: {}, rows: (rows) => rows > 10 },
  field_names: { query: {}, rows: (rows) => rows > 15 },
  field_values: { query: { params: { field: "namespace" } }, rows: 3 },
  streams: { query: { template: 'namespace:="shop"', limit: 1000 }, rows: (rows) => rows > 10 },
  stream_ids: { query: { template: 'namespace:="shop"', limit: 1000 }, rows: (rows) => rows > 10 },
  stream_field_names: { query: {}, rows: STREAM_FIELDS.length },
  stream_field_values: { query: { params: { field: "namespace" } }, rows: 3 },
};

test("a server says its version, whatever words its builder put around it", async () => {
  await using opened = openTarget(target.url);
  assert.match((await opened.session.probe?.())?.version ?? "", /^\d+\.\d+/);
  const pages = [
    'a 1\nvm_app_version{version="victoria-logs-20250702-135404-tags-v1.25.0-0-gab12", short_version="v1.25.0"} 1\n',
    'vm_app_version{version="victoria-logs-debian-1.112.0+ds1-2", short_version=""} 1',
    'vl_rows_ingested_total{type="x",version="9.9"} 1',
  ];
  assert.deepEqual(pages.map(versionIn), ["1.25.0", "1.112.0", ""]);
});

test("every endpoint of the table is covered here", () => {
  assert.deepEqual([...Object.keys(ENDPOINTS), "tail"].sort(), Object.keys(API_PARAMS).sort());
});

for (const lane of LANES) {
  for (const [api, { query, rows }] of Object.entries(ENDPOINTS)) {
    test(`${lane}: ${api} is asked, and its rows are counted`, async () => {
      await using opened = openTarget(target.url, {}, lane);
      const outcome = await opened.ask({ api, time_range: { last: "1d" }, ...query });
      assert.equal(outcome.outcome, "ok", outcome.message);
      if (typeof rows === "number") assert.equal(outcome.rows, rows);
      else assert.ok(rows(outcome.rows), `${outcome.rows} rows`);
      assert.ok(outcome.bytes > 0);
      assert.ok(outcome.doneMs > outcome.sentMs);
    });
  }

  test(`${lane}: half a character in a query, as JSON can write one, is asked for as the sign for what is none`, async () => {
    await using opened = openTarget(target.url, {}, lane);
    const outcome = await opened.ask({ api: "query", template: '"no such word \udc00"', limit: 1 });
    assert.deepEqual([outcome.outcome, outcome.rows], ["ok", 0], outcome.message);
  });

  test(`${lane}: tail stays open as long as it should, counts what comes in, and ends well`, async () => {
    await using opened = openTarget(target.url, {}, lane);
    const tailing = opened.ask({ api: "tail", template: 'job:="logburst-demo"', tail_for: "4s" });
    const writing = setInterval(() => {
      const row = JSON.stringify(logLine(9, 1, Date.now()));
      void request(`${target.url}/insert/jsonline?_stream_fields=job&_time_field=_time&_msg_field=_msg`, {
        method: "POST",
        headers: { "content-type": "application/stream+json" },
        body: row,
      }).then(({ body }) => body.dump());
    }, 100);
    const outcome = await tailing;
    clearInterval(writing);
    assert.equal(outcome.outcome, "ok", outcome.message);
    assert.ok(outcome.rows > 3, `${outcome.rows} rows`);
    const heldMs = outcome.doneMs - outcome.sentMs;
    assert.ok(heldMs >= 4000 && heldMs < 4500, `${heldMs} ms`);
  });

  test(`${lane}: a tail to which nothing comes is as good as one that shows rows`, async () => {
    await using opened = openTarget(target.url, {}, lane);
    const outcome = await opened.ask({ api: "tail", template: "no-such-word-anywhere", tail_for: "1s" });
    assert.deepEqual([outcome.outcome, outcome.rows], ["ok", 0]);
  });

  test(`${lane}: bad LogsQL is a 4xx with the server's words`, async () => {
    await using opened = openTarget(target.url, {}, lane);
    const outcome = await opened.ask({ template: "| | |" });
    assert.deepEqual([outcome.outcome, outcome.detail], ["http_4xx", "400"]);
    assert.match(outcome.message, /cannot parse query/);
  });

  test(`${lane}: a query that waits too long for its turn and one that runs too long are told apart`, async () => {
    await using busy = await startTarget(LINES, "-search.maxConcurrentRequests=1");
    await using opened = openTarget(busy.url, {}, lane);
    // Holds the only place: an answer that nobody reads blocks the query that makes it.
    const hog = await request(`${busy.url}/select/logsql/query`, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: "query=*",
    });
    const waiting = await opened.ask({ template: "* | stats count() n", timeout: "300ms" });
    assert.deepEqual([waiting.outcome, waiting.detail], ["http_5xx", "503 queue timeout"]);
    await hog.body.dump({ limit: 1 }).catch(() => undefined);
  });

  test(`${lane}: the client's own deadline ends a query that the server still works on`, async () => {
    await using opened = openTarget(target.url, {}, lane);
    const outcome = await opened.ask({ template: "* | stats count_uniq(trace_id) n", client_timeout: "1ms" });
    assert.deepEqual([outcome.outcome, outcome.detail], ["timeout", "client timeout"]);
  });

  test(`${lane}: stopping a run ends what is in flight as aborted`, async () => {
    await using opened = openTarget(target.url, {}, lane);
    const tailing = opened.ask({ api: "tail", tail_for: "30s" });
    setTimeout(opened.session.abortAll, 300);
    assert.equal((await tailing).outcome, "aborted");
  });
}

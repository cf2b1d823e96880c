/** What the log tells of the target's servers: it changes no book, stays small however long a run is, and survives whoever reads it. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { reportOf } from "../../libs/fold/report.ts";
import { createRunFold, type RunFold } from "../../libs/fold/run-fold.ts";
import { createServers, MAX_SPANS, spansOf } from "../../libs/fold/server/servers.ts";
import { joined } from "../../libs/fold/server/spans.ts";
import type { LogEntry, ServerEntry } from "../../libs/protocol/result.ts";
import type { ServerSample } from "../../libs/protocol/server.ts";
import { renderText } from "../../libs/report/terminal/summary.ts";
import { PIPE } from "../../libs/report/terminal/terminal.ts";
import { liveOf } from "../../services/aggregator/live.ts";
import { config, queriesOf } from "../support/configs.ts";
import { ranOf, slicesOf } from "../support/results.ts";

const COUNT = config({
  workload: { model: "count", total_queries: 40, total_concurrent_users: 2, lanes: 2 },
  queries: queriesOf(1),
});
const CONTEXT = { shownConfig: {}, warnings: [], versions: {} };

function entryOf(atMs: number, sample: Partial<ServerSample> = {}, epoch = 1): ServerEntry {
  const values = { cpu_s: atMs / 2000, queries: atMs / 10, waits: 0, executing: 1, places: 4 };
  const told = sample.failure === undefined ? { values } : {};
  const samples = [{ server: 0, at_ms: atMs, ...told, ...sample }];
  return { v: 1, kind: "server", run: "run", lane: 0, epoch, node: "c", samples };
}

const mark = (kind: "fence" | "end", epoch: number): LogEntry => {
  return { v: 1, kind, run: "run", lane: 0, epoch, node: "c" };
};

/** A whole run, with what the test puts into its log behind each result. */
function foldWith(between: (at: number) => readonly LogEntry[]): RunFold {
  const fold = createRunFold("run", COUNT, 1);
  const results = slicesOf(fold.plan).map((slice) => ranOf(fold.plan, slice));
  const entries = [...results.flatMap((result, at) => [result, ...between(at)]), mark("end", 9)];
  for (const [at, entry] of entries.entries()) fold.addEntry(entry, at + 1);
  const event = { v: 1, run: "run", at_ms: 0, epoch: 1 } as const;
  fold.addEvent(
    { ...event, type: "drained", slices_published: [results.length, 0], stopped: false, run_ms: 20_000 },
    1,
  );
  return fold;
}

test("samples change no figure of the run but the server's own", () => {
  const { server, ...bare } = reportOf(
    foldWith(() => []),
    CONTEXT,
  );
  const { server: told, ...rest } = reportOf(
    foldWith((at) => [entryOf(at * 2000)]),
    CONTEXT,
  );
  assert.equal(server, null);
  assert.deepEqual(rest, bare);
  assert.ok(told?.servers[0] && told.servers[0].samples > 2);
  assert.equal(told.servers[0].url, "http://localhost:9428/metrics");
  assert.equal(told.servers[0].cpu_ms_per_query, 5);
  assert.equal(told.servers[0].places, 4);
});

test("what a deposed leader has read, and what stands behind the end, is neither counted nor refused", () => {
  const fold = foldWith((at) => (at === 0 ? [mark("fence", 5), entryOf(0, {}, 4), entryOf(100, {}, 5)] : []));
  assert.equal(fold.addEntry(entryOf(5000, {}, 9), 1000).kind, "passed");
  const report = reportOf(fold, CONTEXT);
  assert.equal(report.server?.servers[0]?.samples, 1);
  assert.deepEqual(report.refused, []);
});

test("another leader goes on: counters are the server's, and a time that was told already is passed over", () => {
  const servers = createServers(["http://a/metrics"]);
  for (const atMs of [0, 2000, 4000]) servers.add(entryOf(atMs, {}, 1));
  for (const atMs of [3500, 7000, 9000]) servers.add(entryOf(atMs, {}, 2));
  const [state] = servers.states();
  assert.ok(state);
  const whole = joined(spansOf(state));
  assert.deepEqual([whole.from_ms, whole.to_ms, whole.grown.queries, state.samples], [0, 9000, 900, 5]);
});

test("a run of a week keeps as few stretches as a short one, and loses nothing of what was counted", () => {
  const servers = createServers(["http://a/metrics"]);
  const samples = (7 * 86_400) / 2;
  for (let at = 0; at < samples; at++) servers.add(entryOf(at * 2000));
  const [state] = servers.states();
  assert.ok(state);
  const spans = spansOf(state);
  assert.ok(spans.length > MAX_SPANS / 4 && spans.length < MAX_SPANS * 2, `${spans.length}`);
  const whole = joined(spans);
  const lastMs = (samples - 1) * 2000;
  assert.deepEqual([whole.from_ms, whole.to_ms, whole.samples], [0, lastMs, samples - 1]);
  assert.ok(Math.abs((whole.grown.queries ?? 0) - lastMs / 10) < 1);
});

test("a snapshot goes on as if there had been no death", () => {
  const urls = ["http://a/metrics", "http://b/metrics"];
  const whole = createServers(urls);
  let broken = createServers(urls);
  for (let at = 0; at < 3000; at++) {
    const sample = at % 7 === 0 ? { failure: "no answer within 2 s" } : { server: at % 2 };
    whole.add(entryOf(at * 2000, sample));
    broken.add(entryOf(at * 2000, sample));
    if (at % 500 === 250) broken = createServers(urls, JSON.parse(JSON.stringify(broken.toSnapshot())));
  }
  assert.deepEqual(broken.toSnapshot(), whole.toSnapshot());
});

test("samples of servers that nobody named, and of times that cannot be, are passed over", () => {
  const servers = createServers(["http://a/metrics"]);
  servers.add(entryOf(0, { server: 3 }));
  servers.add(entryOf(1e15));
  assert.equal(servers.states()[0]?.samples, 0);
});

test("a server without a page costs one plain note", () => {
  const report = reportOf(
    foldWith((at) => (at === 1 ? [entryOf(0, { failure: "status 404" })] : [])),
    CONTEXT,
  );
  const text = renderText(report, PIPE);
  assert.match(text, /^server {5}http:\/\/localhost:9428\/metrics told nothing: status 404$/m);
});

test("live figures have the newest stretch of each server", () => {
  const fold = foldWith((at) => [entryOf(at * 2000)]);
  const { servers } = liveOf(fold, 0, []);
  assert.equal(servers.length, 1);
  assert.equal(servers[0]?.queries_per_s, 100);
  assert.equal(servers[0]?.url, "http://localhost:9428/metrics");
});

test("where metrics are switched off, or elsewhere, the run's log is read accordingly", () => {
  const target = { url: "http://localhost:9428" };
  const urls = (metrics: object) =>
    createRunFold("run", config({ target: { ...target, metrics } }), 1).servers.urls;
  assert.deepEqual(urls({ enabled: false }), []);
  assert.deepEqual(urls({ urls: ["http://a:1/metrics", "http://b:2/x"] }), [
    "http://a:1/metrics",
    "http://b:2/x",
  ]);
  assert.deepEqual(urls({}), ["http://localhost:9428/metrics"]);
});

/** What charts are drawn of besides their lines: the heat map, greyed stretches, limits, one query alone, the server's side. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { LiveServer } from "../../libs/protocol/server.ts";
import { bandsOf } from "../../services/coordinator/panel/charts/bands.ts";
import { columnsOf } from "../../services/coordinator/panel/charts/columns.ts";
import {
  heatColumnsOf,
  heatMost,
  heatRangeMs,
  heatStrength,
} from "../../services/coordinator/panel/charts/heat.ts";
import { limitsOf } from "../../services/coordinator/panel/charts/limits.ts";
import { bookOf, EMPTY_BOOK, withTimeline } from "../../services/coordinator/panel/charts/points.ts";
import { columnsOfBlocks } from "../../services/coordinator/panel/charts/query-columns.ts";
import { serverColumnsOf } from "../../services/coordinator/panel/charts/server-columns.ts";
import { timelineOf } from "../../services/coordinator/panel/run/from-report.ts";
import { exampleReport } from "../support/example-report.ts";

const report = exampleReport;
const book = bookOf(timelineOf(report));
const { points } = book;

test("the heat map holds every good answer of the run, and draws the few beside the many", () => {
  const columns = heatColumnsOf(points);
  const answers = columns.flatMap(({ stepS, cells }) => cells.map(({ perSecond }) => perSecond * stepS));
  assert.equal(
    answers.reduce((sum, count) => sum + count, 0),
    report.timeline.reduce((sum, { ok }) => sum + ok, 0),
  );
  const [least = 0, most = 0] = heatRangeMs(columns) ?? [];
  assert.ok(least > 10 && least < 20 && most > 100 && most < 200, `${least} to ${most} ms`);
  assert.ok(heatStrength(1, heatMost(columns)) > 0.12);
  assert.equal(heatStrength(0, 100), 0);
  assert.equal(heatRangeMs([]), undefined);
});

test("stretches in which the generator sent late are greyed as one, and so is the warm-up", () => {
  assert.deepEqual(bandsOf(points, 5), [
    { kind: "warm_up", fromS: 0, toS: 5 },
    { kind: "late", fromS: 22, toS: 28 },
  ]);
});

test("failures are drawn by class, each failure and timeout once", () => {
  const { classes } = columnsOf(points);
  const total = classes.reduce(
    (sum, { values }) => sum + values.reduce<number>((a, b) => a + (b ?? 0), 0),
    0,
  );
  assert.deepEqual(
    classes.map(({ name }) => name),
    ["timeout", "http_5xx"],
  );
  assert.equal(total, report.ledger.failed + report.ledger.timed_out);
});

test("a threshold on the latency of all queries is a line, and no other one is", () => {
  const line = { unit: "ms", limit: 500 } as const;
  const all = {
    name: "p(99) < 500ms of all queries in each 10 s",
    state: "passed",
    found: "",
    line,
  } as const;
  const one = { name: "p(99) < 1s of errors", state: "passed", found: "" } as const;
  assert.deepEqual(limitsOf([all, one]), { latency: [{ value: 500, name: "p(99) < 500ms" }] });
});

test("a run that is over has the charts of its workers, its queue, its servers and of the queries that are kept", () => {
  assert.deepEqual(book.fleet, report.fleet);
  assert.equal(book.servers.length, report.server?.servers.flatMap(({ timeline }) => timeline).length);
  const [kept] = report.query_timelines;
  const points = book.queries.get(kept?.query ?? "") ?? [];
  const columns = columnsOf(points);
  assert.equal(
    columns.ok.reduce<number>((sum, perSecond) => sum + (perSecond ?? 0), 0),
    kept?.points.reduce((sum, { ok = 0 }) => sum + ok, 0),
  );
  assert.equal(columns.p95Ms[0], kept?.points[0]?.response_ms.p95);
  assert.deepEqual(
    columns.classes.map(({ name }) => name),
    ["http_5xx"],
  );
  assert.ok(heatMost(heatColumnsOf(points)) > 0);
});

test("a query that is not kept is drawn of the report's blocks, which hold all of its good answers", () => {
  for (const { name, ledger } of report.queries) {
    const { ok, second } = columnsOfBlocks(report, name);
    const answers = ok.reduce<number>((sum, perSecond) => sum + (perSecond ?? 0) * report.blocks.length_s, 0);
    const scatter = report.blocks.queries[report.queries.findIndex((query) => query.name === name)];
    assert.equal(
      Math.round(answers),
      scatter?.ok.reduce((a, b) => a + b, 0),
    );
    assert.ok(answers <= ledger.ok);
    assert.equal(second.length, ok.length);
  }
});

test("servers' figures share one time axis, with gaps where one told nothing, and nothing twice", () => {
  const [{ timeline } = { timeline: [] }] = report.server?.servers ?? [];
  const [first, second] = timeline;
  assert.ok(first && second);
  const a = (point: typeof first): LiveServer => ({ url: "http://a:1/metrics", ...point });
  const b: LiveServer = { url: "http://b:2/metrics", ...second };
  const told = [[a(second), b], [a(first)], [a(first)]];
  const { servers } = told.reduce(
    (sum, each) => withTimeline(sum, { step_s: 1, points: [], queries: [], fleet: [], servers: each }),
    EMPTY_BOOK,
  );
  const columns = serverColumnsOf(servers);
  assert.deepEqual(columns.second, [first.to_s, second.to_s]);
  assert.deepEqual(
    columns.servers.map(({ name, cpuCores }) => [name, cpuCores]),
    [
      ["a:1", [first.cpu_cores, second.cpu_cores]],
      ["b:2", [null, second.cpu_cores]],
    ],
  );
});

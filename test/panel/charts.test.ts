/** What charts are drawn of besides their lines: the heat map, greyed stretches, limits, one query alone, the server's side. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { LiveQuery } from "../../libs/protocol/live.ts";
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
import { bookOf, EMPTY_BOOK, withServers } from "../../services/coordinator/panel/charts/points.ts";
import {
  columnsOfBlocks,
  columnsOfTold,
  type Told,
  withTold,
} from "../../services/coordinator/panel/charts/query-columns.ts";
import { serverColumnsOf } from "../../services/coordinator/panel/charts/server-columns.ts";
import { exampleReport } from "../support/example-report.ts";

const report = exampleReport;
const { points } = bookOf({ step_s: report.timeline_step_s, points: report.timeline });

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
  const { classes } = columnsOf({ ...EMPTY_BOOK, points });
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

function told(second: number, ok: number, failed: number): Told {
  const ledger = {
    ok,
    failed,
    planned: ok + failed,
    timed_out: 0,
    missed: 0,
    lost: 0,
    cancelled: 0,
    superseded: 0,
  };
  const query: LiveQuery = {
    name: "errors",
    category: "",
    ledger,
    response_ms: { p50: 1, p95: 2, p99: 3, max: 4 },
  };
  return { second, queries: [query] };
}

test("one query's rates are what came in from one second that was heard to the next", () => {
  const columns = columnsOfTold([told(1, 10, 0), told(2, 30, 1), told(4, 50, 1)], "errors");
  assert.deepEqual(
    [columns.second, columns.ok, columns.bad],
    [
      [1, 2],
      [20, 10],
      [1, 0],
    ],
  );
  assert.deepEqual(columnsOfTold([told(1, 1, 1), told(2, 2, 2)], "another").second, []);
});

test("what is heard of queries is bounded, and a second counts once", () => {
  const { queries } = told(0, 1, 1);
  const many = Array.from({ length: 100 }, () => queries[0] as LiveQuery);
  let all: readonly Told[] = [];
  for (let second = 1; second <= 500; second++) {
    all = withTold(all, { elapsed_ms: second * 1000, queries: many });
    all = withTold(all, { elapsed_ms: second * 1000 + 500, queries: many });
  }
  assert.equal(all.length, 200);
  assert.equal(all.at(-1)?.second, 500);
});

test("a finished run's query is drawn of the report's blocks, which hold all of its good answers", () => {
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
  let book = withServers(EMPTY_BOOK, [a(first)]);
  book = withServers(book, [a(first)]);
  book = withServers(book, [a(second), b]);
  const columns = serverColumnsOf(book.servers);
  assert.deepEqual(columns.second, [first.to_s, second.to_s]);
  assert.deepEqual(
    columns.servers.map(({ name, cpuCores }) => [name, cpuCores]),
    [
      ["a:1", [first.cpu_cores, second.cpu_cores]],
      ["b:2", [null, second.cpu_cores]],
    ],
  );
});

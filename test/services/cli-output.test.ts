/** What the command line shows: the live block, the plain lines, the summary, and the exit code at the end. */

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { stripVTControlCharacters } from "node:util";
import { exitCodeOf } from "../../libs/protocol/exit-codes.ts";
import type { Report } from "../../libs/protocol/report.ts";
import type { Live } from "../../libs/protocol/live.ts";
import type { Phase, RunRecord, Verdict } from "../../libs/protocol/run.ts";
import { renderText } from "../../libs/report/terminal/summary.ts";
import { PIPE } from "../../libs/report/terminal/terminal.ts";
import { widthOf } from "../../libs/report/terminal/width.ts";
import { PACKAGE_ROOT } from "../../libs/runtime/version.ts";
import { blockOf, lineOf } from "../../services/cli/live-block.ts";
import { createLiveView } from "../../services/cli/live-view.ts";
import { type ColorWishes, terminalFor } from "../../services/cli/terminal.ts";
import { exampleReport } from "../support/example-report.ts";

const ESCAPE = "\u001b";

const live: Live = {
  v: 1,
  run: "demo-1",
  at_ms: 0,
  phase: "running",
  elapsed_ms: 13_600,
  duration_ms: 30_000,
  load: 24,
  offered_per_s: 330,
  windows: [
    {
      length_s: 10,
      from_s: 0,
      to_s: 10,
      slices_expected: 100,
      slices_settled: 97,
      complete: false,
      completed_per_s: 328.4,
      error_rate: 0.012,
      service_ms: { p50: 12, p95: 88.25, p99: 120, max: 200 },
    },
  ],
  ledger: {
    planned: 4400,
    ok: 4321,
    failed: 40,
    timed_out: 10,
    missed: 0,
    lost: 0,
    cancelled: 0,
    superseded: 0,
  },
  in_flight: 24,
  workers: 3,
  slices_settled: 97,
  slices_redelivered: 2,
  results_refused: 0,
  thresholds: [],
  servers: [],
  queries: [],
  errors: [],
};

/** A stream that keeps what is written to it. */
function stream(isTTY: boolean) {
  const written: string[] = [];
  const out = {
    isTTY,
    columns: 120,
    rows: 40,
    write: (text: string) => written.push(text) > 0,
    on() {},
    off() {},
  };
  return { out: out as unknown as NodeJS.WriteStream, text: () => written.join("") };
}

const record = (phase: Phase, verdict?: Verdict) =>
  ({ id: "demo-1", phase, slots_needed: 24, verdict }) as RunRecord;

/** A text as it was looked at and kept; UPDATE_GOLDEN=1 accepts a change. */
function assertGolden(name: string, text: string): void {
  const file = join(PACKAGE_ROOT, "test", "golden", name);
  if (process.env.UPDATE_GOLDEN === "1") writeFileSync(file, text);
  assert.equal(text, readFileSync(file, "utf8"));
}

const server = {
  ...{ url: "http://logs:9428/metrics", from_s: 10, to_s: 12, cpu_cores: 1.5, cpu_ms_per_query: 6.25 },
  ...{
    queries_per_s: 240,
    execution_ms: null,
    executing: 4,
    places: 4,
    waits_per_s: 200,
    rss_mb: 230,
    merging: 0,
  },
};

const busyLive: Live = {
  ...live,
  ledger: { ...live.ledger, lost: 3, missed: 1 },
  thresholds: [
    { name: "error_rate < 5% of all queries", state: "passed", found: "1.234 %" },
    {
      name: "p(99) < 200ms of errors of the checkout service, by level and region, in each 10 s",
      state: "failed",
      found: "412.5 ms from 20 s to 30 s, the worst of 36 windows, of which 3 failed",
    },
    { name: "avg < 1s of category 错误日志", state: "unknown", found: "nothing was measured" },
  ],
  servers: [server],
  queries: ["errors of the checkout service, by level and region", "错误日志"].map((name) => ({
    ...{ name, category: "search", ledger: { ...live.ledger, planned: 2200, ok: 2160 } },
    response_ms: { p50: 12.5, p95: 88.3, p99: 120, max: 1204 },
  })),
  errors: [
    { query: "错误日志", class: "http_5xx", detail: "503", count: 40, first_ms: 1000, last_ms: 9000 },
    { query: "错误日志", class: "timeout", detail: "no answer in 10s", count: 10, first_ms: 0, last_ms: 1 },
  ],
};

/** Names as they come in clusters, and in other scripts. */
function crowded(): Report {
  const [first, second, ...queries] = exampleReport.queries;
  const [node, ...nodes] = exampleReport.nodes;
  assert.ok(first && second && node);
  return {
    ...exampleReport,
    queries: [
      { ...first, name: "errors of the checkout service, by level and region and by the hour" },
      { ...second, name: "按级别统计最近五分钟的错误日志" },
      ...queries,
    ],
    nodes: [{ ...node, node_id: "logburst-worker-7c9d8f6b54-x2x8q-europe-west3-b" }, ...nodes],
  };
}

for (const width of [80, 60]) {
  test(`on a terminal of ${width} columns the summary keeps its columns, cuts names, and no line is too long`, () => {
    const text = renderText(crowded(), { ...PIPE, width });
    assertGolden(`summary-${width}.txt`, text);
    for (const line of text.split("\n")) assert.ok(widthOf(line) <= width, line);
  });

  test(`on a terminal of ${width} columns no line of the live block is too long`, () => {
    const block = blockOf(busyLive, record("running"), { ...PIPE, width });
    assertGolden(`live-${width}.txt`, `${block.join("\n")}\n`);
    for (const line of block) assert.ok(widthOf(line) <= width, line);
  });
}

test("into a pipe the summary of a fixed run is as it was", () => {
  assertGolden("summary.txt", renderText(exampleReport, PIPE));
});

test("the live block begins with progress and thresholds, and its ledger adds up with what is to come", () => {
  const block = blockOf(busyLive, record("running"), { ...PIPE, width: 120 });
  assertGolden("live-120.txt", `${block.join("\n")}\n`);
  const [planned = 0, ...states] = (
    block.find((line) => line.startsWith("ledger"))?.match(/[\d,]+/g) ?? []
  ).map((text) => Number(text.replaceAll(",", "")));
  assert.equal(planned, busyLive.ledger.planned);
  assert.equal(states.length, 7);
  assert.equal(
    states.reduce((sum, value) => sum + value, 0),
    planned,
  );
});

test("of many thresholds those that failed are shown in the live block, and the rest is counted", () => {
  const many = Array.from({ length: 20 }, (_, nth) => ({
    ...{ name: `p(99) < ${nth}ms of all queries`, found: "9 ms" },
    state: nth === 19 ? ("failed" as const) : ("passed" as const),
  }));
  const block = blockOf({ ...live, thresholds: many }, undefined, PIPE);
  assert.match(block[2] ?? "", /✗ p\(99\) < 19ms/);
  assert.ok(block.includes("  and 14 more thresholds"));
});

test("the live line shows how the server does, when it tells", () => {
  const words = "places 4 of 4  waits 200.0/s  cpu 1.50  cpu/query 6.25 ms  memory 230.0 MB";
  assert.ok(lineOf({ ...live, servers: [server] }).includes(`server ${words}`));
  assert.ok(!lineOf(live).includes("server"));
});

test("off a terminal there are plain lines without escapes, one for each phase and one every five seconds", () => {
  const { out, text } = stream(false);
  const view = createLiveView(out, false, {});
  view.record(record("mustering"));
  view.record(record("mustering"));
  view.record(record("running"));
  for (let second = 0; second < 12; second++) view.live({ ...live, elapsed_ms: second * 1000 });
  view.close();
  const lines = text().trimEnd().split("\n");
  assert.equal(lines.length, 5);
  assert.match(lines[0] ?? "", /mustering, waiting for workers to hold 24 slots/);
  assert.equal(lines[2], lineOf({ ...live, elapsed_ms: 0 }));
  assert.ok(!text().includes(ESCAPE));
});

test("quiet means silent, and on a terminal the block renews itself in place", () => {
  const quiet = stream(true);
  createLiveView(quiet.out, true, {}).live(live);
  assert.equal(quiet.text(), "");
  const terminal = stream(true);
  const view = createLiveView(terminal.out, false, {});
  view.live(live);
  view.live({ ...live, elapsed_ms: 14_600 });
  view.close();
  assert.ok(terminal.text().includes(ESCAPE));
});

test("a long run's log gets a line a minute", () => {
  const { out, text } = stream(false);
  const view = createLiveView(out, false, {});
  for (let second = 0; second <= 3600; second++) view.live({ ...live, elapsed_ms: second * 1000 });
  const lines = text().trimEnd().split("\n").length;
  assert.ok(lines > 90 && lines < 110, `${lines} lines of an hour`);
});

test("the block has no more lines than the terminal, and ends as one line with what became of the run", () => {
  const terminal = stream(true);
  terminal.out.rows = 6;
  const view = createLiveView(terminal.out, false, {});
  view.record(record("running"));
  view.live(busyLive);
  assert.ok(!terminal.text().includes("ledger"), "what has no place is left out");
  view.record(record("completed"));
  view.close();
  assert.match(terminal.text(), /demo-1: completed {2}45 % {2}13\.6 s {2}completed 328\/s of 330\/s.*\n$/);
});

test("the summary adds up, and shows what the samples support", () => {
  const plain = renderText(exampleReport, PIPE);
  const ledger =
    /ledger +([\d,]+) planned = ([\d,]+) ok \+ ([\d,]+) failed \+ ([\d,]+) timed out \+ ([\d,]+) missed \+ ([\d,]+) lost \+ ([\d,]+) cancelled \(balanced/.exec(
      plain,
    );
  const [planned = 0, ...states] = (ledger ?? []).slice(1).map((text) => Number(text.replaceAll(",", "")));
  assert.equal(
    states.reduce((sum, value) => sum + value, 0),
    planned,
  );
  assert.equal(planned, exampleReport.ledger.planned);
  const rare = plain.split("\n").find((line) => line.startsWith("a trace by its id")) ?? "";
  assert.match(rare, / - +- +/, "p99 and p99.9 of a query with few samples are not shown");
});

test("colours are for terminals, unless somebody forces them or wants none", () => {
  const has = (isTTY: boolean, wishes: ColorWishes) =>
    renderText(exampleReport, terminalFor(stream(isTTY).out, wishes)).includes(ESCAPE);
  assert.equal(has(true, {}), true);
  assert.equal(has(false, {}), false);
  assert.equal(has(true, { NO_COLOR: "1" }), false);
  assert.equal(has(true, { NO_COLOR: "1", FORCE_COLOR: "1" }), false);
  assert.equal(has(false, { FORCE_COLOR: "1" }), true);
  assert.equal(has(true, { FORCE_COLOR: "0" }), false);
  assert.equal(has(true, { TERM: "dumb" }), false);
});

test("colours change no width: the same words stand at the same places", () => {
  const colored = renderText(crowded(), { ...terminalFor(stream(true).out, {}), width: 80 });
  assert.equal(stripVTControlCharacters(colored), renderText(crowded(), { ...PIPE, width: 80 }));
});

test("a thousand queries and two hundred workers do not fill the terminal; those with errors and those that were lost are shown", () => {
  const {
    queries: [query],
    nodes: [node],
  } = exampleReport;
  assert.ok(query && node);
  const queries = Array.from({ length: 1000 }, (_, nth) => {
    const failed = nth === 700 ? 5 : 0;
    return { ...query, name: `query ${nth}`, ledger: { ...query.ledger, failed, missed: 0, lost: 0 } };
  });
  const nodes = Array.from({ length: 200 }, (_, nth) => {
    const state = nth === 150 ? ("lost" as const) : ("finished" as const);
    return { ...node, node_id: `worker-${nth}`, state };
  });
  const text = renderText({ ...exampleReport, queries, nodes }, PIPE);
  assert.match(text, /^query 700 /m);
  assert.match(text, /^and 970 more queries, in the report$/m);
  assert.match(text, /^worker-150 +lost /m);
  assert.match(text, /^and 188 more workers, in the report$/m);
});

test("names and messages cannot steer the terminal", () => {
  const [first, ...rest] = exampleReport.queries;
  assert.ok(first);
  const report = {
    ...exampleReport,
    name: "a\u001b[2Jb",
    queries: [{ ...first, name: "evil\u001b]0;x\u0007\u202e" }, ...rest],
  };
  const text = renderText(report, PIPE);
  for (const character of [ESCAPE, "\u0007", "\u202e"]) assert.ok(!text.includes(character));
});

test("the exit code tells how the run ended", () => {
  assert.equal(exitCodeOf(record("completed", "passed")), 0);
  assert.equal(exitCodeOf(record("completed", "failed")), 99);
  assert.equal(exitCodeOf(record("completed", "inconclusive")), 98);
  assert.equal(exitCodeOf(record("stopped", "passed")), 105);
  assert.equal(exitCodeOf(record("failed")), 1);
});

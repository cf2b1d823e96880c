/** What the command line shows: the live block, the plain lines, colours, and the exit code at the end. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { exitCodeOf } from "../../libs/protocol/exit-codes.ts";
import type { Live } from "../../libs/protocol/live.ts";
import type { Phase, RunRecord, Verdict } from "../../libs/protocol/run.ts";
import { renderText } from "../../libs/report/terminal/summary.ts";
import { PIPE } from "../../libs/report/terminal/terminal.ts";
import { widthOf } from "../../libs/report/terminal/width.ts";
import { blockOf, lineOf } from "../../services/cli/live-block.ts";
import { createLiveView } from "../../services/cli/live-view.ts";
import { type ColorWishes, terminalFor } from "../../services/cli/terminal.ts";
import { exampleReport } from "../support/example-report.ts";
import { assertGolden } from "../support/golden.ts";

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

for (const width of [80, 60]) {
  test(`on a terminal of ${width} columns no line of the live block is too long`, () => {
    const block = blockOf(busyLive, record("running"), { ...PIPE, width });
    assertGolden(`live-${width}.txt`, `${block.join("\n")}\n`);
    for (const line of block) assert.ok(widthOf(line) <= width, line);
  });
}

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
  view.record(record("completed", "failed"));
  view.close();
  assert.match(terminal.text(), /demo-1: completed, failed\n$/);
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

test("the exit code tells how the run ended", () => {
  assert.equal(exitCodeOf(record("completed", "passed")), 0);
  assert.equal(exitCodeOf(record("completed", "failed")), 99);
  assert.equal(exitCodeOf(record("completed", "inconclusive")), 98);
  assert.equal(exitCodeOf(record("stopped", "passed")), 105);
  assert.equal(exitCodeOf(record("failed")), 1);
});

/** What the command line shows: the live block, the plain lines, the summary, and the exit code at the end. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { exitCodeOf } from "../../libs/protocol/exit-codes.ts";
import type { Live } from "../../libs/protocol/live.ts";
import type { Phase, RunRecord, Verdict } from "../../libs/protocol/run.ts";
import { renderText } from "../../libs/report/text.ts";
import { blockOf, createLiveView, lineOf } from "../../services/cli/live-view.ts";
import { paletteFor } from "../../services/cli/output.ts";
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

test("the live block tells progress, rates, in flight, errors, p95, workers and slices", () => {
  const block = blockOf(live, record("running")).join("\n");
  for (const words of [
    "45 %",
    "13.6 s / 30.0 s",
    "offered 330/s",
    "completed 328/s",
    "in flight 24",
    "p95 88.3 ms",
  ]) {
    assert.ok(block.includes(words), `${words} in\n${block}`);
  }
  for (const words of [
    "ok 4,321",
    "failed 40",
    "timed out 10",
    "errors 1.2 %",
    "workers 3",
    "97 of 100 slices",
  ]) {
    assert.ok(block.includes(words), `${words} in\n${block}`);
  }
  assert.equal(new Set(blockOf(live, undefined).map((line) => line.length > 0)).size, 1);
});

test("the live block and the live line show how the server does, when it tells", () => {
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
  const words = "places 4 of 4  waits 200.0/s  cpu 1.50  cpu/query 6.25 ms  memory 230.0 MB";
  const shown = { ...live, servers: [server] };
  assert.ok(blockOf(shown, record("running")).includes(`  server  ${words}`));
  assert.ok(lineOf(shown).includes(`server ${words}`));
  assert.ok(!lineOf(live).includes("server"));
});

test("off a terminal there are plain lines without escapes, one for each phase and one every five seconds", () => {
  const { out, text } = stream(false);
  const view = createLiveView(out, false);
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
  createLiveView(quiet.out, true).live(live);
  assert.equal(quiet.text(), "");
  const terminal = stream(true);
  const view = createLiveView(terminal.out, false);
  view.live(live);
  view.live({ ...live, elapsed_ms: 14_600 });
  view.close();
  assert.ok(terminal.text().includes(ESCAPE));
});

test("the summary adds up, shows what the samples support, and has colours on a terminal alone", () => {
  const plain = renderText(exampleReport, paletteFor(stream(false).out, undefined));
  assert.ok(!plain.includes(ESCAPE));
  assert.equal(renderText(exampleReport, paletteFor(stream(true).out, "1")), plain);
  assert.ok(renderText(exampleReport, paletteFor(stream(true).out, undefined)).includes(ESCAPE));
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

test("names and messages cannot steer the terminal", () => {
  const [first, ...rest] = exampleReport.queries;
  assert.ok(first);
  const report = {
    ...exampleReport,
    name: "a\u001b[2Jb",
    queries: [{ ...first, name: "evil\u001b]0;x\u0007" }, ...rest],
  };
  assert.ok(!renderText(report, paletteFor(stream(false).out, undefined)).includes(ESCAPE));
});

test("the exit code tells how the run ended", () => {
  assert.equal(exitCodeOf(record("completed", "passed")), 0);
  assert.equal(exitCodeOf(record("completed", "failed")), 99);
  assert.equal(exitCodeOf(record("completed", "inconclusive")), 98);
  assert.equal(exitCodeOf(record("stopped", "passed")), 105);
  assert.equal(exitCodeOf(record("failed")), 1);
});

/** Thresholds from the config to the exit code, on real parts: one run that holds them, one that does not, one that is ended. */

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Report } from "../../libs/protocol/report.ts";
import { logburst } from "../support/cli.ts";
import { temporaryFolder } from "../support/folders.ts";
import { startTarget } from "../support/servers.ts";
import { benchmark } from "../support/system.ts";

const LOOSE = [
  "p(99) < 1m",
  "error_rate < 90%",
  { metric: "p(99) < 1m", query: "all", window: "2s", abort_on_fail: true },
  "achieved/offered > 50%",
];
const ALL = { name: "all", template: "*", limit: 1 };
/** One line is not two. */
const WRONG = { name: "wrong", template: "*", limit: 1, expect: { min_rows: 2 } };
/** No server answers so fast. */
const TOO_MUCH = { metric: "p(50) < 1us", window: "2s" };

test("a run passes, fails or is ended by its thresholds, and every format says which one it was", async () => {
  await using target = await startTarget(100);
  using folder = temporaryFolder();

  async function run(name: string, durationS: number, thresholds: object[], queries: object[] = [ALL]) {
    const workload = { model: "open", target_qps: 20, duration: durationS };
    const config = benchmark(target.url, {
      workload,
      queries,
      thresholds,
    });
    const file = join(folder.path, `${name}.json`);
    const out = join(folder.path, name);
    writeFileSync(file, JSON.stringify(config));
    const args = ["run", file, "--local", "--workers", "1", "--out", out, "--seed", "1"];
    const ended = await logburst(...args);
    const report = Report.parse(JSON.parse(readFileSync(join(out, "report.json"), "utf8")));
    assert.ok(report.ledger_balanced);
    const shown = (format: string) =>
      logburst("report", join(out, "report.json"), "--format", format, "--check");
    return { ended, report, shown };
  }

  const passed = await run("passed", 4, LOOSE as object[]);
  assert.equal(passed.ended.code, 0, passed.ended.out + passed.ended.err);
  assert.match(
    passed.ended.out,
    /verdict +✓ PASSED .*\n\nthresholds .*\n +✓ p\(99\) < 60s of all queries +\d/,
  );
  assert.ok((passed.report.thresholds[2]?.windows?.judged ?? 0) >= 2);

  const failed = await run("failed", 4, [...(LOOSE as object[]), TOO_MUCH], [ALL, WRONG]);
  assert.equal(failed.ended.code, 99, failed.ended.out + failed.ended.err);
  assert.match(failed.ended.out, /✗ p\(50\) < 0.001ms of all queries in each 2 s/);
  const [error] = failed.report.errors;
  assert.deepEqual([error?.query, error?.class, error?.detail], ["wrong", "expect", "too few rows"]);
  assert.equal(error?.count, failed.report.ledger.failed);
  const junit = await failed.shown("junit");
  assert.equal(junit.code, 99, "with --check it exits as the run did");
  assert.match(junit.out, /<testsuite name="test" tests="8" failures="1" errors="0" skipped="0"/);
  assert.match(junit.out, /name="p\(50\) &lt; 0.001ms of all queries in each 2 s">\s*<failure message="/);
  assert.match((await failed.shown("markdown")).out, /\| failed \| p\(50\) \\< 0.001ms/);

  const aborted = await run("aborted", 120, [
    ...(LOOSE as object[]),
    { ...TOO_MUCH, abort_on_fail: true, grace: "1s" },
  ]);
  assert.equal(aborted.ended.code, 108, aborted.ended.out + aborted.ended.err);
  const { report } = aborted;
  assert.equal(report.phase, "aborted");
  assert.equal(report.verdict, "failed");
  assert.deepEqual(
    report.thresholds.map((threshold) => threshold.aborted),
    [false, false, false, false, true],
  );
  assert.ok(report.ledger.cancelled > 0 && report.duration_ms < 100_000, "it did not run to its end");
  assert.deepEqual(
    report.events.filter(({ type }) => /^(threshold_crossed|stopping)$/.test(type)).map(({ type }) => type),
    ["threshold_crossed", "stopping"],
  );
  assert.equal((await aborted.shown("text")).code, 108);
});

/** `logburst compare` on report files: what it prints, what it refuses, and its exit codes. */

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { randomFor } from "../../libs/load/random.ts";
import { EXIT_CODES } from "../../libs/protocol/exit-codes.ts";
import type { Report } from "../../libs/protocol/report.ts";
import { logburst } from "../support/cli.ts";
import { drawnReport } from "../support/drawn-report.ts";
import { temporaryFolder } from "../support/folders.ts";
import { rowsOf, sectionOf } from "../support/html.ts";

test("runs from files are compared: exit codes tell same, worse, another schedule and figures beyond belief apart", async () => {
  using folder = temporaryFolder();
  const random = randomFor(1, 1);
  const drawn = (id: string, errors: number, change: Partial<Report> = {}) => {
    const report = drawnReport({ random, seconds: 30, perSecond: 40, spread: 0.3, mediansMs: { errors } });
    const file = join(folder.path, `${id}.json`);
    writeFileSync(file, JSON.stringify({ ...report, run_id: id, ...change }));
    return file;
  };
  const before = drawn("before", 20);
  const again = drawn("again", 20);
  const slow = drawn("slow", 26);
  const other = drawn("other", 20, { schedule_hash: "another", seed: 7 });
  const doubtful = drawn("doubtful", 20, { verdict: "inconclusive" });

  const same = await logburst("compare", before, again);
  assert.equal(same.code, EXIT_CODES.passed, same.err);
  assert.match(same.out, /again against before\nverdict {4}SAME/);

  const worse = await logburst("compare", before, again, slow, "--format", "markdown");
  assert.equal(worse.code, EXIT_CODES.regressed, worse.err);
  assert.match(worse.out, /same: again against before[\s\S]*worse: slow against before/);

  const page = await logburst("compare", before, again, slow, "--format", "html");
  assert.equal(page.code, EXIT_CODES.regressed, page.err);
  assert.deepEqual(
    rowsOf(sectionOf(page.out, "runs")).map(([run]) => run),
    ["Run", "before", "again", "slow"],
  );

  const repeats = await logburst("compare", `${before},${again}`, slow, "--format", "json");
  assert.equal(repeats.code, EXIT_CODES.regressed, repeats.err);
  const { baseline, rows } = JSON.parse(repeats.out);
  assert.equal(baseline.runs.length, 2);
  assert.ok(rows.every(({ noise }: { noise: number | null }) => noise !== null));

  const refused = await logburst("compare", before, other);
  assert.equal(refused.code, EXIT_CODES.error);
  assert.match(refused.err, /different schedules: schedule: seed was 42, is 7/);
  assert.equal((await logburst("compare", before, other, "--force")).code, EXIT_CODES.passed);
  assert.equal((await logburst("compare", before, doubtful)).code, EXIT_CODES.inconclusive);
});

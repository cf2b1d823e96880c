/** A log of real requests becomes a workload that the real server answers. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import { PACKAGE_ROOT } from "../../libs/runtime/version.ts";
import { logburst } from "../support/cli.ts";
import { temporaryFolder } from "../support/folders.ts";
import { startTarget } from "../support/servers.ts";
import { startSystem } from "../support/system.ts";

const PROGRAM = join(PACKAGE_ROOT, "dist", "bin", "logburst.js");

/** Forty requests of an access log, ten seconds in all, and some lines that are none. */
function accessLog(): string {
  const atMs = Date.UTC(2026, 10, 21, 12, 0, 0);
  const lines = Array.from({ length: 40 }, (_, n) => {
    const at = new Date(atMs + n * 250).toISOString();
    const endS = (atMs + n * 250) / 1000;
    const args =
      n % 4 === 0
        ? new URLSearchParams({ query: "*", start: `${endS - 3600}`, end: `${endS}`, step: "5m" })
        : new URLSearchParams({
            query: 'level:=error "out of" | limit 5',
            start: `${endS - 900}`,
            limit: "5",
          });
    return `10.0.0.1 - - [21/Nov/2026:${at.slice(11, 19)} +0000] "GET /select/logsql/${n % 4 === 0 ? "hits" : "query"}?${args} HTTP/1.1" 200 1 "-" "-"`;
  });
  return [...lines, "nonsense", lines[0]?.replace("GET", "POST").replace(/\?\S+/, "")].join("\n");
}

test("an imported access log is valid, says what it skipped, and is answered by VictoriaLogs without an error", async () => {
  using folder = temporaryFolder();
  const file = join(folder.path, "access.log");
  writeFileSync(file, accessLog());
  await using target = await startTarget(1000);
  const { code, out, err } = await logburst(
    "import",
    file,
    "--target",
    target.url,
    "--speed",
    "5",
    "--name",
    "replayed",
  );
  assert.equal(code, 0, err);
  assert.match(err, /access\.log:41: tells of no request/);
  assert.match(err, /access\.log:42: is a POST whose query is not in its address/);
  assert.match(err, /40 requests of 2 kinds; 2 lines skipped/);
  const command = `"${process.execPath}" "${PROGRAM}"`;
  const checked = execFileSync(
    "sh",
    ["-c", `${command} import "${file}" 2>/dev/null | ${command} validate -`],
    {
      encoding: "utf8",
    },
  );
  assert.match(checked, /^imported: ok · open model · 10\.0 s · .* queries · 2 kinds of queries/);

  await using system = await startSystem({ workers: 1 });
  const { report } = await system.run(parse(out));
  // Four a second five times as fast: forty in two seconds, as chance has it.
  assert.ok(report.ledger.planned > 10 && report.ledger.planned < 90, String(report.ledger.planned));
  assert.equal(report.ledger.ok, report.ledger.planned, JSON.stringify(report.errors));
  assert.deepEqual(
    report.queries.map(({ name, weight }) => [name, weight]),
    [
      ["query 1", 30],
      ["hits 2", 10],
    ],
  );
});

/** The command line as a user meets it: output, files, exit codes, and what it leaves behind. */

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { parse } from "csv-parse/sync";
import { Report } from "../../libs/protocol/report.ts";
import { PACKAGE_ROOT } from "../../libs/runtime/version.ts";
import { eventually } from "../support/eventually.ts";
import { temporaryFolder } from "../support/folders.ts";
import { startNats, startTarget, type TargetServer } from "../support/servers.ts";
import { startSystem } from "../support/system.ts";

const PROGRAM = join(PACKAGE_ROOT, "dist", "bin", "logburst.js");
const DESIGN_CONFIG = join(PACKAGE_ROOT, "test", "fixtures", "design.yaml");

let target: TargetServer;
before(async () => {
  target = await startTarget(1000);
});
after(() => target[Symbol.asyncDispose]());

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(
  args: readonly string[],
  env: Record<string, string> = {},
): { child: ChildProcess; ended: Promise<Ended>; err: () => string } {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout?.on("data", (chunk) => {
    stdout += chunk;
  });
  child.stderr?.on("data", (chunk) => {
    stderr += chunk;
  });
  const ended = new Promise<Ended>((resolve) =>
    child.on("close", (code) => resolve({ code, stdout, stderr })),
  );
  return { child, ended, err: () => stderr };
}

const logburst = (args: readonly string[], env?: Record<string, string>) => start(args, env).ended;

/** Processes of which a file below /proc holds the words: their command line, or their environment. */
function processesWith(file: "cmdline" | "environ", words: string): number {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/${file}`, "latin1").includes(words);
      } catch {
        return false;
      }
    }).length;
}

test("the config of the original design runs as it is, apart from its address and length", async () => {
  using folder = temporaryFolder();
  const { code, stdout, stderr } = await logburst([
    ...[
      "run",
      DESIGN_CONFIG,
      "--local",
      "--workers",
      "2",
      "--target",
      target.url,
      "--out",
      folder.path,
      "--seed",
      "3",
    ],
    ...[
      "--set",
      "workload.duration=5",
      "--set",
      "workload.ramp_up_time=2",
      "--set",
      "workload.total_concurrent_users=10",
    ],
  ]);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /verdict +✓ PASSED/);
  assert.match(stdout, /planned = .* ok \+ .*\(balanced\)/);
  assert.match(stderr, /spec\.target\.auth\.token stands in the config/);
  const report = Report.parse(JSON.parse(readFileSync(join(folder.path, "report.json"), "utf8")));
  assert.equal(report.seed, 3);
  assert.ok(report.ledger.ok > 0);
  assert.deepEqual(
    report.queries.map(({ name }) => name),
    ["basic_filter", "error_requests"],
  );
  assert.ok(!JSON.stringify(report).includes("your-token"));
  assert.ok(existsSync(join(folder.path, "report.html")));
  assert.ok(existsSync(join(folder.path, "report.prom")));
  const rows = parse(readFileSync(join(folder.path, "report.csv"), "utf8"), { columns: true }) as Record<
    string,
    string
  >[];
  assert.deepEqual([rows.at(-1)?.query, Number(rows.at(-1)?.ok)], ["(total)", report.ledger.ok]);
});

test("--json prints the report alone, and a run whose every query fails exits with 99", async () => {
  const { code, stdout } = await logburst([
    ...["run", DESIGN_CONFIG, "--local", "--workers", "1", "--target", target.url, "--json", "--quiet"],
    ...[
      "--set",
      "workload.duration=3",
      "--set",
      "workload.ramp_up_time=0",
      "--set",
      "workload.total_concurrent_users=2",
    ],
    ...["--set", "queries.0.template='| | not LogsQL'", "--set", "queries.1.template='| | nor this'"],
  ]);
  assert.equal(code, 99);
  const report = Report.parse(JSON.parse(stdout));
  assert.equal(report.verdict, "failed");
  assert.equal(report.ledger.ok, 0);
  assert.equal(report.errors[0]?.class, "http_4xx");
  assert.ok((report.errors[0]?.samples[0]?.message.length ?? 0) > 0);
});

test("a config with problems exits with 104 and names the line, in validate and in run", async () => {
  using folder = temporaryFolder();
  const file = join(folder.path, "bad.yaml");
  writeFileSync(file, readFileSync(DESIGN_CONFIG, "utf8").replace("duration: 600", "durationn: 600"));
  for (const command of ["validate", "run"]) {
    const { code, stderr } = await logburst([command, file]);
    assert.equal(code, 104);
    assert.match(
      stderr,
      /bad\.yaml:14:5 spec\.workload\.durationn: is not a known key; did you mean duration\?/,
    );
  }
  const good = await logburst(["validate", DESIGN_CONFIG]);
  assert.equal(good.code, 0);
  assert.match(good.stdout, /distributed-logsql-benchmark: ok · closed model · 10 m 0 s · 200 users/);
});

test("one Ctrl-C stops the run in order with a report and exits with 130; nothing is left behind", async () => {
  using folder = temporaryFolder();
  const { child, ended, err } = start([
    ...["run", DESIGN_CONFIG, "--local", "--workers", "1", "--target", target.url, "--out", folder.path],
    ...[
      "--set",
      "workload.duration=60",
      "--set",
      "workload.ramp_up_time=0",
      "--set",
      "workload.total_concurrent_users=4",
    ],
  ]);
  await eventually("the run to begin", () => /: running/.test(err()));
  child.kill("SIGINT");
  const { code, stdout } = await ended;
  assert.equal(code, 130);
  assert.match(stdout, /stopped before its end/);
  assert.match(stdout, /\(balanced\)/);
  const report = Report.parse(JSON.parse(readFileSync(join(folder.path, "report.json"), "utf8")));
  assert.equal(report.phase, "stopped");
  assert.ok((report.user_seconds?.idle_by_reason.stopped ?? 0) > 100);
});

test("a command line that is killed with SIGKILL takes its servers and services down with it", async () => {
  using folder = temporaryFolder();
  const { child, err } = start(
    [
      ...["run", DESIGN_CONFIG, "--local", "--workers", "1", "--target", target.url],
      ...[
        "--set",
        "workload.duration=60",
        "--set",
        "workload.ramp_up_time=0",
        "--set",
        "workload.total_concurrent_users=4",
      ],
    ],
    { TMPDIR: folder.path },
  );
  await eventually("the run to begin", () => /: running/.test(err()));
  assert.ok(processesWith("cmdline", folder.path) > 0, "the private NATS has its data below the folder");
  assert.equal(processesWith("environ", `LOGBURST_RESULTS_DIR=${folder.path}`), 3);
  const services = readdirSync(join(folder.path, readdirSync(folder.path)[0] ?? "", "logs"));
  assert.deepEqual(services.sort(), ["aggregator.log", "coordinator.log", "nats-server.log", "worker-1.log"]);
  child.kill("SIGKILL");
  await eventually("the servers to end", () => processesWith("cmdline", folder.path) === 0);
  await eventually(
    "the services to end",
    () => processesWith("environ", `LOGBURST_RESULTS_DIR=${folder.path}`) === 0,
  );
});

test("a NATS server that the user named is used or refused, never replaced", async () => {
  await using plain = await startNats([]);
  const args = ["run", DESIGN_CONFIG, "--local", "--target", target.url];
  const without = await logburst(args, { NATS_URL: plain.url });
  assert.equal(without.code, 1);
  assert.match(without.stderr, /has no JetStream/);
  assert.match(without.stderr, /remedy: start it with -js/);
  const nobody = await logburst([...args, "--nats", "nats://127.0.0.1:1"]);
  assert.equal(nobody.code, 1);
  assert.match(nobody.stderr, /cannot be reached/);
  const remote = await logburst(["run", DESIGN_CONFIG, "--target", target.url], { NATS_URL: plain.url });
  assert.match(remote.stderr, /has no JetStream/);
});

test("without --local a run is submitted to the running system, whose report can be had again by its id", async () => {
  await using system = await startSystem({ workers: 1 });
  const env = { NATS_URL: system.stack.natsUrl };
  using folder = temporaryFolder();
  const config = join(folder.path, "config.yaml");
  writeFileSync(
    config,
    `apiVersion: benchmark.victorialogs.io/v1
kind: BenchmarkConfig
metadata: { name: feed }
spec:
  target: { url: "${target.url}" }
  workload: { model: count, total_queries: 30, total_concurrent_users: 3 }
  queries:
    - name: by-word
      template: "{{ word }}"
      variables: { word: { csv: { file: words.csv, column: word }, pick: cycle } }
`,
  );
  writeFileSync(join(folder.path, "words.csv"), 'word,weight\nrefused,1\n"with ""quotes""",2\n');
  const { code, stdout, stderr } = await logburst(["run", config, "--json"], env);
  assert.equal(code, 0, stderr);
  const report = Report.parse(JSON.parse(stdout));
  assert.equal(report.ledger.ok, 30);
  const again = await logburst(["report", report.run_id], env);
  assert.match(again.stdout, new RegExp(report.run_id));
  const csv = await logburst(["report", report.run_id, "--format", "csv"], env);
  assert.match(csv.stdout, /^query,category,planned/);
  const local = await logburst(["run", config, "--local"], env);
  assert.match(local.stderr, /a coordinator already leads/);
});

test("doctor says what a run needs, and a program that the user named is refused when it is not good enough", async () => {
  const good = await logburst(["doctor"]);
  assert.equal(good.code, 0, good.stdout);
  assert.match(good.stdout, /ok +nats-server: .*\(2\.\d+\.\d+\)/);
  const bad = await logburst(["doctor"], { NATS_SERVER_BIN: "/bin/true" });
  assert.equal(bad.code, 1);
  assert.match(bad.stdout, /missing +nats-server: NATS_SERVER_BIN names \/bin\/true/);
});

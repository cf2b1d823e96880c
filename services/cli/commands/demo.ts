/** `logburst demo`: the main job on real parts, with a worker killed half way. */

import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { shownUrl } from "../../../libs/bus/options.ts";
import { LogburstError } from "../../../libs/protocol/errors.ts";
import { EXIT_CODES, type ExitCode } from "../../../libs/protocol/exit-codes.ts";
import type { Live } from "../../../libs/protocol/live.ts";
import { count } from "../../../libs/report/words.ts";
import { systemClock } from "../../../libs/runtime/clock.ts";
import { type Environment, readEnvironment } from "../../../libs/runtime/config.ts";
import { PACKAGE_ROOT } from "../../../libs/runtime/version.ts";
import { connectClient } from "../client.ts";
import { readConfigFile } from "../config-file.ts";
import { seedLogs } from "../demo/seed-data.ts";
import { createLiveView } from "../live-view.ts";
import type { Child } from "../local/child.ts";
import { cacheFolder, NATS_SERVER, obtainProgram, type Program, VICTORIA_LOGS } from "../local/programs.ts";
import { secureIn } from "../local/secured.ts";
import { requireFreeBus, type Stack, startStack } from "../local/stack.ts";
import { startVictoriaLogs } from "../local/victoria-logs.ts";
import { printSummary, writeReport } from "../output.ts";
import { type RunOutcome, runOnce } from "../run-once.ts";
import { createSteps, type Step } from "../steps.ts";
import { overridesOf, type RunOptions } from "./run.ts";

export interface DemoOptions
  extends Pick<RunOptions, "target" | "nats" | "set" | "seed" | "out" | "json" | "quiet"> {
  readonly workers: number;
  readonly lines: number;
  /** Whether a worker is killed half way. */
  readonly kill: boolean;
  /** Whether that is all: the lines are written, and nothing runs. */
  readonly linesOnly: boolean;
  /** Whether the private system speaks TLS, with a key and permissions for each role. */
  readonly secure: boolean;
}

const CONFIG = join(PACKAGE_ROOT, "config", "demo.yaml");
const DATA_SEED = 20_261_121;

export async function demoCommand(options: DemoOptions): Promise<ExitCode> {
  const environment = readEnvironment();
  const step = createSteps(systemClock, (text) => process.stderr.write(options.quiet ? "" : text));
  const natsUrl = options.secure ? undefined : (options.nats ?? environment.NATS_URL);
  // First what may be refused, then what takes long.
  if (options.linesOnly) requireTarget(options);
  else if (natsUrl === undefined)
    await step("nats-server", () => obtainProgram(NATS_SERVER, environment), words);
  else
    await step(
      "NATS",
      () => requireFreeBus(natsUrl, environment),
      () => shownUrl(natsUrl),
    );
  await using target = await openTarget(options, environment, step);
  await step(
    "log lines",
    () =>
      seedLogs({
        url: target.url,
        clock: systemClock,
        seed: DATA_SEED,
        lines: options.lines,
        onProgress: () => undefined,
      }),
    (written) => (written === 0 ? "they are there" : `${count(written)} written`),
  );
  if (options.linesOnly) return EXIT_CODES.passed;
  const { outcome, killed } = await runDemo(options, environment, natsUrl, target.url, step);
  return giveOut(outcome, killed, options, environment);
}

/** Lines that nothing asks for are for a server that stays. */
function requireTarget({ target }: DemoOptions): void {
  if (target !== undefined) return;
  throw new LogburstError("bad_config", "--lines-only writes the demo's lines into a server of yours", {
    remedies: ["name it: --target http://127.0.0.1:9428"],
  });
}

function words({ path, version }: Program): string {
  return `${path} (${version})`;
}

interface Target extends AsyncDisposable {
  readonly url: string;
}

/** The user's server, or one of our own whose data stays in the cache for the next time. */
async function openTarget(options: DemoOptions, environment: Environment, step: Step): Promise<Target> {
  const { target: url } = options;
  if (url !== undefined) return { url, async [Symbol.asyncDispose]() {} };
  const program = await step("victoria-logs", () => obtainProgram(VICTORIA_LOGS, environment), words);
  const folder = join(cacheFolder(environment), "demo");
  return step(
    "starting VictoriaLogs",
    () => startVictoriaLogs(program.path, folder, systemClock),
    ({ url: at }) => at,
  );
}

async function runDemo(
  options: DemoOptions,
  environment: Environment,
  natsUrl: string | undefined,
  targetUrl: string,
  step: Step,
): Promise<{ outcome: RunOutcome; killed: string | undefined }> {
  const view = createLiveView(process.stderr, options.quiet, environment);
  const { document } = readConfigFile(CONFIG, overridesOf({ ...options, target: targetUrl }));
  await using secrets = options.secure ? secretsFolder() : undefined;
  const secured =
    secrets &&
    (await step(
      "certificates and keys",
      () => secureIn(secrets.path, environment.LOGBURST_PREFIX),
      () => "a CA and a key for each role, for this demo alone",
    ));
  await using stack = await step(
    "starting Logburst",
    () =>
      startStack({
        environment,
        clock: systemClock,
        natsUrl,
        secured,
        workers: options.workers,
        logFolder: undefined,
        targetUrls: [targetUrl],
      }),
    (started) => `${started.workers().length} workers, API at ${started.apiUrl}`,
  );
  await using client = await connectClient(stack.clientEnvironment, stack.natsUrl, systemClock);
  let killed: Child | undefined;

  function killHalfWay(live: Live): void {
    const isHalfWay = live.duration_ms !== undefined && live.elapsed_ms >= live.duration_ms / 2;
    if (!options.kill || killed || live.phase !== "running" || !isHalfWay) return;
    killed = victim(stack);
    killed?.signal("SIGKILL");
    if (killed) view.note(`half way: ${killed.name} (pid ${killed.pid}) was killed with SIGKILL`);
  }

  const outcome = await runOnce({
    client,
    text: JSON.stringify(document),
    view,
    failure: stack.failure,
    onLive: killHalfWay,
    onAbandon: stack.close,
  });
  return { outcome, killed: killed?.name };
}

/** A folder for keys that are worth nothing when the demo is over. */
function secretsFolder(): AsyncDisposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), "logburst-keys-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** The last worker: with a single one there would be nobody left. */
function victim(stack: Stack): Child | undefined {
  return stack.workers().length > 1 ? stack.workers().at(-1) : undefined;
}

/** The demo has shown what it promises when the books balance, whatever the verdict on a target that it loads on purpose. */
function giveOut(
  { record, report, exitCode }: RunOutcome,
  killed: string | undefined,
  options: DemoOptions,
  environment: Environment,
): ExitCode {
  if (!report) throw new LogburstError("internal", record.failure ?? `${record.id} ended without a report`);
  if (options.json) process.stdout.write(`${JSON.stringify(report)}\n`);
  else printSummary(report, environment);
  const files = writeReport(report, options.out ?? join("results", record.id), []);
  process.stdout.write(
    options.json
      ? ""
      : `\n${killed ? `${killed} was killed half way; the books balance all the same.\n` : ""}${files.join("\n")}\n`,
  );
  if (exitCode === EXIT_CODES.interrupted || record.phase !== "completed") return exitCode;
  return report.ledger_balanced ? EXIT_CODES.passed : EXIT_CODES.error;
}

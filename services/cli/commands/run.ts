/** `logburst run CONFIG`: one run, on a running system or on a private one made for it. */

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Override } from "../../../libs/protocol/config/read.ts";
import type { ConfigDocument } from "../../../libs/protocol/config/schema.ts";
import { targetsOf } from "../../../libs/protocol/config/sides.ts";
import { LogburstError } from "../../../libs/protocol/errors.ts";
import { EXIT_CODES, type ExitCode } from "../../../libs/protocol/exit-codes.ts";
import { systemClock } from "../../../libs/runtime/clock.ts";
import { type Environment, natsUrlOf, readEnvironment } from "../../../libs/runtime/config.ts";
import { newSealKey } from "../../../libs/runtime/seal.ts";
import { sealConfig, sealKeyOf } from "../../../libs/runtime/secrets.ts";
import { seriesText } from "../../../libs/series/text.ts";
import { type Client, connectClient } from "../client.ts";
import { type ReadFile, readConfigFile, readText } from "../config-file.ts";
import { createLiveView, type LiveView } from "../live-view.ts";
import { startStack } from "../local/stack.ts";
import { printSummary, writeReport } from "../output.ts";
import { type RunOnceOptions, type RunOutcome, runOnce } from "../run-once.ts";
import { terminalFor } from "../terminal.ts";
import { requireWatchable, watchSpec } from "../watch-spec.ts";

export interface RunOptions {
  readonly local: boolean;
  readonly workers?: number;
  readonly nats?: string;
  readonly target?: string;
  readonly set: readonly Override[];
  readonly seed?: number;
  readonly out?: string;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly start: boolean;
  /** What is edited in the config while the run runs becomes a change of it. */
  readonly watch?: boolean;
}

const DEFAULT_LOCAL_WORKERS = 2;
/** A laptop is not the cluster that a config was written for. */
const MOST_LOCAL_WORKERS = 8;

/** A config as it was read, and the file that it is watched in. */
interface Given extends ReadFile {
  readonly file: string;
  readonly text: string;
}

export async function runCommand(file: string, options: RunOptions): Promise<ExitCode> {
  const environment = readEnvironment();
  const text = readText(file);
  const read = { ...readConfigFile(file, overridesOf(options), text), file, text };
  if (options.watch) requireWatchable(file, read.config);
  if (!options.start) return leaveWaiting(environment, read, options);
  const outcome = options.local
    ? await runLocally(environment, read, options)
    : await runRemotely(environment, read, options);
  return giveOut(outcome, read, options, environment);
}

/** Has a run accepted that waits until somebody starts it. */
async function leaveWaiting(
  environment: Environment,
  { document }: ReadFile,
  options: RunOptions,
): Promise<ExitCode> {
  const textOf = sealing(environment, createLiveView(process.stderr, options.quiet, environment));
  await using client = await connectClient(environment, options.nats ?? natsUrlOf(environment), systemClock);
  const { id } = await client.ask("run.create", { config: textOf(document), start: false });
  process.stdout.write(`${id}\n`);
  return EXIT_CODES.passed;
}

/** How a running system is given a config: sealed where this process has the system's key. */
function sealing(environment: Environment, view: LiveView): (document: ConfigDocument) => string {
  const key = sealKeyOf(environment);
  return (document) => (key === undefined ? JSON.stringify(document) : sealedText(document, key, view));
}

/** How an accepted run is watched, where that is asked for. */
function watching(
  { file, text }: Given,
  options: RunOptions,
  view: LiveView,
  { client, textOf }: { client: Client; textOf: (document: ConfigDocument) => string },
): Pick<RunOnceOptions, "onAccepted"> {
  if (!options.watch) return {};
  const watch = { file, known: text, overrides: overridesOf(options), client, textOf, note: view.note };
  return { onAccepted: ({ id }) => watchSpec(watch, id) };
}

/** `--target` and `--seed` are short for the paths that they set. */
export function overridesOf({ target, seed, set }: Pick<RunOptions, "target" | "seed" | "set">): Override[] {
  return [
    ...set,
    ...(target === undefined ? [] : [{ path: "spec.target.url", value: JSON.stringify(target) }]),
    ...(seed === undefined ? [] : [{ path: "spec.seed", value: String(seed) }]),
  ];
}

async function runRemotely(environment: Environment, given: Given, options: RunOptions): Promise<RunOutcome> {
  const view = createLiveView(process.stderr, options.quiet, environment);
  const textOf = sealing(environment, view);
  await using client = await connectClient(environment, options.nats ?? natsUrlOf(environment), systemClock);
  // Awaited here: what is in use must not be closed before the run is over.
  return await runOnce({
    client,
    text: textOf(given.document),
    view,
    ...watching(given, options, view, { client, textOf }),
    onAbandon: async () => undefined,
  });
}

async function runLocally(environment: Environment, read: Given, options: RunOptions): Promise<RunOutcome> {
  const view = createLiveView(process.stderr, options.quiet, environment);
  const replicas = Math.min(read.config.spec.workers.replicas ?? DEFAULT_LOCAL_WORKERS, MOST_LOCAL_WORKERS);
  const sealKey = newSealKey();
  await using stack = await startStack({
    environment,
    clock: systemClock,
    // A server that the user named is used, or refused, but never replaced by a private one.
    natsUrl: options.nats ?? environment.NATS_URL,
    workers: options.workers ?? replicas,
    logFolder: options.out === undefined ? undefined : join(options.out, "logs"),
    sealKey,
    targetUrls: targetsOf(read.config.spec).map(({ target }) => target.url),
  });
  view.note(`local: ${stack.workers().length} workers, API at ${stack.apiUrl}`);
  await using client = await connectClient(environment, stack.natsUrl, systemClock);
  const textOf = (document: ConfigDocument) => sealedText(document, sealKey, view);
  return await runOnce({
    client,
    text: textOf(read.document),
    view,
    ...watching(read, options, view, { client, textOf }),
    failure: stack.failure,
    onAbandon: stack.close,
  });
}

/** A series' summary, and the files of each of its runs in a folder of its own. */
function giveOutSeries(
  { record, reports }: NonNullable<RunOutcome["series"]>,
  exitCode: ExitCode,
  { json, quiet, out }: RunOptions,
  environment: Environment,
): ExitCode {
  if (json) process.stdout.write(`${JSON.stringify({ series: record, reports })}\n`);
  else if (!quiet) process.stdout.write(seriesText(record, terminalFor(process.stdout, environment)));
  if (out === undefined) return exitCode;
  mkdirSync(out, { recursive: true });
  for (const [at, report] of reports.entries()) writeReport(report, join(out, String(at + 1)), [], record);
  writeFileSync(join(out, "series.json"), `${JSON.stringify(record, null, 2)}\n`);
  process.stderr.write(`${join(out, "series.json")}\n`);
  return exitCode;
}

/** The config as it is submitted: a secret that stands in it is sealed before it leaves this process. */
function sealedText(document: ConfigDocument, key: string, view: LiveView): string {
  const sealed = sealConfig(document, key);
  for (const warning of sealed.warnings) view.note(`note: ${warning}`);
  return JSON.stringify(sealed.document);
}

function giveOut(
  outcome: RunOutcome,
  read: ReadFile,
  options: RunOptions,
  environment: Environment,
): ExitCode {
  const { record, report, series } = outcome;
  if (series) return giveOutSeries(series, outcome.exitCode, options, environment);
  if (!report) {
    if (record.phase === "stopped") {
      process.stderr.write(`${record.id} was stopped before it began; there is no report\n`);
      return outcome.exitCode;
    }
    throw new LogburstError("internal", record.failure ?? `${record.id} ended without a report`);
  }
  if (options.json) process.stdout.write(`${JSON.stringify(report)}\n`);
  else if (!options.quiet) printSummary(report, environment);
  if (options.out !== undefined) {
    for (const path of writeReport(report, options.out, read.config.spec.reporting.formats))
      process.stderr.write(`${path}\n`);
  }
  return record.phase === "failed" ? EXIT_CODES.error : outcome.exitCode;
}

/** `logburst report FILE|RUN`: shows a report again, from a file or from the object store. */

import { existsSync, readFileSync } from "node:fs";
import type { ReportFormat } from "../../../libs/protocol/config/formats.ts";
import { parseMessage } from "../../../libs/protocol/door.ts";
import { LogburstError } from "../../../libs/protocol/errors.ts";
import { EXIT_CODES, type ExitCode, exitCodeOf } from "../../../libs/protocol/exit-codes.ts";
import { REPORT_SCHEMA_VERSION, Report } from "../../../libs/protocol/report.ts";
import { type SeriesRecord, seriesOfConfig } from "../../../libs/protocol/series.ts";
import { anonymize } from "../../../libs/report/anonymize.ts";
import { renderReport } from "../../../libs/report/formats.ts";
import { systemClock } from "../../../libs/runtime/clock.ts";
import { natsUrlOf, readEnvironment } from "../../../libs/runtime/config.ts";
import { newSealKey } from "../../../libs/runtime/seal.ts";
import { openedFile, storeKeysOf } from "../../../libs/runtime/sealed-objects.ts";
import { connectClient } from "../client.ts";
import { printSummary, writeReport } from "../output.ts";

export interface ReportOptions {
  readonly nats?: string;
  readonly format: ReportFormat | "text";
  readonly out?: string;
  /** Exits as the run did. */
  readonly check: boolean;
  /** Masks hosts, nodes and values of queries. */
  readonly anonymize: boolean;
}

export async function reportCommand(source: string, options: ReportOptions): Promise<ExitCode> {
  const environment = readEnvironment();
  const natsUrl = options.nats ?? natsUrlOf(environment);
  const whole = await reportFrom(source, natsUrl);
  const report = options.anonymize
    ? anonymize(whole, environment.LOGBURST_ANONYMIZE_KEY ?? newSealKey())
    : whole;
  // What is told of a series has names in it that a masked report keeps to itself.
  const isAlone = options.anonymize || existsSync(source);
  const series = isAlone ? undefined : await seriesOf(report, natsUrl);
  if (options.format === "text") printSummary(report, environment);
  else process.stdout.write(renderReport(report, options.format, series));
  if (options.out !== undefined) {
    for (const path of writeReport(report, options.out, [], series)) process.stderr.write(`${path}\n`);
  }
  return options.check ? exitCodeOf(report) : EXIT_CODES.passed;
}

/** Prints what stands in a file that a service has sealed, or has not. */
export function unsealCommand(file: string): ExitCode {
  process.stdout.write(textOf(file));
  return EXIT_CODES.passed;
}

function textOf(file: string): string {
  return openedFile(readFileSync(file, "utf8"), storeKeysOf(readEnvironment()));
}

/** @param source a report.json, sealed or not, or the id of a run that is over */
export async function reportFrom(source: string, natsUrl: string): Promise<Report> {
  return existsSync(source) ? reportFromFile(source) : await reportOfRun(source, natsUrl);
}

/** What the run is a part of, as far as it has come. */
async function seriesOf({ spec }: Report, natsUrl: string): Promise<SeriesRecord | undefined> {
  const id = seriesOfConfig(spec);
  if (id === undefined) return undefined;
  await using client = await connectClient(readEnvironment(), natsUrl, systemClock);
  return await client.series(id);
}

function reportFromFile(file: string): Report {
  const parsed = parseMessage(Report, Buffer.from(textOf(file)));
  if (parsed.ok) return parsed.value;
  throw new LogburstError(
    "bad_request",
    `${file} is not a report of schema version ${REPORT_SCHEMA_VERSION}: ${parsed.reason}`,
    {
      remedies: ["name the report.json of a run"],
    },
  );
}

async function reportOfRun(run: string, natsUrl: string): Promise<Report> {
  await using client = await connectClient(readEnvironment(), natsUrl, systemClock);
  const report = await client.report(run).catch(() => undefined);
  if (report) return report;
  throw new LogburstError("not_found", `there is neither a file nor a report of a run named ${run}`, {
    remedies: ["name a report.json, or a run that is over: its id stands in the list of runs"],
  });
}

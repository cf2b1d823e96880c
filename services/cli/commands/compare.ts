/** `logburst compare A B [C…]`: what differs between runs, and whether it is more than chance. */

import { existsSync } from "node:fs";
import { compare, type Side } from "../../../libs/compare/compare.ts";
import type { CompareOptions } from "../../../libs/compare/rows.ts";
import type { Comparison } from "../../../libs/protocol/comparison.ts";
import { LogburstError } from "../../../libs/protocol/errors.ts";
import { EXIT_CODES, type ExitCode } from "../../../libs/protocol/exit-codes.ts";
import type { Report } from "../../../libs/protocol/report.ts";
import type { SeriesRecord } from "../../../libs/protocol/series.ts";
import { comparisonMarkdown } from "../../../libs/report/comparison/markdown.ts";
import { comparisonText } from "../../../libs/report/comparison/text.ts";
import { unlikeText } from "../../../libs/report/comparison/words.ts";
import { renderComparisonsHtml } from "../../../libs/report/html/page.ts";
import { systemClock } from "../../../libs/runtime/clock.ts";
import { type Environment, natsUrlOf, readEnvironment } from "../../../libs/runtime/config.ts";
import { connectClient } from "../client.ts";
import { terminalFor } from "../terminal.ts";
import { reportFrom } from "./report.ts";

export interface CompareCommandOptions extends CompareOptions {
  readonly nats?: string;
  readonly format: "text" | "json" | "markdown" | "html";
  readonly all: boolean;
  readonly force: boolean;
}

/** The first is the baseline of all others. */
export async function compareCommand(
  baseline: string,
  others: readonly string[],
  options: CompareCommandOptions,
): Promise<ExitCode> {
  const environment = readEnvironment();
  const natsUrl = options.nats ?? natsUrlOf(environment);
  const sides: Side[] = [];
  for (const name of [baseline, ...others]) sides.push(await sideFrom(name, natsUrl));
  const [first, ...rest] = sides;
  const comparisons = rest.map((side) => compare(first as Side, side, options));
  for (const comparison of comparisons) if (!options.force) requireSameSchedule(comparison);
  process.stdout.write(written(comparisons, options, environment));
  return exitCodeOf(comparisons);
}

function written(
  comparisons: readonly Comparison[],
  { format, all }: CompareCommandOptions,
  environment: Environment,
): string {
  switch (format) {
    case "html":
      return renderComparisonsHtml(comparisons);
    case "json":
      return comparisons.map((comparison) => `${JSON.stringify(comparison)}\n`).join("");
    case "markdown":
      return comparisons.map((comparison) => comparisonMarkdown(comparison)).join("\n");
    case "text": {
      const terminal = terminalFor(process.stdout, environment);
      return comparisons.map((comparison) => comparisonText(comparison, terminal, all)).join("\n");
    }
    default:
      return format satisfies never;
  }
}

/** The runs of a series, and runs or files that are separated by commas, are repeats of one side. */
async function sideFrom(names: string, natsUrl: string): Promise<Side> {
  const reports = [];
  for (const name of names.split(",")) reports.push(...(await reportsFrom(name, natsUrl)));
  const [run] = reports.map(({ run_id: id }) => id);
  const more = reports.length - 1;
  return { name: more === 0 ? (run ?? names) : `${run} and ${more} more`, reports };
}

async function reportsFrom(name: string, natsUrl: string): Promise<Report[]> {
  if (existsSync(name)) return [await reportFrom(name, natsUrl)];
  const series = await seriesNamed(name, natsUrl);
  const runs = series?.steps.map(({ run_id: run }) => run) ?? [name];
  const reports = [];
  for (const run of runs) reports.push(await reportFrom(run, natsUrl));
  return reports;
}

async function seriesNamed(name: string, natsUrl: string): Promise<SeriesRecord | undefined> {
  await using client = await connectClient(readEnvironment(), natsUrl, systemClock);
  return await client.series(name);
}

function requireSameSchedule({ unlike }: Comparison): void {
  const schedules = unlike.filter(({ kind }) => kind === "schedule");
  if (schedules.length === 0) return;
  throw new LogburstError(
    "bad_request",
    `the runs had different schedules: ${schedules.map(unlikeText).join("; ")}`,
    { remedies: ["run both with the same queries, load and seed", "--force compares them all the same"] },
  );
}

function exitCodeOf(comparisons: readonly Comparison[]): ExitCode {
  const verdicts = comparisons.map(({ verdict }) => verdict);
  if (verdicts.includes("inconclusive")) return EXIT_CODES.inconclusive;
  return verdicts.includes("worse") ? EXIT_CODES.regressed : EXIT_CODES.passed;
}

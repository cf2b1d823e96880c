/** What the command line gives out: the summary on stdout, report files in a folder. */

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ReportFormat } from "../../libs/protocol/config/formats.ts";
import type { Report } from "../../libs/protocol/report.ts";
import type { SeriesRecord } from "../../libs/protocol/series.ts";
import { fileNameOf, renderReport } from "../../libs/report/formats.ts";
import { renderText } from "../../libs/report/terminal/summary.ts";
import { type ColorWishes, terminalFor } from "./terminal.ts";

/** Always written; others when the config names them. */
const STANDARD_FORMATS: readonly ReportFormat[] = ["json", "csv", "html"];

export function printSummary(report: Report, wishes: ColorWishes): void {
  process.stdout.write(renderText(report, terminalFor(process.stdout, wishes)));
}

/** Writes the report's files. @returns their paths */
export function writeReport(
  report: Report,
  folder: string,
  formats: readonly ReportFormat[],
  series?: SeriesRecord,
): string[] {
  mkdirSync(folder, { recursive: true });
  return [...new Set([...STANDARD_FORMATS, ...formats])].map((format) => {
    const path = join(folder, fileNameOf(format));
    writeFileSync(path, renderReport(report, format, series));
    return path;
  });
}

/** What the command line gives out: the summary on stdout, report files in a folder. */

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import pc from "picocolors";
import type { ReportFormat } from "../../libs/protocol/config/formats.ts";
import type { Report } from "../../libs/protocol/report.ts";
import { fileNameOf, renderReport } from "../../libs/report/formats.ts";
import { NO_COLORS, type Palette } from "../../libs/report/plain.ts";
import { renderText } from "../../libs/report/text.ts";

/** Always written; others when the config names them. */
const STANDARD_FORMATS: readonly ReportFormat[] = ["json", "csv", "html"];

/** Colours on a terminal that wants them, none into pipes and files. */
export function paletteFor(out: NodeJS.WriteStream, noColor: string | undefined): Palette {
  if (!out.isTTY || noColor !== undefined) return NO_COLORS;
  const colors = pc.createColors(true);
  return { good: colors.green, bad: colors.red, warn: colors.yellow, strong: colors.bold, dim: colors.dim };
}

export function printSummary(report: Report, noColor: string | undefined): void {
  process.stdout.write(renderText(report, paletteFor(process.stdout, noColor)));
}

/** Writes the report's files. @returns their paths */
export function writeReport(report: Report, folder: string, formats: readonly ReportFormat[]): string[] {
  mkdirSync(folder, { recursive: true });
  return [...new Set([...STANDARD_FORMATS, ...formats])].map((format) => {
    const path = join(folder, fileNameOf(format));
    writeFileSync(path, renderReport(report, format));
    return path;
  });
}

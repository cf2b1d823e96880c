/** The report for a terminal: verdict and thresholds first, then the books, then the figures. */

import type { Report } from "../../protocol/report.ts";
import { comparisonText } from "../comparison/text.ts";
import { serverLines } from "../server.ts";
import { durationText, printable } from "../words.ts";
import { booksSection } from "./books.ts";
import { errorsSection } from "./errors.ts";
import { categoriesSection, latencySection, queriesSection } from "./figures.ts";
import { labelled } from "./flow.ts";
import { generatorSection } from "./generator.ts";
import { leftSection } from "./left.ts";
import type { Terminal } from "./terminal.ts";
import { markOf, thresholdSection } from "./thresholds.ts";

const ENDINGS: Readonly<Partial<Record<Report["phase"], string>>> = {
  stopped: " (stopped before its end)",
  aborted: " (ended by a threshold)",
};

export function renderText(report: Report, terminal: Terminal): string {
  const sections = [
    verdict(report, terminal),
    thresholdSection(report, terminal),
    booksSection(report, terminal),
    leftSection(report, terminal),
    latencySection(report, terminal),
    comparison(report, terminal),
    queriesSection(report, terminal),
    categoriesSection(report, terminal),
    errorsSection(report, terminal),
    servers(report, terminal),
    generatorSection(report, terminal),
    origin(report, terminal),
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}

function verdict(report: Report, terminal: Terminal): string[] {
  const { palette } = terminal;
  const look = { passed: palette.good, failed: palette.bad, inconclusive: palette.warn }[report.verdict];
  const state = report.verdict === "inconclusive" ? "unknown" : report.verdict;
  const word = `${markOf(state, palette)} ${look(report.verdict.toUpperCase())}${ENDINGS[report.phase] ?? ""}`;
  return [
    ...labelled("verdict", [word, ` ${palette.strong(printable(report.name))}`], terminal),
    ...report.verdict_reasons.flatMap((reason) => labelled("", printable(reason), terminal)),
  ];
}

/** All that is needed to find the run again, or to run it again. */
function origin(report: Report, terminal: Terminal): string[] {
  const parts = [
    report.run_id,
    ` ${report.model} model`,
    ` ${durationText(report.duration_ms)}`,
    ` seed ${report.seed}`,
    ` schedule ${report.schedule_hash.slice(0, 12)}`,
  ];
  return [
    ...labelled("run", parts, terminal),
    ...report.warnings.flatMap((warning) => labelled("note", printable(warning), terminal)),
  ];
}

function servers(report: Report, terminal: Terminal): string[] {
  return serverLines(report).flatMap((line, index) => labelled(index === 0 ? "server" : "", line, terminal));
}

/** Of a run on two targets. */
function comparison({ comparison: of }: Report, terminal: Terminal): string[] {
  return of ? ["comparison", ...comparisonText(of, terminal, false).trimEnd().split("\n")] : [];
}

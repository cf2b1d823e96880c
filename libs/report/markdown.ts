/** The report as Markdown, for a pull request or a chat: the verdict, the checks, the books and the queries. */

import { LEDGER_STATES } from "../protocol/ledger.ts";
import type { Figures, Latency, Report } from "../protocol/report.ts";
import { checksOf } from "./checks.ts";
import { comparisonMarkdown } from "./comparison/markdown.ts";
import { serverLines } from "./server.ts";
import { count, durationText, milliseconds, percent, printable, rate, SAMPLES_FOR } from "./words.ts";

export function renderMarkdown(report: Report): string {
  const { ledger } = report;
  const sum = LEDGER_STATES.map((state) => `${count(ledger[state])} ${state.replace("_", " ")}`).join(" + ");
  return [
    `# ${text(report.name)}: ${report.verdict}`,
    "",
    `Run ${text(report.run_id)}, ${report.model} model, ${durationText(report.duration_ms)}, ${report.phase}, seed ${report.seed}.`,
    "",
    ...list(report.verdict_reasons),
    ...table(
      ["", "check", "found"],
      checksOf(report).map(({ state, name, words }) => [state, text(name), text(words)]),
    ),
    "",
    `${count(ledger.planned)} planned = ${sum} (${report.ledger_balanced ? "balanced" : "**not balanced**"})`,
    "",
    ...table(
      ["query", "ok", "errors", "rate", ...PERCENTILES.map((name) => name.replace("_", "."))],
      [
        ...report.queries.map((query) => [text(query.name), ...figureCells(query)]),
        ["all", ...figureCells(report.totals)],
      ],
    ),
    "",
    ...(report.comparison ? [comparisonMarkdown(report.comparison, 2)] : []),
    `Percentiles are ${report.model === "open" ? "of response time, from the intended start" : "of service time"}.`,
    "",
    ...list(serverLines(report).map((line) => `Server: ${line}`)),
  ].join("\n");
}

const PERCENTILES = ["p50", "p95", "p99", "p99_9", "max"] as const;

function figureCells(figures: Figures): string[] {
  const { ledger, error_rate: errorRate, completed_per_s: perSecond, response_ms: response } = figures;
  const cell = (name: (typeof PERCENTILES)[number]) => percentile(response, name);
  return [count(ledger.ok), percent(errorRate, 2), rate(perSecond), ...PERCENTILES.map(cell)];
}

/** A percentile that the number of values cannot support is not shown. */
function percentile(latency: Latency, name: (typeof PERCENTILES)[number]): string {
  return latency.count < SAMPLES_FOR[name] ? "-" : milliseconds(latency[name]);
}

function list(lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [...lines.map((line) => `- ${text(line)}`), ""];
}

function table(headings: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(headings), line(headings.map(() => "---")), ...rows.map(line)];
}

/** Text that is shown as it is, whatever Markdown makes of its marks. */
function text(words: string): string {
  return printable(words).replace(/[\\`*_{}[\]<>#|~]/g, "\\$&");
}

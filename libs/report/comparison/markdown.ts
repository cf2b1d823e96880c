/** A comparison as Markdown, for a pull request: what differs is shown, the rest can be unfolded. */

import type { Comparison, ComparisonRow } from "../../protocol/comparison.ts";

import { cellsOf, groundsOf, HEADINGS, tellingRows, unlikeText } from "./words.ts";

const MARKS = { better: "🟢", same: "⚪", worse: "🔴", inconclusive: "🟡" } as const;

/** @param level of its heading */
export function comparisonMarkdown(comparison: Comparison, level = 3): string {
  const { verdict, verdict_reasons: reasons, baseline, contender, unlike, rows } = comparison;
  const telling = tellingRows(comparison);
  const others = rows.filter((row) => !telling.includes(row));
  const lines = [
    `${"#".repeat(level)} ${MARKS[verdict]} ${verdict}: ${escaped(contender.name)} against ${escaped(baseline.name)}`,
    "",
    ...[...reasons, ...unlike.map(unlikeText)].map((text) => `- ${escaped(text)}`),
    `- ${groundsOf(comparison)}`,
    "",
    ...tableOf(telling),
    ...(others.length === 0
      ? []
      : [
          "",
          `<details><summary>${others.length} rows without a difference</summary>`,
          "",
          ...tableOf(others),
          "",
          "</details>",
        ]),
  ];
  return `${lines.join("\n")}\n`;
}

function tableOf(rows: readonly ComparisonRow[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const aligned = HEADINGS.map((_, column) => (column < 2 ? "---" : "---:"));
  return [line(HEADINGS), line(aligned), ...rows.map((row) => line(cellsOf(row, escaped)))];
}

/** Text from outside, so that it neither ends a cell nor is taken for a tag. */
function escaped(text: string): string {
  return text.replace(/[\\`*_|[\]#]/g, "\\$&").replace(/</g, "&lt;");
}

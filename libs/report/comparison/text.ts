/** A comparison for a terminal: the verdict first, then what differs besides the figures, then the rows. */

import type { Comparison, Unlike } from "../../protocol/comparison.ts";
import { type Palette, table } from "../plain.ts";
import { printable } from "../words.ts";
import { cellsOf, groundsOf, HEADINGS, tellingRows } from "./words.ts";

/** @param all also the rows in which nothing differs */
export function comparisonText(comparison: Comparison, palette: Palette, all: boolean): string {
  const { verdict, verdict_reasons: reasons, baseline, contender, unlike, rows } = comparison;
  const color = { better: palette.good, same: palette.good, worse: palette.bad, inconclusive: palette.warn };
  const shown = all ? rows : tellingRows(comparison);
  const hidden = rows.length - shown.length;
  const lines = [
    `${palette.strong(printable(contender.name))} against ${palette.strong(printable(baseline.name))}`,
    `verdict    ${color[verdict](verdict.toUpperCase())}`,
    ...reasons.map((reason) => `           ${printable(reason)}`),
    `grounds    ${groundsOf(comparison)}`,
    ...unlike.map((entry) => palette.warn(`unlike     ${unlikeText(entry)}`)),
    "",
    ...table(
      HEADINGS,
      shown.map((row) => cellsOf(row, (name) => name)),
    ),
    ...(hidden > 0 ? [palette.dim(`${hidden} rows show no difference (--all shows them)`)] : []),
  ];
  return `${lines.join("\n")}\n`;
}

export function unlikeText({ kind, what, baseline, contender }: Unlike): string {
  return printable(`${kind}: ${what} was ${baseline}, is ${contender}`);
}

/** A comparison for a terminal: the verdict first, then what differs besides the figures, then the rows. */

import type { Comparison } from "../../protocol/comparison.ts";
import { labelled } from "../terminal/flow.ts";
import { type Column, fittedTable } from "../terminal/table.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { printable } from "../words.ts";
import { cellsOf, groundsOf, HEADINGS, tellingRows, unlikeText } from "./words.ts";

/** @param all also the rows in which nothing differs */
export function comparisonText(comparison: Comparison, terminal: Terminal, all: boolean): string {
  const { palette } = terminal;
  const { verdict, verdict_reasons: reasons, baseline, contender, unlike, rows } = comparison;
  const color = { better: palette.good, same: palette.good, worse: palette.bad, inconclusive: palette.warn };
  const shown = all ? rows : tellingRows(comparison);
  const hidden = rows.length - shown.length;
  const lines = [
    `${palette.strong(printable(contender.name))} against ${palette.strong(printable(baseline.name))}`,
    `verdict    ${color[verdict](verdict.toUpperCase())}`,
    ...reasons.flatMap((reason) => labelled("", printable(reason), terminal)),
    ...labelled("grounds", groundsOf(comparison), terminal),
    ...unlike.flatMap((entry) => labelled("unlike", unlikeText(entry), terminal).map(palette.warn)),
    "",
    ...fittedTable(
      COLUMNS,
      shown.map((row) => cellsOf(row, (name) => name)),
      terminal,
    ),
    ...(hidden > 0 ? [palette.dim(`${hidden} rows show no difference (--all shows them)`)] : []),
  ];
  return `${lines.join("\n")}\n`;
}

const LEAST_NAME = 16;

const COLUMNS: readonly Column[] = HEADINGS.map((head) => {
  if (head === "query") return { head, isText: true, least: LEAST_NAME };
  return head === "baseline" || head === "contender" ? { head, leaves: 1 } : { head };
});

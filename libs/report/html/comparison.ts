/** The two targets of a run on the page: the verdict, in what they differ, and the rows with their intervals. */

import type { Comparison, ComparisonRow } from "../../protocol/comparison.ts";
import { unlikeText } from "../comparison/text.ts";
import { cellsOf, groundsOf, HEADINGS } from "../comparison/words.ts";
import { renderTable, type TableColumn } from "./table.ts";
import { html, type Markup, NOTHING } from "./text.ts";

const BADGES: Readonly<Record<Comparison["verdict"], string>> = {
  better: "passed",
  same: "plain",
  worse: "failed",
  inconclusive: "inconclusive",
};

/** The first columns are names. */
const TEXT_COLUMNS = 2;

const COLUMNS: readonly TableColumn<ComparisonRow>[] = HEADINGS.map((head, at) => ({
  head,
  ...(at > 0 && (at < TEXT_COLUMNS || head === "verdict") && { kind: "text" as const }),
  cell: (row) => (head === "verdict" ? verdictOf(row) : (cellsOf(row, (name) => name)[at] ?? "")),
}));

function verdictOf({ verdict }: ComparisonRow): Markup {
  if (verdict === "better") return html`<span class="badge passed">better</span>`;
  return verdict === "worse" ? html`<strong class="badge failed">worse</strong>` : html`${verdict}`;
}

export function renderComparison(comparison: Comparison): Markup {
  const { verdict, verdict_reasons: reasons, baseline, contender, unlike, rows } = comparison;
  return html`<p>${contender.name} against ${baseline.name}: <strong class="badge ${BADGES[verdict]}">${verdict}</strong></p>
${reasons.length === 0 ? NOTHING : html`<ul class="why">${reasons.map((reason) => html`<li>${reason}</li>`)}</ul>`}
${renderTable({ label: "The second target against the first", columns: COLUMNS, rows, empty: "Nothing was compared." })}
<p class="muted">${groundsOf(comparison)}.${unlike.map((entry) => html` ${unlikeText(entry)}.`)}</p>`;
}

/** One way to write a table: columns say how a row is shown, the first one names the row. */

import { exact } from "./numbers.ts";
import { html, type Markup, NOTHING, type Part } from "./text.ts";

/** A page of more rows helps nobody; the JSON report has them all. */
const MAX_ROWS = 300;

export interface TableColumn<Row> {
  readonly head: string;
  /** Neighbours of the same group stand under one heading. */
  readonly group?: string;
  /** Figures, the rule, stand to the right; `wide` is text that needs room. */
  readonly kind?: "text" | "wide";
  readonly cell: (row: Row) => Part;
}

export interface Table<Row> {
  readonly label: string;
  readonly columns: readonly TableColumn<Row>[];
  readonly rows: readonly Row[];
  /** What is said in place of a table without rows. */
  readonly empty: string;
}

export function renderTable<Row>(table: Table<Row>): Markup {
  const { label, columns, rows } = table;
  if (rows.length === 0) return html`<p class="empty">${table.empty}</p>`;
  const shown = rows.slice(0, MAX_ROWS).map((row) => html`<tr>${columns.map(cellOf(row))}</tr>\n`);
  const more = rows.length - shown.length;
  return html`<div class="scroll" role="region" aria-label="${label}" tabindex="0">
<table>
<caption class="unseen">${label}</caption>
<thead>
${groupRow(columns)}<tr>${columns.map((column) => html`<th scope="col"${lookOf(column)}>${column.head}</th>`)}</tr>
</thead>
<tbody>
${shown}</tbody>
</table>
</div>${more > 0 ? html`<p class="muted">${exact(more)} more rows are in the JSON report.</p>` : NOTHING}`;
}

function cellOf<Row>(row: Row) {
  return (column: TableColumn<Row>, index: number): Markup =>
    index === 0
      ? html`<th scope="row">${column.cell(row)}</th>`
      : html`<td${lookOf(column)}>${column.cell(row)}</td>`;
}

function lookOf<Row>({ kind }: TableColumn<Row>): Markup {
  return kind === undefined ? NOTHING : html` class="${kind}"`;
}

function groupRow<Row>(columns: readonly TableColumn<Row>[]): Markup {
  if (columns.every(({ group }) => group === undefined)) return NOTHING;
  const spans: { group: string | undefined; width: number }[] = [];
  for (const { group } of columns) {
    const last = spans.at(-1);
    if (last && last.group === group) last.width++;
    else spans.push({ group, width: 1 });
  }
  const cells = spans.map(({ group, width }) =>
    group === undefined
      ? html`<td colspan="${width}"></td>`
      : html`<th scope="colgroup" colspan="${width}">${group}</th>`,
  );
  return html`<tr class="groups">${cells}</tr>\n`;
}

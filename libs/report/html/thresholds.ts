/** The thresholds on the page: what must hold, of what, and what was found. */

import type { ThresholdReport, ThresholdState } from "../../protocol/threshold.ts";
import { figureText } from "../../protocol/threshold-words.ts";
import { tally } from "./numbers.ts";
import { renderTable } from "./table.ts";
import { html, type Markup, NOTHING } from "./text.ts";

const BADGES: Readonly<Record<ThresholdState, Markup>> = {
  passed: html`<span class="badge passed">passed</span>`,
  failed: html`<strong class="badge failed">failed</strong>`,
  unknown: html`<span class="badge inconclusive">unknown</span>`,
};

export function renderThresholds(thresholds: readonly ThresholdReport[]): Markup {
  return html`${renderTable({
    label: "Thresholds",
    columns: [
      { head: "must hold", cell: ({ expression }: ThresholdReport) => html`<code>${expression}</code>` },
      {
        head: "of",
        kind: "text",
        cell: ({ query, category }) => query ?? (category === null ? "all queries" : `category ${category}`),
      },
      {
        head: "over",
        kind: "text",
        cell: ({ windows }) => (windows ? `each ${windows.length_s} s` : "the whole run"),
      },
      {
        head: "state",
        kind: "text",
        cell: ({ state, aborted }) =>
          html`${BADGES[state]}${aborted ? html` <small>ended the run</small>` : NOTHING}`,
      },
      { head: "found", cell: ({ unit, value }) => (value === null ? "-" : figureText(unit, value)) },
      {
        head: "worst at",
        cell: ({ windows }) => (windows?.worst ? `${windows.worst.from_s} s to ${windows.worst.to_s} s` : ""),
      },
      { head: "windows", cell: ({ windows }) => (windows ? tally(windows.judged) : "") },
      { head: "failed", cell: ({ windows }) => (windows ? tally(windows.failed) : "") },
    ],
    rows: thresholds,
    empty: "There were no thresholds.",
  })}
${thresholds.some(({ latency_from: from }) => from === "intended start") ? html`<p class="muted">Latencies of thresholds count from the intended start.</p>` : NOTHING}`;
}

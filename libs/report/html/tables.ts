/** The tables of the page: queries, categories, nodes, errors, reasons and events. */

import type { ErrorReport, Figures, QueryReport, Report } from "../../protocol/report.ts";
import { count, durationText, milliseconds, percent, rate } from "../words.ts";
import { PERCENTILE_NAMES, percentileOf, tally } from "./numbers.ts";
import { spaced, stateWords } from "./summary.ts";
import { renderTable, type TableColumn } from "./table.ts";
import { html, type Markup, NOTHING } from "./text.ts";

const SHOWN_PERCENTILES = ["p50", "p90", "p95", "p99", "p99_9", "max"] as const;

/** What is said of any group of queries. Cancelled ones stand here too, or a line would not add up. */
const FIGURE_COLUMNS: readonly TableColumn<Figures>[] = [
  { head: "planned", group: "queries", cell: ({ ledger }) => tally(ledger.planned) },
  ...(["ok", "failed", "timed_out", "missed", "lost", "cancelled"] as const).map((state) => ({
    head: stateWords(state),
    group: "queries",
    cell: ({ ledger }: Figures) => tally(ledger[state]),
  })),
  { head: "rate", group: "completed", cell: ({ completed_per_s }) => rate(completed_per_s) },
  ...SHOWN_PERCENTILES.map((percentile) => ({
    head: PERCENTILE_NAMES[percentile],
    group: "service time",
    cell: ({ service_ms }: Figures) => percentileOf(service_ms, percentile),
  })),
];

export function renderQueries(queries: readonly QueryReport[]): Markup {
  return html`${renderTable({
    label: "Queries",
    columns: [
      { head: "query", cell: (query: QueryReport) => query.name },
      { head: "category", kind: "text", cell: ({ category }) => category },
      ...FIGURE_COLUMNS,
      { head: "target", group: "share", cell: ({ share_target }) => percent(share_target, 1) },
      { head: "actual", group: "share", cell: ({ share_actual }) => percent(share_actual, 1) },
    ],
    rows: queries,
    empty: "There were no queries.",
  })}
<p class="muted">A dash stands for a percentile that too few values support: p99 needs 100 of them, p99.9 needs 1,000.</p>`;
}

type Category = Report["categories"][number];

export function renderCategories(categories: readonly Category[]): Markup {
  return renderTable({
    label: "Categories",
    columns: [{ head: "category", cell: ({ category }: Category) => category }, ...FIGURE_COLUMNS],
    rows: categories,
    empty: "There were no categories.",
  });
}

type Node = Report["nodes"][number];

export function renderNodes(report: Report): Markup {
  const { planned, published, settled, redelivered, superseded, results_refused } = report.slices;
  return html`${renderTable({
    label: "Nodes",
    columns: [
      { head: "node", cell: ({ node_id }: Node) => node_id },
      {
        head: "state",
        kind: "text",
        cell: ({ state }) => (state === "lost" ? html`<strong class="bad">lost</strong>` : state),
      },
      {
        head: "active",
        cell: ({ first_ms, last_ms }) => `${durationText(first_ms)} to ${durationText(last_ms)}`,
      },
      { head: "slices", cell: ({ slices }) => tally(slices) },
      { head: "redelivered", cell: ({ slices_redelivered }) => tally(slices_redelivered) },
      { head: "queries", cell: ({ ledger }) => tally(ledger.planned) },
      { head: "CPU cores", cell: ({ cpu_cores_max }) => cpu_cores_max.toFixed(2) },
      { head: "RSS", cell: ({ rss_mb_max }) => `${count(rss_mb_max)} MB` },
      { head: "loop delay p99", cell: ({ loop_delay_p99_ms_max }) => milliseconds(loop_delay_p99_ms_max) },
      { head: "clock error", cell: ({ clock_error_ms_max }) => milliseconds(clock_error_ms_max) },
    ],
    rows: report.nodes,
    empty: "No worker gave a result.",
  })}
<p class="muted">Slices: ${planned === null ? "" : `${count(planned)} planned, `}${count(published)} published, ${count(settled)} settled, ${count(redelivered)} redelivered, ${count(superseded)} superseded, ${count(results_refused)} results refused. CPU, RSS, loop delay and clock error are the highest that was seen.</p>
${renderRefused(report.refused)}`;
}

export function renderErrors(errors: readonly ErrorReport[]): Markup {
  return renderTable({
    label: "Errors",
    columns: [
      { head: "query", cell: ({ query }: ErrorReport) => query },
      { head: "class", kind: "text", cell: (error) => html`<code>${error.class}</code>` },
      { head: "detail", kind: "text", cell: ({ detail }) => detail },
      { head: "count", cell: (error) => tally(error.count) },
      { head: "first", cell: ({ first_ms }) => durationText(first_ms) },
      { head: "last", cell: ({ last_ms }) => durationText(last_ms) },
      { head: "samples", kind: "wide", cell: renderSamples },
    ],
    rows: errors,
    empty: "No query failed.",
  });
}

function renderSamples({ samples }: ErrorReport): Markup {
  const [first] = samples;
  if (!first) return html`<span class="muted">none</span>`;
  const shown = samples.map(
    (sample) => html`<p class="muted">at ${durationText(sample.at_ms)} on ${sample.node_id}</p>
<pre>${sample.message}</pre>
<pre>${sample.request}</pre>`,
  );
  return html`<details><summary>${samples.length === 1 ? "1 sample" : `${samples.length} samples`}</summary>${shown}</details>`;
}

type Reason = Report["reasons"][number];

export function renderReasons(reasons: readonly Reason[]): Markup {
  return renderTable({
    label: "Why queries were missed, lost or cancelled",
    columns: [
      { head: "query", cell: ({ query }: Reason) => query },
      { head: "state", kind: "text", cell: ({ state }) => state },
      { head: "reason", kind: "text", cell: ({ reason }) => spaced(reason) },
      { head: "count", cell: (reason) => tally(reason.count) },
      { head: "slices", kind: "wide", cell: slicesText },
      { head: "nodes", kind: "text", cell: ({ nodes }) => nodes.join(", ") },
    ],
    rows: reasons,
    empty: "No query was missed, lost or cancelled.",
  });
}

/** Slices by lane.window. */
function slicesText({ slices, slices_more: more }: Reason): string {
  return `${slices.join(", ")}${more > 0 ? ` and ${count(more)} more` : ""}`;
}

type Refused = Report["refused"][number];

function renderRefused(refused: readonly Refused[]): Markup {
  if (refused.length === 0) return NOTHING;
  return renderTable({
    label: "Results that were refused",
    columns: [
      { head: "why", cell: ({ why }: Refused) => why },
      { head: "count", cell: (entry) => tally(entry.count) },
      { head: "nodes named", kind: "wide", cell: ({ nodes }) => nodes.join(", ") },
    ],
    rows: refused,
    empty: "",
  });
}

type Event = Report["events"][number];

export function renderEvents(events: readonly Event[]): Markup {
  return renderTable({
    label: "Events",
    columns: [
      { head: "time in the run", cell: ({ at_ms }: Event) => signed(at_ms) },
      { head: "event", kind: "text", cell: ({ type }) => spaced(type) },
      { head: "what happened", kind: "wide", cell: ({ text }) => text },
    ],
    rows: events,
    empty: "There were no events.",
  });
}

/** Muster comes before the run's beginning. */
function signed(atMs: number): string {
  return atMs < 0 ? `−${durationText(-atMs)}` : durationText(atMs);
}

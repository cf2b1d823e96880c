/** The top of the page: what was run, the verdict, the books, and the figures that are asked for first. */

import { isBalanced, LEDGER_STATES, type LedgerState } from "../../protocol/ledger.ts";
import { IDLE_REASONS, type Latency, type Report, type UserSeconds } from "../../protocol/report.ts";
import { bytes, count, durationText, rate } from "../words.ts";
import { exact, instant, percentileOf, shareText } from "./numbers.ts";
import { renderTable } from "./table.ts";
import { html, joined, type Markup, NOTHING } from "./text.ts";

const VERDICT_SIGNS = { passed: "✓", failed: "✗", inconclusive: "?" } as const;

const MODEL_WORDS = {
  closed: "closed: users who wait for their answers",
  open: "open: arrivals that never wait",
  count: "count: a number of queries",
} as const;

export function renderHeader(report: Report): Markup {
  const { verdict, verdict_reasons: reasons, warnings } = report;
  const warned = warnings.length === 1 ? "1 warning" : `${count(warnings.length)} warnings`;
  return html`<header>
<p class="muted">Logburst report</p>
<h1>${report.name}</h1>
<p>run <code>${report.run_id}</code></p>
<p><strong class="badge ${verdict}"><span aria-hidden="true">${VERDICT_SIGNS[verdict]}</span> ${verdict}</strong>${report.phase === "completed" ? NOTHING : html` <span class="badge plain">${report.phase}</span>`}${warnings.length === 0 ? NOTHING : html` <a href="#warnings">${warned}</a>`}</p>
${reasons.length === 0 ? NOTHING : html`<ul class="why">${reasons.map((reason) => html`<li>${reason}</li>`)}</ul>`}
</header>`;
}

export function renderLedger(report: Report): Markup {
  const { ledger } = report;
  const terms = LEDGER_STATES.map(
    (state) =>
      html`<span class="term"><i class="swatch s-${state}"></i>${count(ledger[state])} ${stateWords(state)}</span>`,
  );
  return html`<p class="sum">planned ${count(ledger.planned)} = ${joined(terms, html` + `)} ${balance(report.ledger_balanced && isBalanced(ledger))}</p>
${ledgerBar(report)}
<p class="muted">superseded ${count(ledger.superseded)}: queries of repeated attempts, extra load on top of the plan${extraLoad(report)}</p>
${report.warm_up ? warmUpLine(report.warm_up) : NOTHING}
${report.user_seconds ? userSecondsLine(report.user_seconds) : NOTHING}`;
}

function warmUpLine({ duration_s: seconds, ok, failed, timed_out }: NonNullable<Report["warm_up"]>): Markup {
  return html`<p class="muted">warm-up, the first ${seconds} s: ${count(ok)} ok, ${count(failed)} failed, ${count(timed_out)} timed out are in the ledger and on the timeline, and in no figure</p>`;
}

function extraLoad({ superseded: { ok, failed, timed_out: timedOut, bytes: extra } }: Report): string {
  if (ok + failed + timedOut === 0) return "";
  return ` (${count(ok)} ok, ${count(failed)} failed, ${count(timedOut)} timed out, ${bytes(extra)})`;
}

export function stateWords(state: LedgerState): string {
  return state === "timed_out" ? "timed out" : state;
}

function balance(holds: boolean): Markup {
  return holds
    ? html`<span class="badge passed">balanced</span>`
    : html`<strong class="badge failed">NOT BALANCED</strong>`;
}

/** The bar's width in its own units, and the least that a state which happened gets: three queries in a million show. */
const BAR = { width: 1000, leastWidth: 4 } as const;

function ledgerBar({ ledger }: Report): Markup {
  const total = LEDGER_STATES.reduce((sum, state) => sum + ledger[state], 0);
  if (total === 0) return NOTHING;
  const present = LEDGER_STATES.filter((state) => ledger[state] > 0);
  const widths = present.map((state) => Math.max(BAR.leastWidth, (ledger[state] / total) * BAR.width));
  const scale = BAR.width / widths.reduce((sum, width) => sum + width, 0);
  let x = 0;
  const bars = present.map((state, index) => {
    const width = (widths[index] ?? 0) * scale;
    const bar = html`<rect class="s-${state}" x="${x.toFixed(2)}" y="0" width="${width.toFixed(2)}" height="10"/>`;
    x += width;
    return bar;
  });
  // The sum line says the same in words.
  return html`<svg class="bar" viewBox="0 0 ${BAR.width} 10" preserveAspectRatio="none" aria-hidden="true">${bars}</svg>`;
}

function userSecondsLine(time: UserSeconds): Markup {
  const inMs = (seconds: number) => Math.round(seconds * 1000);
  const reasons = IDLE_REASONS.filter((reason) => time.idle_by_reason[reason] !== 0);
  const named = IDLE_REASONS.reduce((sum, reason) => sum + inMs(time.idle_by_reason[reason]), 0);
  const holds = inMs(time.planned) === inMs(time.driven) + inMs(time.idle) && named === inMs(time.idle);
  const why = reasons.map(
    (reason) => html`<span class="term">${exact(time.idle_by_reason[reason])} ${spaced(reason)}</span>`,
  );
  return html`<p class="sum">planned ${exact(time.planned)} user-seconds = <span class="term">${exact(time.driven)} driven</span> + <span class="term">${exact(time.idle)} idle</span> ${balance(holds)}</p>
${why.length === 0 ? NOTHING : html`<p class="muted">idle: ${joined(why, html` + `)}</p>`}`;
}

/** A name of the protocol as words. */
export function spaced(name: string): string {
  return name.replaceAll("_", " ");
}

export function renderFacts(report: Report): Markup {
  const { totals } = report;
  const planned = report.planned_duration_ms;
  const ofPlanned = planned === null ? NOTHING : html` <small>of ${durationText(planned)} planned</small>`;
  const facts: readonly (readonly [string, Markup])[] = [
    ["Model", html`${MODEL_WORDS[report.model]}`],
    ["Start", html`${instant(report.started_at)}${musterWords(report.muster)}`],
    ["Duration", html`${durationText(report.duration_ms)}${ofPlanned}`],
    ["Rate", html`${rate(totals.completed_per_s)} completed <small>${rate(totals.ok_per_s)} ok</small>`],
    [
      "Error rate",
      html`${shareText(totals.error_rate)} <small>failed or timed out, of those that were sent</small>`,
    ],
    [
      "Answers",
      html`${bytes(totals.bytes)} <small>${count(totals.rows)} rows${totals.resent > 0 ? `, ${count(totals.resent)} sent twice` : ""}</small>`,
    ],
  ];
  return html`<dl>${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>\n`)}</dl>
${latencyTable(report)}`;
}

/** How long the run waited for its workers. */
function musterWords(muster: Report["muster"]): Markup {
  if (!muster) return html``;
  const { slots_held: held, slots_needed: needed, workers, duration_ms: ms } = muster;
  return html` <small>${count(held)} of ${count(needed)} slots on ${count(workers)} workers, after ${durationText(ms)}</small>`;
}

interface LatencyRow {
  readonly name: string;
  readonly hint: string;
  readonly latency: Latency;
}

function latencyTable({ totals }: Report): Markup {
  const service = { name: "Service time", hint: "sent to answered", latency: totals.service_ms };
  const failed = { name: "Time to failure", hint: "sent to given up", latency: totals.failed_service_ms };
  // Only where starts are intended does response time tell more than service time.
  const intended: LatencyRow[] = [
    { name: "Response time", hint: "intended to answered", latency: totals.response_ms },
    { name: "Schedule lag", hint: "intended to sent", latency: totals.schedule_lag_ms },
  ];
  const rows = [
    service,
    ...(totals.schedule_lag_ms.count > 0 ? intended : []),
    ...(totals.failed_service_ms.count > 0 ? [failed] : []),
  ];
  const percentiles = (["p50", "p95", "p99", "max"] as const).map((name) => ({
    head: name,
    cell: ({ latency }: LatencyRow) => percentileOf(latency, name),
  }));
  return renderTable({
    label: "Latency of all queries",
    columns: [
      { head: "latency", cell: ({ name, hint }: LatencyRow) => html`${name} <small>${hint}</small>` },
      ...percentiles,
      { head: "values", cell: ({ latency }) => count(latency.count) },
    ],
    rows,
    empty: "",
  });
}

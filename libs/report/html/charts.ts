/** The run over time: what was completed each second, and how long the answers took. */

import type { Report } from "../../protocol/report.ts";
import { durationText, milliseconds, rate } from "../words.ts";
import { type Column, columnsOf } from "./columns.ts";
import { figure, key } from "./figure.ts";
import { exact } from "./numbers.ts";
import { drawPlot, linearScale, logScale, type Scale, stepBand, stepLine } from "./plot.ts";
import { serverCharts } from "./server-charts.ts";
import { html, type Markup, NOTHING } from "./text.ts";

/** Beyond this ratio of highest to lowest, a linear scale shows nothing but the peaks. */
const LINEAR_RATIO = 50;

export function renderCharts(report: Report): Markup {
  // In the open model users feel the wait for a late send too; elsewhere both are the same.
  const latency = report.model === "open" ? "response_ms" : "service_ms";
  const { columns, columnS, isMerged } = columnsOf(report.timeline, report.timeline_step_s, latency);
  if (columns.length === 0) return html`<p class="empty">Nothing was recorded over time.</p>`;
  const lengthS = columns.length * columnS;
  const each = columnS === 1 ? "each second" : `each ${exact(columnS)} seconds`;
  const byStart = report.model === "open" ? "by intended start" : "by start";
  return html`<div class="charts">
${throughputChart(columns, lengthS, `${each}, ${byStart}`)}
${latencyChart(columns, lengthS, latency === "response_ms" ? "Response time" : "Service time", `${each}, ${byStart}`, isMerged)}
${serverCharts(report.server, { columns: columns.length, columnS })}
</div>`;
}

function throughputChart(columns: readonly Column[], lengthS: number, each: string): Markup {
  const nothing = columns.map(() => 0);
  const ok = columns.map((column) => column.ok);
  const failed = columns.map((column) => column.ok + column.failed);
  const timedOut = columns.map((column) => column.ok + column.failed + column.timedOut);
  const planned = columns.map((column) => column.planned);
  const highest = Math.max(...timedOut);
  const scale = linearScale(Math.max(highest, ...planned));
  const plot = drawPlot({
    label: `Completed queries per second over ${durationText(lengthS * 1000)}: at most ${rate(highest)}, planned at most ${rate(Math.max(...planned))}.`,
    shapes: [
      { look: "area s-ok", path: stepBand(nothing, ok, scale) },
      { look: "area s-failed", path: stepBand(ok, failed, scale) },
      { look: "area s-timed_out", path: stepBand(failed, timedOut, scale) },
      { look: "line s-planned", path: stepLine(planned, scale) },
    ],
    scale,
    tickText: exact,
    columns: columns.length,
    lengthS,
  });
  const legend = [
    key("s-ok", "ok"),
    key("s-failed", "failed"),
    key("s-timed_out", "timed out"),
    key("s-planned stroke", "planned"),
  ];
  return figure("Completed queries", `per second, ${each}`, legend, plot);
}

function latencyChart(
  columns: readonly Column[],
  lengthS: number,
  name: string,
  each: string,
  isMerged: boolean,
): Markup {
  const lines = [
    { look: "s-p50", name: "p50", values: columns.map(({ p50Ms }) => p50Ms) },
    { look: "s-p95", name: "p95", values: columns.map(({ p95Ms }) => p95Ms) },
    { look: "s-p99", name: "p99", values: columns.map(({ p99Ms }) => p99Ms) },
    {
      // Errors leave fewer answers, so p99 would be missing just where it matters.
      look: "s-max",
      name: "max, where too few values support p99",
      values: columns.map(({ p99Ms, maxMs }) => (p99Ms === null ? maxMs : null)),
    },
  ].filter(({ values }) => values.some((value) => value !== null));
  const all = lines.flatMap(({ values }) => values.filter((value) => value !== null));
  if (all.length === 0) return NOTHING;
  const { scale, kind } = scaleOf(all);
  const plot = drawPlot({
    label: `${name} over ${durationText(lengthS * 1000)}: ${lines.map(({ name: of, values }) => `${of} at most ${milliseconds(Math.max(...values.map((value) => value ?? 0)))}`).join(", ")}.`,
    shapes: lines.map(({ look, values }) => ({ look: `line ${look}`, path: stepLine(values, scale) })),
    scale,
    tickText: (ms) => (ms === 0 ? "0" : ms < 1000 ? `${exact(ms)} ms` : `${exact(ms / 1000)} s`),
    columns: columns.length,
    lengthS,
  });
  const legend = lines.map(({ look, name }) => key(`${look} stroke`, name));
  const unit = `${each}${kind}${isMerged ? "; the highest of its points" : ""}`;
  return figure(name, unit, legend, plot);
}

function scaleOf(values: readonly number[]): { scale: Scale; kind: string } {
  const min = values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
  const max = values.reduce((most, value) => Math.max(most, value), 0);
  if (min <= 0 || max / min <= LINEAR_RATIO) return { scale: linearScale(max), kind: "" };
  return { scale: logScale(min, max), kind: ", logarithmic" };
}

/** The server's side of the run over time, on the axis of the run's own charts: places, queue, CPU, memory. */

import type { ServerPoint, ServerReport, ServerSide } from "../../protocol/server.ts";
import { durationText } from "../words.ts";
import { figure, key } from "./figure.ts";
import { exact } from "./numbers.ts";
import { drawPlot, linearScale, stepLine } from "./plot.ts";
import { html, type Markup, NOTHING } from "./text.ts";

/** Servers of a cluster that have charts; the table has them all. */
const SHOWN_SERVERS = 3;

/** The run's time axis. */
export interface Axis {
  readonly columns: number;
  readonly columnS: number;
}

interface Line {
  readonly look: string;
  readonly name: string;
  readonly value: (point: ServerPoint) => number | null;
}

interface Chart {
  readonly title: string;
  readonly unit: string;
  readonly lines: readonly Line[];
}

const CHARTS: readonly Chart[] = [
  {
    title: "places",
    unit: "queries that execute at once",
    lines: [
      { look: "s-p99", name: "taken", value: ({ executing }) => executing },
      { look: "s-planned", name: "there are", value: ({ places }) => places },
    ],
  },
  {
    title: "queue",
    unit: "per second",
    lines: [
      { look: "s-ok", name: "queries taken up", value: ({ queries_per_s }) => queries_per_s },
      { look: "s-timed_out", name: "had to wait", value: ({ waits_per_s }) => waits_per_s },
    ],
  },
  {
    title: "CPU",
    unit: "cores",
    lines: [{ look: "s-p95", name: "used", value: ({ cpu_cores }) => cpu_cores }],
  },
  {
    title: "memory",
    unit: "resident, MB",
    lines: [{ look: "s-p50", name: "resident", value: ({ rss_mb }) => rss_mb }],
  },
];

export function serverCharts(side: ServerSide | null, axis: Axis): Markup[] {
  const servers = side?.servers ?? [];
  return servers
    .slice(0, SHOWN_SERVERS)
    .flatMap((server) => CHARTS.map((chart) => drawChart(chart, server, axis, servers.length > 1)));
}

function drawChart(chart: Chart, { url, timeline }: ServerReport, axis: Axis, isOneOfMany: boolean): Markup {
  const lines = chart.lines
    .map(({ look, name, value }) => ({ look, name, values: valuesOf(timeline, axis, value) }))
    .filter(({ values }) => values.some((value) => value !== null));
  const most = Math.max(0, ...lines.flatMap(({ values }) => values.map((value) => value ?? 0)));
  if (lines.length === 0 || axis.columns === 0) return NOTHING;
  const scale = linearScale(most);
  const lengthS = axis.columns * axis.columnS;
  const plot = drawPlot({
    label: `The server's ${chart.title} over ${durationText(lengthS * 1000)}: ${lines.map(({ name, values }) => `${name} at most ${exact(Math.max(...values.map((value) => value ?? 0)))}`).join(", ")}.`,
    shapes: lines.map(({ look, values }) => ({ look: `line ${look}`, path: stepLine(values, scale) })),
    scale,
    tickText: exact,
    columns: axis.columns,
    lengthS,
  });
  const legend = lines.map(({ look, name }) => key(`${look} stroke`, name));
  const unit = html`${chart.unit}, from sample to sample${isOneOfMany ? html`, ${url}` : NOTHING}`;
  return figure(`Server: ${chart.title}`, unit, legend, plot);
}

/** Each column's value: the highest of the stretches that reach into it. */
function valuesOf(points: readonly ServerPoint[], axis: Axis, value: Line["value"]): (number | null)[] {
  const values = new Array<number | null>(axis.columns).fill(null);
  for (const point of points) {
    const found = value(point);
    const first = Math.max(0, Math.floor(point.from_s / axis.columnS));
    const past = Math.min(axis.columns, Math.ceil(point.to_s / axis.columnS));
    for (let column = first; found !== null && column < past; column++)
      values[column] = Math.max(found, values[column] ?? 0);
  }
  return values;
}

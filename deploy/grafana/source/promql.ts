/** PromQL over the metrics of the code's own table: a name or a label that is not there does not compile. */

import type { METRICS, MetricName } from "../../../libs/runtime/metrics.ts";

/** Metrics that every Node process has. */
export const PROCESS_METRICS = [
  "process_cpu_seconds_total",
  "process_resident_memory_bytes",
  "nodejs_eventloop_lag_p99_seconds",
  "nodejs_heap_size_used_bytes",
] as const;
type ProcessMetric = (typeof PROCESS_METRICS)[number];
type Histogram = {
  [N in MetricName]: (typeof METRICS)[N]["kind"] extends "histogram" ? N : never;
}[MetricName];

/** Labels of a metric: its own, and those that scraping gives it. */
type LabelOf<N> = N extends MetricName
  ? (typeof METRICS)[N]["labels"][number] | "job" | "instance"
  : "job" | "instance";

/** The stretch that rates are taken over; Grafana puts in what fits the scrapes. */
const RANGE = "[$__rate_interval]";

/** The series of a metric, those with these labels. */
export function series<N extends MetricName | ProcessMetric>(
  name: N,
  where: Partial<Record<LabelOf<N>, string>> = {},
): string {
  const labels = Object.entries<string | undefined>(where).map(([label, value]) => `${label}="${value}"`);
  return labels.length === 0 ? name : `${name}{${labels.join(",")}}`;
}

/** How fast a counter rises, each second. */
export function rate<N extends MetricName | ProcessMetric>(
  name: N,
  where: Partial<Record<LabelOf<N>, string>> = {},
): string {
  return `rate(${series(name, where)}${RANGE})`;
}

/** Summed up, by labels if any. */
export function sum(expr: string, ...by: string[]): string {
  return by.length === 0 ? `sum(${expr})` : `sum by (${by.join(", ")}) (${expr})`;
}

/** The same, and 0 while there is nothing yet. */
export function sumOrZero(expr: string, ...by: string[]): string {
  return `${sum(expr, ...by)} or vector(0)`;
}

/** A quantile of a histogram's values, by labels if any. */
export function quantile<N extends Histogram>(share: number, name: N, ...by: LabelOf<N>[]): string {
  const buckets = sum(`rate(${name}_bucket${RANGE})`, "le", ...by);
  return `histogram_quantile(${share}, ${buckets})`;
}

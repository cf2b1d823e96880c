/** The report as Prometheus text, for a file that a collector picks up. */

import { LEDGER_STATES } from "../protocol/ledger.ts";
import type { Report } from "../protocol/report.ts";
import type { ServerReport } from "../protocol/server.ts";
import type { ThresholdReport } from "../protocol/threshold.ts";
import { thresholdName } from "../protocol/threshold-words.ts";

const QUANTILES = [
  ["0.5", "p50"],
  ["0.9", "p90"],
  ["0.95", "p95"],
  ["0.99", "p99"],
  ["0.999", "p99_9"],
] as const;

export function renderPrometheus(report: Report): string {
  const run = label("run", report.name);
  const lines: string[] = [];
  const family = (name: string, help: string) => lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} gauge`);

  family("logburst_report_queries", "Queries of the run by the state that they ended in");
  for (const query of report.queries) {
    for (const state of LEDGER_STATES) {
      lines.push(
        `logburst_report_queries{${run},${label("query", query.name)},${label("state", state)}} ${query.ledger[state]}`,
      );
    }
  }
  family("logburst_report_service_seconds", "Service time of the queries that were answered well");
  for (const query of report.queries) {
    for (const [quantile, key] of QUANTILES) {
      const valueMs = query.service_ms[key];
      if (valueMs === null) continue;
      lines.push(
        `logburst_report_service_seconds{${run},${label("query", query.name)},${label("quantile", quantile)}} ${valueMs / 1000}`,
      );
    }
  }
  lines.push(...thresholdLines(report, run), ...serverLines(report, run));
  family("logburst_report_passed", "1 when the run passed");
  lines.push(
    `logburst_report_passed{${run},${label("verdict", report.verdict)}} ${report.verdict === "passed" ? 1 : 0}`,
  );
  return `${lines.join("\n")}\n`;
}

/** Two families: whether each threshold holds, and what was found, in seconds or as a share. */
function thresholdLines({ thresholds }: Report, run: string): string[] {
  const samples = (name: string, pick: (threshold: ThresholdReport) => number | null) =>
    thresholds.flatMap((threshold) => {
      const value = pick(threshold);
      if (value === null) return [];
      return [`${name}{${run},${label("threshold", thresholdName(threshold))}} ${value}`];
    });
  if (thresholds.length === 0) return [];
  const held = "logburst_report_threshold_held";
  const found = "logburst_report_threshold_value";
  return [
    `# HELP ${held} 1 where a threshold holds, 0 where it does not or could not be judged`,
    `# TYPE ${held} gauge`,
    ...samples(held, ({ state }) => (state === "passed" ? 1 : 0)),
    `# HELP ${found} What was found, in the worst window where there are windows: seconds, or a share`,
    `# TYPE ${found} gauge`,
    ...samples(found, ({ unit, value }) => (unit === "ms" && value !== null ? value / 1000 : value)),
  ];
}

const SERVER_FAMILIES: readonly [
  name: string,
  help: string,
  value: (server: ServerReport) => number | null,
][] = [
  ["cpu_seconds", "CPU time that the target's server took in the run", ({ cpu_s }) => cpu_s],
  [
    "cpu_seconds_per_query",
    "The same over the queries that it took up",
    ({ cpu_ms_per_query: ms }) => (ms === null ? null : ms / 1000),
  ],
  ["waited_ratio", "Share of its queries that had to wait for a place", ({ waited_share }) => waited_share],
  ["full_ratio", "Share of the samples that found every place taken", ({ full_share }) => full_share],
];

function serverLines({ server }: Report, run: string): string[] {
  return SERVER_FAMILIES.flatMap(([name, help, pick]) => {
    const family = `logburst_report_server_${name}`;
    const samples = (server?.servers ?? []).flatMap((entry) => {
      const value = pick(entry);
      return value === null ? [] : [`${family}{${run},${label("server", entry.url)}} ${value}`];
    });
    return samples.length === 0 ? [] : [`# HELP ${family} ${help}`, `# TYPE ${family} gauge`, ...samples];
  });
}

function label(name: string, value: string): string {
  return `${name}="${value.replace(/\\/g, "\\\\").replace(/"/g, '\\"').replace(/\n/g, "\\n")}"`;
}

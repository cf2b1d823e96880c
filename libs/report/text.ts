/** The report for a terminal: verdict first, then the books, then the figures. */

import { LEDGER_STATES } from "../protocol/ledger.ts";
import type { Figures, Latency, Report, UserSeconds } from "../protocol/report.ts";
import { comparisonText } from "./comparison/text.ts";
import { type Palette, table } from "./plain.ts";
import { serverLines } from "./server.ts";
import { thresholdLines } from "./text-thresholds.ts";
import { bytes, count, durationText, milliseconds, percent, printable, rate, SAMPLES_FOR } from "./words.ts";

const STATE_WORDS = {
  ok: "ok",
  failed: "failed",
  timed_out: "timed out",
  missed: "missed",
  lost: "lost",
  cancelled: "cancelled",
} as const;
const ENDINGS: Readonly<Partial<Record<Report["phase"], string>>> = {
  stopped: " (stopped before its end)",
  aborted: " (ended by a threshold)",
};
const SHOWN_ERRORS = 10;
const SHOWN_NAME = 28;

export function renderText(report: Report, palette: Palette): string {
  const sections = [
    head(report, palette),
    thresholdLines(report, palette),
    books(report, palette),
    [...latencies(report), ...servers(report)],
    comparison(report, palette),
    table(QUERY_HEADINGS, report.queries.map(queryRow)),
    table(NODE_HEADINGS, report.nodes.map(nodeRow)),
    errors(report),
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}

function head(report: Report, palette: Palette): string[] {
  const color = { passed: palette.good, failed: palette.bad, inconclusive: palette.warn }[report.verdict];
  return [
    `${palette.strong(printable(report.name))}  run ${report.run_id}  ${report.model} model  seed ${report.seed}  schedule ${report.schedule_hash.slice(0, 12)}`,
    `verdict    ${color(report.verdict.toUpperCase())}${ENDINGS[report.phase] ?? ""}`,
    ...report.verdict_reasons.map((reason) => `           ${reason}`),
    ...report.warnings.map((warning) => palette.dim(`note       ${warning}`)),
  ];
}

/** The ledger's sum, and in the closed model the users' time. */
function books(report: Report, palette: Palette): string[] {
  const { ledger } = report;
  const sum = LEDGER_STATES.map((state) => `${count(ledger[state])} ${STATE_WORDS[state]}`).join(" + ");
  const balance = report.ledger_balanced ? palette.good("balanced") : palette.bad("NOT BALANCED");
  const superseded =
    ledger.superseded > 0
      ? `; ${count(ledger.superseded)} superseded with ${bytes(report.superseded.bytes)}`
      : "";
  return [
    `ledger     ${count(ledger.planned)} planned = ${sum} (${balance}${superseded})`,
    ...(report.warm_up ? [`warm-up    ${warmUp(report.warm_up)}`] : []),
    ...(report.user_seconds ? [`user time  ${userTime(report.user_seconds)}`] : []),
    ...report.reasons
      .filter(({ state }) => state !== "cancelled")
      .map((entry) => {
        const { state, reason, query, count: times } = entry;
        return `           ${count(times)} ${STATE_WORDS[state]} of ${printable(query)}: ${reason.replaceAll("_", " ")}${whereabouts(entry)}`;
      }),
    ...report.refused.map(
      ({ why, count: times, nodes }) =>
        `           ${count(times)} results refused: ${printable(why)}${nodes.length > 0 ? ` (${some(nodes)})` : ""}`,
    ),
  ];
}

function warmUp({ duration_s: seconds, ok, failed, timed_out }: NonNullable<Report["warm_up"]>): string {
  return `the first ${seconds} s: ${count(ok)} ok, ${count(failed)} failed, ${count(timed_out)} timed out are in the ledger, and in no figure`;
}

const SHOWN_SLICES = 3;
const SHOWN_NODES = 3;

/** Some of a reason's slices, and the nodes that had them. */
function whereabouts({ slices, slices_more: more, nodes }: Report["reasons"][number]): string {
  if (slices.length === 0) return "";
  const shown = slices.slice(0, SHOWN_SLICES);
  const rest = slices.length - shown.length + more;
  const on = nodes.length > 0 ? ` on ${some(nodes)}` : "";
  return ` (slice ${shown.join(", ")}${rest > 0 ? ` and ${count(rest)} more` : ""}${on})`;
}

function some(nodes: readonly string[]): string {
  const rest = nodes.length - SHOWN_NODES;
  return `${nodes.slice(0, SHOWN_NODES).join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`;
}

function userTime({ planned, driven, idle, idle_by_reason: reasons }: UserSeconds): string {
  const why = Object.entries(reasons)
    .filter(([, seconds]) => seconds > 0)
    .map(([reason, seconds]) => `${reason.replaceAll("_", " ")} ${seconds.toFixed(1)}`);
  return `${planned.toFixed(1)} s planned = ${driven.toFixed(1)} driven + ${idle.toFixed(1)} idle${why.length > 0 ? ` (${why.join(", ")})` : ""}`;
}

function latencies(report: Report): string[] {
  const { totals } = report;
  const lines = [
    `load       ${rate(totals.completed_per_s)} completed over ${durationText(report.duration_ms)}, errors ${percent(totals.error_rate, 2)}, ${bytes(totals.bytes)}, ${count(totals.rows)} rows${totals.resent > 0 ? `, ${count(totals.resent)} sent twice` : ""}`,
    `service    ${latencyText(totals.service_ms)}`,
  ];
  if (totals.schedule_lag_ms.count > 0) {
    lines.push(`response   ${latencyText(totals.response_ms)}  (from the intended start)`);
    lines.push(`lag        ${latencyText(totals.schedule_lag_ms)}  (intended to sent)`);
  }
  return lines;
}

function servers(report: Report): string[] {
  return serverLines(report).map((line, index) => `${index === 0 ? "server    " : "          "} ${line}`);
}

/** Of a run on two targets. */
function comparison({ comparison: of }: Report, palette: Palette): string[] {
  return of ? ["comparison", ...comparisonText(of, palette, false).trimEnd().split("\n")] : [];
}

const PERCENTILES = ["p50", "p90", "p95", "p99", "p99_9", "max"] as const;

function latencyText(latency: Latency): string {
  return PERCENTILES.map((name) => `${name.replace("_", ".")} ${shown(latency, name)}`).join("  ");
}

/** A percentile that the number of values cannot support is not shown. */
function shown(latency: Latency, name: (typeof PERCENTILES)[number]): string {
  return latency.count < SAMPLES_FOR[name] ? "-" : milliseconds(latency[name]);
}

const QUERY_HEADINGS = [
  "query",
  "planned",
  "ok",
  "failed",
  "timed out",
  "missed",
  "lost",
  "rate",
  "p50",
  "p95",
  "p99",
  "p99.9",
  "max",
];

function queryRow(query: Figures & { name: string }): string[] {
  const { ledger, service_ms: service } = query;
  return [
    printable(query.name).slice(0, SHOWN_NAME),
    ...[ledger.planned, ledger.ok, ledger.failed, ledger.timed_out, ledger.missed, ledger.lost].map(count),
    rate(query.completed_per_s),
    ...(["p50", "p95", "p99", "p99_9", "max"] as const).map((name) => shown(service, name)),
  ];
}

const NODE_HEADINGS = [
  "worker",
  "state",
  "slices",
  "redelivered",
  "ok",
  "failed",
  "p95",
  "loop delay",
  "cpu",
  "memory",
];

function nodeRow(node: Report["nodes"][number]): string[] {
  return [
    node.node_id.slice(0, SHOWN_NAME),
    node.state,
    count(node.slices),
    count(node.slices_redelivered),
    count(node.ledger.ok),
    count(node.ledger.failed + node.ledger.timed_out),
    shown(node.service_ms, "p95"),
    milliseconds(node.loop_delay_p99_ms_max),
    node.cpu_cores_max.toFixed(2),
    `${node.rss_mb_max.toFixed(0)} MB`,
  ];
}

function errors(report: Report): string[] {
  if (report.errors.length === 0) return [];
  const lines = report.errors.slice(0, SHOWN_ERRORS).map((error) => {
    const [sample] = error.samples;
    return `  ${count(error.count)} × ${printable(error.query)}: ${error.class} ${error.detail}${sample ? `  ${firstLine(sample.message)}` : ""}`;
  });
  const more = report.errors.length - SHOWN_ERRORS;
  return ["errors", ...lines, ...(more > 0 ? [`  and ${more} more kinds, in the report`] : [])];
}

function firstLine(text: string): string {
  const [line = ""] = text.split("\n");
  return printable(line).slice(0, 120);
}

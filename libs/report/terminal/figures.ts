/** Latencies and queries for a terminal, in columns. */

import type { Figures, Latency, Report } from "../../protocol/report.ts";
import { bytes, count, durationText, milliseconds, percent, printable, rate, SAMPLES_FOR } from "../words.ts";
import { labelled, separated } from "./flow.ts";
import { type Cell, type Column, fittedTable } from "./table.ts";
import type { Palette, Terminal } from "./terminal.ts";
import { cut } from "./width.ts";

type Percentile = keyof typeof SAMPLES_FOR;

/** Names longer than that are cut, however wide the terminal is. */
const LONGEST_NAME = 48;
const LEAST_NAME = 16;
/** A terminal is no place for a thousand queries: the report has them all. */
const SHOWN_GROUPS = 30;

/** What was done, and how long it took. */
export function latencySection({ totals, duration_ms: durationMs }: Report, terminal: Terminal): string[] {
  const { palette } = terminal;
  const load = [
    `${rate(totals.completed_per_s)} completed over ${durationText(durationMs)}`,
    `errors ${percent(totals.error_rate, 2)}`,
    bytes(totals.bytes),
    `${count(totals.rows)} rows`,
    ...(totals.resent > 0 ? [`${count(totals.resent)} sent twice`] : []),
  ];
  const kinds: readonly (readonly [string, Latency, string])[] = [
    ["service  ", totals.service_ms, "sent to answered"],
    ...(totals.schedule_lag_ms.count > 0
      ? ([
          ["response", totals.response_ms, "intended start to answered"],
          ["lag", totals.schedule_lag_ms, "intended start to sent"],
        ] as const)
      : []),
    ...(totals.failed_service_ms.count > 0
      ? ([["failed", totals.failed_service_ms, "sent to given up"]] as const)
      : []),
    ...(totals.server_ms ? ([["server", totals.server_ms, "as the target says"]] as const) : []),
    ...(totals.delivery_ms
      ? ([
          ["delivery", totals.delivery_ms, `sent to delivered, ${count(totals.delivery_ms.count)} in all`],
        ] as const)
      : []),
  ];
  const rows = kinds.map(([name, latency, words]): Cell[] => [
    name,
    ...LATENCY_PERCENTILES.map((percentile) => shown(latency, percentile)),
    latency.count === 0 ? "-" : milliseconds(latency.mean),
    { text: words, paint: palette.dim },
  ]);
  return [...labelled("load", separated(load), terminal), ...fittedTable(LATENCY_COLUMNS, rows, terminal)];
}

const LATENCY_PERCENTILES = ["p50", "p90", "p95", "p99", "p99_9", "max"] as const;

const LATENCY_COLUMNS: readonly Column[] = [
  { head: "latency", isText: true },
  { head: "p50" },
  { head: "p90", leaves: 2 },
  { head: "p95" },
  { head: "p99" },
  { head: "p99.9", leaves: 1 },
  { head: "max" },
  { head: "mean", leaves: 3 },
  { head: "from and to", isText: true, leaves: 4 },
];

/** A percentile that the number of values cannot support is not shown. */
export function shown(latency: Latency, name: Percentile): string {
  return latency.count < SAMPLES_FOR[name] ? "-" : milliseconds(latency[name]);
}

export function queriesSection({ queries }: Report, terminal: Terminal): string[] {
  return groups("query", "queries", queries, terminal);
}

/** Where they say more than the queries do. */
export function categoriesSection({ categories, queries }: Report, terminal: Terminal): string[] {
  if (categories.length < 2 || categories.length >= queries.length) return [];
  const named = categories.map((figures) => ({ ...figures, name: figures.category }));
  return groups("category", "categories", named, terminal);
}

type Named = Figures & { readonly name: string };

const WRONG = ["failed", "timed_out", "missed", "lost", "cancelled"] as const;
const QUERY_PERCENTILES = ["p50", "p95", "p99", "p99_9", "max"] as const;

function groups(what: string, whats: string, all: readonly Named[], terminal: Terminal): string[] {
  const kept = mostTelling(all);
  const more = all.length - kept.length;
  return [
    ...fittedTable(
      [{ head: what, isText: true, least: LEAST_NAME }, ...FIGURE_COLUMNS],
      kept.map(rowOf(terminal.palette)),
      terminal,
    ),
    ...(more > 0 ? [terminal.palette.dim(`and ${count(more)} more ${whats}, in the report`)] : []),
  ];
}

/** In their order; where there are too many, those with the most errors. */
function mostTelling(all: readonly Named[]): readonly Named[] {
  if (all.length <= SHOWN_GROUPS) return all;
  const wrong = ({ ledger }: Named) => WRONG.reduce((sum, state) => sum + ledger[state], 0);
  const kept = new Set([...all].sort((a, b) => wrong(b) - wrong(a)).slice(0, SHOWN_GROUPS));
  return all.filter((group) => kept.has(group));
}

const FIGURE_COLUMNS: readonly Column[] = [
  { head: "planned", leaves: 2 },
  { head: "ok", leaves: 8 },
  { head: "failed", leaves: 1 },
  { head: "timed out", leaves: 4 },
  { head: "missed", leaves: 5 },
  { head: "lost", leaves: 3 },
  { head: "cancelled", leaves: 10 },
  { head: "rate", leaves: 7 },
  { head: "p50" },
  { head: "p95", leaves: 1 },
  { head: "p99" },
  { head: "p99.9", leaves: 9 },
  { head: "max", leaves: 6 },
];

function rowOf({ bad, dim }: Palette) {
  return ({ name, ledger, completed_per_s: perSecond, service_ms: service }: Named): Cell[] => [
    cut(printable(name), LONGEST_NAME),
    count(ledger.planned),
    count(ledger.ok),
    ...WRONG.map((state) => ({ text: count(ledger[state]), paint: ledger[state] === 0 ? dim : bad })),
    rate(perSecond),
    ...QUERY_PERCENTILES.map((percentile) => shown(service, percentile)),
  ];
}

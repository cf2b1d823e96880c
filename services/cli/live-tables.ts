/** The tables of a live run's block: what each query did so far, and what went wrong. */

import type { LiveError, LiveQuery } from "../../libs/protocol/live.ts";
import { type Cell, type Column, fittedTable } from "../../libs/report/terminal/table.ts";
import type { Terminal } from "../../libs/report/terminal/terminal.ts";
import { count, milliseconds, printable } from "../../libs/report/words.ts";

/** A block is looked at as a whole: what is more than this stands in the report. */
const SHOWN_QUERIES = 8;
const SHOWN_ERRORS = 4;

const QUERY_COLUMNS: readonly Column[] = [
  { head: "query", isText: true, least: 16 },
  { head: "planned", leaves: 3 },
  { head: "ok", leaves: 4 },
  { head: "failed" },
  { head: "timed out", leaves: 5 },
  { head: "p50" },
  { head: "p95", leaves: 1 },
  { head: "p99" },
  { head: "max", leaves: 2 },
];

export function liveQueries(queries: readonly LiveQuery[], terminal: Terminal): string[] {
  const { bad, dim } = terminal.palette;
  const rows = queries.slice(0, SHOWN_QUERIES).map(({ name, ledger, response_ms: response }): Cell[] => [
    printable(name),
    count(ledger.planned),
    count(ledger.ok),
    ...([ledger.failed, ledger.timed_out] as const).map((wrong) => ({
      text: count(wrong),
      paint: wrong === 0 ? dim : bad,
    })),
    ...(["p50", "p95", "p99", "max"] as const).map((name) => milliseconds(response?.[name])),
  ]);
  return listed(QUERY_COLUMNS, rows, queries.length, terminal);
}

const ERROR_COLUMNS: readonly Column[] = [
  { head: "errors" },
  { head: "class", isText: true },
  { head: "query", isText: true, least: 16 },
  { head: "detail", isText: true, least: 16 },
];

export function liveErrors(errors: readonly LiveError[], terminal: Terminal): string[] {
  const rows = errors
    .slice(0, SHOWN_ERRORS)
    .map((error): Cell[] => [
      count(error.count),
      { text: error.class, paint: terminal.palette.bad },
      printable(error.query),
      printable(error.detail),
    ]);
  return listed(ERROR_COLUMNS, rows, errors.length, terminal);
}

/** Below an empty line; without a word on columns that had no place, for this is looked at in passing. */
function listed(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  all: number,
  terminal: Terminal,
): string[] {
  if (rows.length === 0) return [];
  const lines = fittedTable(columns, rows, terminal).slice(0, rows.length + 1);
  const more = all - rows.length;
  return ["", ...lines, ...(more > 0 ? [terminal.palette.dim(`and ${count(more)} more`)] : [])];
}

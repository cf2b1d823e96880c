/** What went wrong, for a terminal: a line for each kind of error, by its class, and below it what the server said. */

import type { ErrorReport, Report } from "../../protocol/report.ts";
import { count, durationText, printable } from "../words.ts";
import { indented, wordsOf } from "./flow.ts";
import { type Cell, type Column, fittedTable } from "./table.ts";
import type { Terminal } from "./terminal.ts";
import { cut } from "./width.ts";

const SHOWN_ERRORS = 10;
const LONGEST_MESSAGE = 160;

const COLUMNS: readonly Column[] = [
  { head: "errors" },
  { head: "class", isText: true },
  { head: "query", isText: true, least: 16 },
  { head: "detail", isText: true, least: 16 },
  { head: "first", leaves: 1 },
  { head: "last", leaves: 2 },
];

export function errorsSection({ errors }: Report, terminal: Terminal): string[] {
  const { palette } = terminal;
  const kept = errors.slice(0, SHOWN_ERRORS);
  const more = errors.length - kept.length;
  const rows = kept.map((error): Cell[] => [
    count(error.count),
    { text: error.class, paint: palette.bad },
    printable(error.query),
    printable(error.detail),
    durationText(error.first_ms),
    durationText(error.last_ms),
  ]);
  const lines = fittedTable(COLUMNS, rows, terminal).flatMap((line, index) => [
    line,
    ...indented(messageOf(kept[index - 1]), terminal, "        ").map(palette.dim),
  ]);
  return [...lines, ...(more > 0 ? [palette.dim(`and ${count(more)} more kinds, in the report`)] : [])];
}

/** The first line of the first sample, where it says more than the row above it. */
function messageOf(error: ErrorReport | undefined): string[] {
  const [line = ""] = error?.samples[0]?.message.split("\n") ?? [];
  return line === "" || line === error?.detail ? [] : wordsOf(cut(printable(line), LONGEST_MESSAGE));
}

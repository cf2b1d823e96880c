/** Columns side by side, fitted to a terminal: what has no place leaves, and it is said what. */

import { indented, separated } from "./flow.ts";
import { PIPE, type Terminal } from "./terminal.ts";
import { cut, filling, widthOf } from "./width.ts";

export interface Column {
  readonly head: string;
  /** Words stand to the left, figures to the right. */
  readonly isText?: boolean;
  /** Its cells may be cut down to this width. */
  readonly least?: number;
  /** Where there is no place columns leave, the highest figure first; one without a figure stays. */
  readonly leaves?: number;
}

export type Cell = string | { readonly text: string; readonly paint: (text: string) => string };

const GAP = "  ";

/** Lines of a table with its headings; none without rows. */
export function fittedTable(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  terminal: Terminal,
): string[] {
  if (rows.length === 0) return [];
  const cells = [columns.map(({ head }) => head), ...rows];
  const { shown, left } = choose(columns, cells, terminal.width);
  const lines = cells.map((row, index) => {
    const line = shown.map(({ at, width }) => cellText(columns[at], row[at] ?? "", width)).join(GAP);
    return index === 0 ? terminal.palette.dim(line.trimEnd()) : line.trimEnd();
  });
  if (left.length === 0) return lines;
  const names = separated(left.map((at) => columns[at]?.head ?? ""));
  return [...lines, ...indented(["no", "place", "for", ...names], terminal, "").map(terminal.palette.dim)];
}

/** A table whose first column is words, and all others are figures. */
export function table(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  terminal: Terminal = PIPE,
): string[] {
  const columns = headings.map((head, at) =>
    at === 0 ? { head, isText: true, least: 12 } : { head, leaves: at },
  );
  return fittedTable(columns, rows, terminal);
}

interface Shown {
  readonly at: number;
  readonly width: number;
}

/** Which columns have place, and how wide each is: first those without anything in them leave, then names are cut, then others leave. */
function choose(columns: readonly Column[], cells: readonly (readonly Cell[])[], width: number) {
  const natural = columns.map((_, at) => Math.max(...cells.map((row) => widthOf(textOf(row[at] ?? "")))));
  const isEmpty = (at: number) => cells.slice(1).every((row) => /^[0-]?$/.test(textOf(row[at] ?? "")));
  let places = columns.map((_, at) => at);
  const left: number[] = [];
  const leave = (at: number) => {
    places = places.filter((place) => place !== at);
  };
  for (const at of leaving(columns, places).filter(isEmpty))
    if (lengthOf(places.map((place) => ({ at: place, width: natural[place] ?? 0 }))) > width) leave(at);
  for (;;) {
    const shown = shrunk(columns, places, natural, width);
    const [next] = leaving(columns, places);
    if (next === undefined || lengthOf(shown) <= width) return { shown, left: left.sort((a, b) => a - b) };
    leave(next);
    left.push(next);
  }
}

/** Those that can be cut are, the widest first, as far as need be. */
function shrunk(
  columns: readonly Column[],
  places: readonly number[],
  natural: readonly number[],
  width: number,
): Shown[] {
  const shown = places.map((at) => ({ at, width: natural[at] ?? 0 }));
  const elastic = shown
    .filter(({ at }) => columns[at]?.least !== undefined)
    .sort((a, b) => b.width - a.width);
  for (const column of elastic) {
    const excess = lengthOf(shown) - width;
    const least = Math.min(column.width, columns[column.at]?.least ?? 0);
    if (excess > 0) column.width = Math.max(least, column.width - excess);
  }
  return shown;
}

function lengthOf(shown: readonly Shown[]): number {
  return shown.reduce((sum, { width }) => sum + width + GAP.length, -GAP.length);
}

/** The columns that can leave, in the order in which they do. */
function leaving(columns: readonly Column[], places: readonly number[]): number[] {
  const rank = (at: number) => columns[at]?.leaves ?? 0;
  return places.filter((at) => columns[at]?.leaves !== undefined).sort((a, b) => rank(b) - rank(a) || b - a);
}

function textOf(cell: Cell): string {
  return typeof cell === "string" ? cell : cell.text;
}

function cellText(column: Column | undefined, cell: Cell, width: number): string {
  const text = cut(textOf(cell), width);
  const shown = typeof cell === "string" ? text : cell.paint(text);
  const spaces = filling(text, width);
  return column?.isText ? `${shown}${spaces}` : `${spaces}${shown}`;
}

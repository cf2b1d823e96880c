/** The thresholds for a terminal: a line each, with a mark and what was found. */

import type { Report } from "../../protocol/report.ts";
import type { ThresholdReport, ThresholdState } from "../../protocol/threshold.ts";
import { figureText, thresholdName } from "../../protocol/threshold-words.ts";
import { count, printable } from "../words.ts";
import { flow, indented, wordsOf } from "./flow.ts";
import type { Palette, Terminal } from "./terminal.ts";
import { filling, widthOf } from "./width.ts";

/** Two spaces, the mark, a space. */
const MARK_WIDTH = 4;
const GAP = "  ";

const MARKS: Readonly<Record<ThresholdState, string>> = { passed: "✓", failed: "✗", unknown: "?" };

/** What holds, what does not, and what is not known, at a glance. */
export function markOf(state: ThresholdState, palette: Palette): string {
  const color = { passed: palette.good, failed: palette.bad, unknown: palette.warn };
  return color[state](MARKS[state]);
}

/** A threshold as a line of a list. */
export interface ThresholdLine {
  readonly state: ThresholdState;
  readonly name: string;
  readonly found: string;
  readonly note?: string;
}

export function thresholdSection({ thresholds }: Report, terminal: Terminal): string[] {
  if (thresholds.length === 0) return [];
  const held = thresholds.filter(({ state }) => state === "passed").length;
  const lines = thresholds.map((threshold) => ({
    state: threshold.state,
    name: printable(thresholdName(threshold)),
    found: threshold.value === null ? "-" : figureText(threshold.unit, threshold.value),
    note: noteOf(threshold),
  }));
  const { palette } = terminal;
  const isFromIntended = thresholds.some(({ latency_from: from }) => from === "intended start");
  return [
    `thresholds ${count(held)} of ${count(thresholds.length)} hold`,
    ...thresholdList(lines, terminal),
    ...(isFromIntended ? [palette.dim("  latencies count from the intended start")] : []),
  ];
}

/** Thresholds below one another: what was found stands in a column, or where there is no place for it, below its threshold; so does the note. */
export function thresholdList(lines: readonly ThresholdLine[], terminal: Terminal): string[] {
  const { palette, width } = terminal;
  const figures = Math.max(...lines.map(({ found }) => widthOf(found)));
  const notes = Math.max(...lines.map(({ note = "" }) => widthOf(note)));
  const room = width - MARK_WIDTH - GAP.length - figures;
  const names = Math.max(...lines.map(({ name }) => widthOf(name)).filter((name) => name <= room));
  const figuresEnd = MARK_WIDTH + names + GAP.length + figures;
  return lines.flatMap(({ state, name, found, note = "" }) => {
    const start = `  ${markOf(state, palette)} `;
    const figure = palette.strong(found);
    const below = (words: readonly string[]) =>
      indented(words, terminal, " ".repeat(MARK_WIDTH + GAP.length));
    const noteWords = note === "" ? [] : wordsOf(note).map(palette.dim);
    if (widthOf(name) > room) {
      const [first = "", ...rest] = flow(wordsOf(name), width - MARK_WIDTH);
      const folded = rest.map((line) => `${" ".repeat(MARK_WIDTH)}${line}`);
      return [`${start}${first}`, ...folded, ...below([figure, ...noteWords])];
    }
    const line = `${start}${name}${filling(name, names)}${GAP}${filling(found, figures)}${figure}`;
    if (note === "") return [line];
    if (figuresEnd + GAP.length + notes <= width) return [`${line}${GAP}${palette.dim(note)}`];
    return [line, ...below(noteWords)];
  });
}

/** Where it was worst, how often it failed, and whether it ended the run. */
function noteOf({ value, windows, aborted }: ThresholdReport): string {
  const worst = windows?.worst;
  return [
    ...(value === null ? ["nothing was measured"] : []),
    ...(worst ? [`worst from ${worst.from_s} s to ${worst.to_s} s`] : []),
    ...(windows ? [`${count(windows.failed)} of ${count(windows.judged)} windows failed`] : []),
    ...(aborted ? ["ended the run"] : []),
  ].join(", ");
}

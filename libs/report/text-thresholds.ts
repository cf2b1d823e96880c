/** The thresholds for a terminal: a line each, with what was found. */

import type { Report } from "../protocol/report.ts";
import type { ThresholdReport, ThresholdState } from "../protocol/threshold.ts";
import { thresholdFound, thresholdName } from "../protocol/threshold-words.ts";
import type { Palette } from "./plain.ts";
import { printable } from "./words.ts";

export function thresholdLines({ thresholds }: Report, palette: Palette): string[] {
  if (thresholds.length === 0) return [];
  const color = { passed: palette.good, failed: palette.bad, unknown: palette.warn };
  const names = thresholds.map((threshold) => printable(thresholdName(threshold)));
  const width = Math.max(...names.map(({ length }) => length));
  return [
    "thresholds",
    ...thresholds.map((threshold, index) => {
      const word = color[threshold.state](THRESHOLD_WORDS[threshold.state].padEnd(7));
      return `  ${word}  ${(names[index] ?? "").padEnd(width)}  ${thresholdNote(threshold)}`;
    }),
  ];
}

const THRESHOLD_WORDS: Readonly<Record<ThresholdState, string>> = {
  passed: "passed",
  failed: "FAILED",
  unknown: "unknown",
};

/** What was found, from where it counts, and whether it ended the run. */
export function thresholdNote(threshold: ThresholdReport): string {
  const { latency_from: from, aborted } = threshold;
  const notes = [
    ...(from === "intended start" ? ["from the intended start"] : []),
    ...(aborted ? ["ended the run"] : []),
  ];
  return `${thresholdFound(threshold)}${notes.length > 0 ? ` (${notes.join("; ")})` : ""}`;
}

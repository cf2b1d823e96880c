/** What a chart is told to draw. */

import type { Values } from "./columns.ts";

export interface Line {
  readonly name: string;
  /** The name of its colour in the style sheet. */
  readonly colour: string;
  readonly values: Values;
  readonly look: "line" | "dashed" | "area";
}

/** Beyond this ratio of highest to lowest, a linear scale shows nothing but the peaks. */
const LINEAR_RATIO = 50;

/** Whether a scale of powers of ten shows lines better. Pure. */
export function wantsLog(lines: readonly Pick<Line, "values">[]): boolean {
  const values = lines.flatMap(({ values: all }) =>
    all.filter((value) => value !== null && value > 0),
  ) as number[];
  if (values.length === 0) return false;
  const lowest = values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
  const highest = values.reduce((most, value) => Math.max(most, value), 0);
  return highest / lowest > LINEAR_RATIO;
}

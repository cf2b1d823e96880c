/** The response times of a run as a heat map: how many answers of each stretch took how long. Pure. */

import { heatEdgesMs } from "../../../../libs/stats/heat.ts";
import type { Point } from "./points.ts";

export interface HeatColumn {
  readonly second: number;
  readonly stepS: number;
  /** From the fastest to the slowest. */
  readonly cells: readonly { readonly cell: number; readonly perSecond: number }[];
}

export function heatColumnsOf(points: readonly Point[], untilS = Number.POSITIVE_INFINITY): HeatColumn[] {
  return points
    .filter(({ second, stepS }) => second + stepS <= untilS)
    .map(({ second, stepS, heat }) => ({ second, stepS, cells: cellsOf(heat, stepS) }));
}

function cellsOf(pairs: readonly number[], stepS: number): HeatColumn["cells"] {
  return Array.from({ length: pairs.length >> 1 }, (_, at) => ({
    cell: pairs[2 * at] as number,
    perSecond: (pairs[2 * at + 1] as number) / stepS,
  }));
}

/** The least and the most of what all columns hold; undefined where they hold nothing. */
export function heatRangeMs(columns: readonly HeatColumn[]): [number, number] | undefined {
  let [least, most] = [Number.POSITIVE_INFINITY, -1];
  for (const { cells } of columns) {
    least = Math.min(least, cells[0]?.cell ?? least);
    most = Math.max(most, cells.at(-1)?.cell ?? most);
  }
  return most < 0 ? undefined : [heatEdgesMs(least)[0], heatEdgesMs(most)[1]];
}

/** How strong a cell is drawn, from 0 to 1: by its root, and never too little, so that three slow answers beside thousands are seen. */
export function heatStrength(perSecond: number, most: number): number {
  if (perSecond <= 0 || most <= 0) return 0;
  return 0.12 + 0.88 * Math.sqrt(Math.min(1, perSecond / most));
}

export function heatMost(columns: readonly HeatColumn[]): number {
  return columns.reduce(
    (most, { cells }) => cells.reduce((top, { perSecond }) => Math.max(top, perSecond), most),
    0,
  );
}

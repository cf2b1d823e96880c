/** Lines and cells of a chart as paths of an SVG: scales, steps, gaps. Pure. */

import { heatEdgesMs } from "../../../../libs/stats/heat.ts";
import { powersOfTen, roundedUp, ticksTo } from "./axis.ts";
import type { Values } from "./columns.ts";
import { type HeatColumn, heatStrength } from "./heat.ts";
import { withLimits } from "./limits.ts";
import type { Line } from "./line.ts";
import type { Heat, Shown } from "./shown.ts";

/** Where a chart's lines may be, in the units of its SVG. */
export interface Frame {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

export interface Scale {
  readonly at: (value: number) => number;
  /** Values that are named beside the axis. */
  readonly ticks: readonly number[];
}

/** What is drawn need not be exact to more than a tenth of a pixel. */
const rounded = (value: number) => Math.round(value * 10) / 10;

export function timeScale(firstS: number, lastS: number, { left, right }: Frame): (second: number) => number {
  const length = Math.max(lastS - firstS, Number.MIN_VALUE);
  return (second) => rounded(left + ((second - firstS) / length) * (right - left));
}

/** As wide as the values, the limits that are near, and the cells of a heat map need it. */
export function valueScale(
  lines: readonly Pick<Line, "values">[],
  isLog: boolean,
  frame: Frame,
  { limits, heat }: Pick<Shown, "limits" | "heat"> = { limits: [] },
): Scale {
  const values = lines.flatMap(({ values: all }) => all.filter((value) => value !== null)) as number[];
  const highest = values.reduce((max, value) => Math.max(max, value), 0);
  const most = withLimits(highest, limits) ?? 0;
  if (!isLog) return linearScale(most, frame);
  if (heat?.rangeMs) return logScale(heat.rangeMs, frame);
  const shown = values.filter((value) => value > 0);
  const least = shown.reduce((min, value) => Math.min(min, value), most);
  return logScale([10 ** Math.floor(Math.log10(least)), 10 ** Math.ceil(Math.log10(most))], frame);
}

function linearScale(highest: number, { top, bottom }: Frame): Scale {
  const most = roundedUp(highest);
  return { ticks: ticksTo(most), at: (value) => rounded(bottom - (value / most) * (bottom - top)) };
}

function logScale([low, high]: readonly [number, number], { top, bottom }: Frame): Scale {
  const length = Math.max(Number.EPSILON, Math.log10(high / low));
  const at = (value: number) =>
    rounded(bottom - (Math.log10(Math.max(value, low) / low) / length) * (bottom - top));
  return { ticks: powersOfTen(low, high), at };
}

export interface Through {
  readonly second: readonly number[];
  /** Values hold until the next second that is told. */
  readonly isStepped: boolean;
  readonly x: (second: number) => number;
  readonly y: (value: number) => number;
  readonly frame: Frame;
}

/** A line that breaks off where nothing is known. */
export function pathOf(values: Values, through: Through): string {
  return stretchesOf(values)
    .map((stretch) => `M${cornersOf(stretch, values, through).join("L")}`)
    .join("");
}

/** What lies below the line. */
export function areaOf(values: Values, through: Through): string {
  const { frame } = through;
  return stretchesOf(values)
    .map((stretch) => {
      const corners = cornersOf(stretch, values, through);
      const [first = ""] = corners[0]?.split(" ") ?? [];
      const [last = ""] = corners.at(-1)?.split(" ") ?? [];
      return `M${first} ${frame.bottom}L${corners.join("L")}L${last} ${frame.bottom}Z`;
    })
    .join("");
}

/** Places of values that stand behind one another without a gap. */
function stretchesOf(values: Values): number[][] {
  const stretches: number[][] = [];
  for (const [at, value] of values.entries()) {
    if (value === null) continue;
    const last = stretches.at(-1);
    if (last && last.at(-1) === at - 1) last.push(at);
    else stretches.push([at]);
  }
  return stretches;
}

function cornersOf(stretch: readonly number[], values: Values, through: Through): string[] {
  const { second, isStepped, x, y, frame } = through;
  const usual = (second[1] ?? 1) - (second[0] ?? 0);
  return stretch.flatMap((at) => {
    const startS = second[at] ?? 0;
    const height = y(values[at] ?? 0);
    const start = `${x(startS)} ${height}`;
    const end = Math.min(frame.right, x(second[at + 1] ?? startS + usual));
    // One value alone is a short line: a dot would not be seen.
    return isStepped || stretch.length === 1 ? [start, `${end} ${height}`] : [start];
  });
}

/** More columns than that would be narrower than they are sharp. */
const HEAT_COLUMNS = 160;
/** Shades that are told apart. */
const SHADES = 8;

/** A heat map's cells, a path for each shade. */
export function heatPaths(
  { columns, mostPerSecond }: Heat,
  { x, y, frame }: Through,
): { readonly strength: number; readonly d: string }[] {
  const shades = new Map<number, string>();
  const together = Math.ceil(columns.length / HEAT_COLUMNS);
  for (let first = 0; first < columns.length; first += together) {
    const { second, stepS, cells } = joined(columns.slice(first, first + together));
    const [left, right] = [x(second), Math.min(frame.right, x(second + stepS))];
    for (const { cell, perSecond } of cells) {
      const [bottom, top] = heatEdgesMs(cell).map(y);
      const shade = Math.ceil(heatStrength(perSecond, mostPerSecond) * SHADES) / SHADES;
      shades.set(shade, `${shades.get(shade) ?? ""}M${left} ${bottom}H${right}V${top}H${left}Z`);
    }
  }
  return [...shades].map(([strength, d]) => ({ strength, d }));
}

/** Columns behind one another as one: what came in each second, on the mean. */
function joined(columns: readonly HeatColumn[]): HeatColumn {
  const [first = { second: 0, stepS: 1, cells: [] }] = columns;
  if (columns.length <= 1) return first;
  const stepS = columns.reduce((sum, column) => sum + column.stepS, 0);
  const counts = new Map<number, number>();
  for (const { cells, stepS: seconds } of columns)
    for (const { cell, perSecond } of cells) counts.set(cell, (counts.get(cell) ?? 0) + perSecond * seconds);
  const cells = [...counts].map(([cell, count]) => ({ cell, perSecond: count / stepS }));
  return { second: first.second, stepS, cells };
}

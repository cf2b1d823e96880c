/** The drawing of a chart: scales, paths and axes, without a word on what is drawn. */

import { exact } from "./numbers.ts";
import { html, type Markup } from "./text.ts";

/** Heights in pixels: of the plot, and of the labels below it. */
const PLOT_HEIGHT = 170;
const LABEL_HEIGHT = 24;

/** The plot's own coordinates: a column is one wide, and this is the height. */
const UNITS = 1000;

/** A value's height from 0 to 1, and where the grid lines are. */
export interface Scale {
  readonly at: (value: number) => number;
  readonly ticks: readonly number[];
}

/** From nothing to a round number at or above the highest value. */
export function linearScale(max: number): Scale {
  const step = max > 0 ? roundStep(max / 4) : 1;
  const steps = Math.max(1, Math.ceil(max / step - 1e-9));
  return {
    at: (value) => value / (steps * step),
    ticks: Array.from({ length: steps + 1 }, (_, index) => index * step),
  };
}

/** In powers of ten, for values that a linear scale would press to the ground. Both bounds are above nothing. */
export function logScale(min: number, max: number): Scale {
  const low = Math.floor(Math.log10(min));
  const high = Math.max(low + 1, Math.ceil(Math.log10(max)));
  return {
    at: (value) => (value <= 0 ? 0 : Math.max(0, (Math.log10(value) - low) / (high - low))),
    ticks: Array.from({ length: high - low + 1 }, (_, index) => 10 ** (low + index)),
  };
}

function roundStep(step: number): number {
  const power = 10 ** Math.floor(Math.log10(step));
  const digit = step / power;
  return power * (digit <= 1 ? 1 : digit <= 2 ? 2 : digit <= 5 ? 5 : 10);
}

/** Each column's value as a step; the line breaks where there is none. */
export function stepLine(values: readonly (number | null)[], scale: Scale): string {
  let path = "";
  let isDrawing = false;
  values.forEach((value, column) => {
    if (value !== null) {
      const y = yOf(value, scale);
      path += isDrawing ? `V${y}H${column + 1}` : `M${column} ${y}H${column + 1}`;
    }
    isDrawing = value !== null;
  });
  return path;
}

/** The area between two values in each column; nothing is drawn where they meet. */
export function stepBand(lower: readonly number[], upper: readonly number[], scale: Scale): string {
  let path = "";
  let start = 0;
  while (start < upper.length) {
    let end = start;
    while (end < upper.length && (upper[end] ?? 0) > (lower[end] ?? 0)) end++;
    if (end > start) path += closedBand(lower, upper, scale, start, end);
    start = end + 1;
  }
  return path;
}

function closedBand(
  lower: readonly number[],
  upper: readonly number[],
  scale: Scale,
  start: number,
  end: number,
): string {
  let there = `M${start} ${yOf(lower[start] ?? 0, scale)}`;
  let back = "";
  for (let column = start; column < end; column++) {
    there += `V${yOf(upper[column] ?? 0, scale)}H${column + 1}`;
    back = `V${yOf(lower[column] ?? 0, scale)}H${column}${back}`;
  }
  return `${there}${back}Z`;
}

function yOf(value: number, scale: Scale): number {
  return Math.round((1 - scale.at(value)) * UNITS);
}

interface Shape {
  /** A class of the style sheet, which gives the colour. */
  readonly look: string;
  readonly path: string;
}

export interface Plot {
  /** What is seen, for those who cannot see it. */
  readonly label: string;
  readonly shapes: readonly Shape[];
  readonly scale: Scale;
  readonly tickText: (value: number) => string;
  readonly columns: number;
  readonly lengthS: number;
}

/**
 * The outer picture is measured in pixels and percent, so that its text keeps its size on any screen; only the inner
 * one is stretched. The labels of the upright axis stand in the picture's left margin.
 */
export function drawPlot(plot: Plot): Markup {
  const grid = plot.scale.ticks.map((tick) => {
    const y = Math.round((1 - plot.scale.at(tick)) * PLOT_HEIGHT);
    return html`<line class="grid" x1="0" x2="100%" y1="${y}" y2="${y}"/><text x="-8" y="${y + 4}" text-anchor="end">${plot.tickText(tick)}</text>`;
  });
  const times = timeTicks(plot.lengthS).map(({ seconds, text }) => {
    const share = seconds / plot.lengthS;
    const anchor = share === 0 ? "start" : share > 0.95 ? "end" : "middle";
    const x = `${exact(share * 100)}%`;
    return html`<line class="grid" x1="${x}" x2="${x}" y1="${PLOT_HEIGHT}" y2="${PLOT_HEIGHT + 5}"/><text x="${x}" y="${PLOT_HEIGHT + 20}" text-anchor="${anchor}">${text}</text>`;
  });
  const shapes = plot.shapes.map(({ look, path }) => html`<path class="${look}" d="${path}"/>`);
  return html`<svg class="plot" height="${PLOT_HEIGHT + LABEL_HEIGHT}" role="img" aria-label="${plot.label}">
${grid}${times}
<svg width="100%" height="${PLOT_HEIGHT}" viewBox="0 0 ${plot.columns} ${UNITS}" preserveAspectRatio="none">${shapes}</svg>
</svg>`;
}

const TIME_UNITS = [
  { name: "s", seconds: 1, upToS: 180, steps: [1, 2, 5, 10, 20, 30, 60] },
  { name: "min", seconds: 60, upToS: 3 * 3600, steps: [1, 2, 5, 10, 15, 30, 60] },
  { name: "h", seconds: 3600, upToS: Number.POSITIVE_INFINITY, steps: [1, 2, 3, 6, 12, 24, 48, 96, 168] },
] as const;

/** So many labels still stand apart on a phone. */
const MAX_TIME_TICKS = 6;

function timeTicks(lengthS: number): { seconds: number; text: string }[] {
  const unit = TIME_UNITS.find(({ upToS }) => lengthS <= upToS) ?? TIME_UNITS[2];
  const length = lengthS / unit.seconds;
  const step = unit.steps.find((size) => length / size < MAX_TIME_TICKS) ?? roundStep(length / 4);
  const ticks = Math.floor(length / step) + 1;
  return Array.from({ length: ticks }, (_, index) => ({
    seconds: index * step * unit.seconds,
    text: index === 0 ? "0" : `${exact(index * step)} ${unit.name}`,
  }));
}

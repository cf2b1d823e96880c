/** What a chart has besides its lines: stretches that are greyed, the cells of a heat map, limits, and marks. */

import type uPlot from "uplot";
import { heatEdgesMs } from "../../../../libs/stats/heat.ts";
import { heatStrength } from "./heat.ts";
import type { Limit } from "./limits.ts";
import { MARK_COLOURS, type Mark } from "./marks.ts";
import type { Heat, Shown } from "./shown.ts";

export type { Shown } from "./shown.ts";

/** A colour by its name in the style sheet. */
export type ColourReader = (name: string) => string;

/** A mark's point stands above the drawing, so that it is found among many. */
const MARK_PX = { halfWidth: 4, height: 6, dash: 3 } as const;
const LIMIT_DASH_PX = 6;

/** Beneath the lines. */
export function paintUnder(plot: uPlot, { bands, heat }: Shown, colour: ColourReader): void {
  clipped(plot, () => {
    for (const { fromS, toS } of bands) {
      const [left, right] = [xOf(plot, fromS), xOf(plot, toS)];
      plot.ctx.fillStyle = colour("--band");
      plot.ctx.fillRect(left, plot.bbox.top, right - left, plot.bbox.height);
    }
    if (heat) paintHeat(plot, heat, colour);
  });
}

/** Above the lines. */
export function paintOver(plot: uPlot, { limits, marks }: Shown, colour: ColourReader): void {
  clipped(plot, () => {
    for (const limit of limits) paintLimit(plot, limit, colour);
  });
  plot.ctx.save();
  for (const mark of marks) paintMark(plot, mark, colour);
  plot.ctx.restore();
}

function clipped({ ctx, bbox }: uPlot, paint: () => void): void {
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  paint();
  ctx.restore();
}

function paintHeat(plot: uPlot, { columns, mostPerSecond }: Heat, colour: ColourReader): void {
  plot.ctx.fillStyle = colour("--p95");
  for (const { second, stepS, cells } of columns) {
    const [left, right] = [xOf(plot, second), xOf(plot, second + stepS)];
    for (const { cell, perSecond } of cells) {
      const [low, high] = heatEdgesMs(cell);
      const [bottom, top] = [yOf(plot, low), yOf(plot, high)];
      plot.ctx.globalAlpha = heatStrength(perSecond, mostPerSecond);
      plot.ctx.fillRect(left, top, Math.max(1, right - left), bottom - top);
    }
  }
  plot.ctx.globalAlpha = 1;
}

function paintLimit(plot: uPlot, { value, name }: Limit, colour: ColourReader): void {
  const { ctx, bbox } = plot;
  const y = yOf(plot, value);
  if (!Number.isFinite(y) || y < bbox.top || y > bbox.top + bbox.height) return;
  const ratio = devicePixelRatio;
  ctx.strokeStyle = colour("--failed");
  ctx.fillStyle = ctx.strokeStyle;
  ctx.lineWidth = ratio;
  ctx.setLineDash([LIMIT_DASH_PX * ratio, LIMIT_DASH_PX * ratio]);
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  ctx.font = `${11 * ratio}px system-ui, sans-serif`;
  ctx.textAlign = "right";
  ctx.textBaseline = "bottom";
  ctx.fillText(name, bbox.left + bbox.width - 4 * ratio, y - 2 * ratio);
}

function paintMark(plot: uPlot, { second, kind }: Mark, colour: ColourReader): void {
  const { ctx, bbox } = plot;
  const x = xOf(plot, second);
  if (x < bbox.left || x > bbox.left + bbox.width) return;
  const ratio = devicePixelRatio;
  ctx.strokeStyle = colour(MARK_COLOURS[kind]);
  ctx.fillStyle = ctx.strokeStyle;
  ctx.lineWidth = ratio;
  ctx.setLineDash([MARK_PX.dash * ratio, MARK_PX.dash * ratio]);
  ctx.beginPath();
  ctx.moveTo(x, bbox.top);
  ctx.lineTo(x, bbox.top + bbox.height);
  ctx.stroke();
  ctx.beginPath();
  ctx.moveTo(x - MARK_PX.halfWidth * ratio, bbox.top - MARK_PX.height * ratio);
  ctx.lineTo(x + MARK_PX.halfWidth * ratio, bbox.top - MARK_PX.height * ratio);
  ctx.lineTo(x, bbox.top);
  ctx.fill();
}

function xOf(plot: uPlot, second: number): number {
  return Math.round(plot.valToPos(second, "x", true));
}

function yOf(plot: uPlot, value: number): number {
  return Math.round(plot.valToPos(value, "y", true));
}

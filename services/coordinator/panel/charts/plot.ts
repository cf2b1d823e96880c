/** A chart's drawing, by uPlot: axes, lines, marks, one crosshair for all charts, and zoom by dragging. */

import uPlot from "uplot";
import { clockText } from "../frame/figures.ts";
import { powersOfTen, roundedUp, SECONDS, tickText } from "./axis.ts";
import { withLimits } from "./limits.ts";
import type { Line } from "./line.ts";
import type { Mark } from "./marks.ts";
import { type ColourReader, paintOver, paintUnder, type Shown } from "./paint.ts";
import { type Stretch, showAll, shownStretch, zoom } from "./zoom.ts";

export interface PlotSettings {
  readonly lines: readonly Line[];
  readonly isLog: boolean;
  /** Counts of a stretch hold for all of it; latencies are joined by lines. */
  readonly isStepped: boolean;
  readonly timeName: string;
  readonly valueText: (value: number) => string;
  /** What is drawn beside the lines, as it is at the moment of drawing. */
  readonly shown: () => Shown;
  /** What a mark says beside the time that it stands at. */
  readonly markText: (mark: Mark) => string;
}

const HEIGHT = 220;
/** One crosshair goes through all charts of a page. */
const SYNC_KEY = "run";
/** Less was a press, not a drag. */
const LEAST_DRAG_PX = 8;

/** While nobody points at a time, the key shows the values of the last one at which each line that has any is told. */
export function showLast(plot: uPlot): void {
  const [seconds, ...rows] = plot.data;
  const told = rows.filter((values) => values.some((value) => value !== null));
  const isTold = (at: number) => told.every((values) => (values[at] ?? null) !== null);
  let last = seconds.length - 1;
  while (last > 0 && !isTold(last)) last--;
  const isPointedAt = (plot.cursor.left ?? -1) >= 0;
  if (!isPointedAt && last >= 0 && plot.legend.idx !== last) plot.setLegend({ idx: last }, false);
}

export function createPlot(place: HTMLElement, settings: PlotSettings): uPlot {
  const colour = colourReader(place);
  const options: uPlot.Options = {
    width: Math.max(1, place.clientWidth),
    height: HEIGHT,
    padding: [12, 24, 0, 0],
    scales: {
      x: { time: false, range: (_plot, first, last) => rangeOf(settings.shown(), first ?? 0, last ?? 0) },
      y: settings.isLog
        ? { distr: 3, range: (_plot, least, most) => powersAround(least, most, settings.shown()) }
        : { range: (_plot, _least, most) => [0, roundedUp(withLimits(most, settings.shown().limits))] },
    },
    axes: [
      { ...axis(colour, clockText), incrs: SECONDS },
      {
        ...axis(colour, (value) => tickText(settings.valueText(value))),
        size: 64,
        ...(settings.isLog && { splits: powers }),
      },
    ],
    series: [
      { label: settings.timeName, value: (_plot, second) => timeText(second, settings) },
      ...settings.lines.map((line) => seriesOf(line, settings, colour)),
    ],
    cursor: {
      sync: {
        key: SYNC_KEY,
        scales: ["x", null],
        filters: { pub: (type) => type === "mousemove" || type === "mouseleave", sub: () => true },
      },
      drag: { x: true, y: false, setScale: false },
      bind: {
        dblclick: () => () => {
          showAll();
          return null;
        },
      },
    },
    hooks: {
      setSelect: [zoomTo],
      setLegend: [showLast],
      drawClear: [(plot) => paintUnder(plot, settings.shown(), colour)],
      draw: [(plot) => paintOver(plot, settings.shown(), colour)],
    },
  };
  return new uPlot(options, [[], ...settings.lines.map(() => [])], place);
}

function rangeOf({ span }: Shown, first: number, last: number): [number, number] {
  const [fromS, toS] = span ?? [first, last];
  return shownStretch(zoom.peek(), fromS, toS);
}

/** What a canvas is drawn with must be a colour, and not the name of one. */
function colourReader(place: HTMLElement): ColourReader {
  const probe = document.createElement("i");
  place.append(probe);
  return (name) => {
    if (!probe.isConnected) place.append(probe);
    probe.style.color = `var(${name})`;
    const { color } = getComputedStyle(probe);
    probe.remove();
    return color;
  };
}

function axis(colour: ColourReader, text: (value: number) => string): uPlot.Axis {
  const rule = { stroke: colour("--rule"), width: 1 };
  return {
    stroke: colour("--muted"),
    grid: rule,
    ticks: rule,
    font: "12px system-ui, sans-serif",
    values: (_plot, splits) => splits.map((value) => (value === null ? "" : text(value))),
  };
}

function seriesOf(
  { name, colour: ofLine, look }: Line,
  { valueText, isStepped }: PlotSettings,
  colour: ColourReader,
): uPlot.Series {
  const stroke = colour(ofLine);
  const steps = uPlot.paths.stepped?.({ align: 1 });
  return {
    label: name,
    stroke,
    width: 1.5,
    spanGaps: false,
    points: { show: false },
    value: (_plot, value) => (value === null ? "–" : valueText(value)),
    ...(look === "dashed" && { dash: [5, 4] }),
    ...(look === "area" && { fill: stroke.replace(/^rgb\((.*)\)$/, "rgba($1, 0.18)") }),
    ...(isStepped && steps && { paths: steps }),
  };
}

function timeText(second: number | null, { shown, markText }: PlotSettings): string {
  if (second === null) return "–";
  const near = shown().marks.filter((mark) => Math.abs(mark.second - second) < 1);
  return [clockText(second), ...near.map(markText)].join(" · ");
}

/** The powers of ten of a logarithmic scale. */
function powers(_plot: uPlot, _axis: number, least: number, most: number): number[] {
  return powersOfTen(least, most);
}

/** From a power of ten to another; of a heat map the edges of its cells. */
function powersAround(least: number | null, most: number | null, shown: Shown): [number, number] {
  if (shown.heat?.rangeMs) return shown.heat.rangeMs;
  const [low, high] = uPlot.rangeLog(least ?? 1, withLimits(most ?? 10, shown.limits) ?? 10, 10, false);
  return [low ?? 1, high ?? 10];
}

function zoomTo(plot: uPlot): void {
  const { left, width } = plot.select;
  if (width < LEAST_DRAG_PX) return;
  const stretch: Stretch = { fromS: plot.posToVal(left, "x"), toS: plot.posToVal(left + width, "x") };
  plot.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
  zoom.value = stretch;
}

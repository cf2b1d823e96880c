/** One chart: its title, its drawing, and the figures under the crosshair as its key. */

import { useSignalEffect } from "@preact/signals";
import { useContext, useEffect, useRef } from "preact/hooks";
import type uPlot from "uplot";
import { colourChanges, language } from "../frame/preferences.ts";
import { Printed } from "../frame/printed.ts";
import { say, sayName } from "../words/words.ts";
import { lastOf } from "./columns.ts";
import { type Line, wantsLog } from "./line.ts";
import type { Shown } from "./paint.ts";
import { createPlot, showLast } from "./plot.ts";
import { Still } from "./still.tsx";
import { zoom } from "./zoom.ts";

interface ChartProps {
  readonly id: string;
  readonly title: string;
  readonly hint: string;
  readonly second: readonly number[];
  readonly lines: readonly Line[];
  readonly shown: Shown;
  readonly valueText: (value: number) => string;
  /** Latencies may want a scale of powers of ten; those of a heat map always do. */
  readonly scale?: "linear" | "log_where_wanted" | "log";
  readonly isStepped?: boolean;
}

export function Chart({
  id,
  title,
  hint,
  second,
  lines,
  shown,
  valueText,
  scale = "linear",
  isStepped = false,
}: ChartProps) {
  const isPrinted = useContext(Printed);
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const latest = useRef(shown);
  latest.current = shown;
  const isLog = scale === "log" || (scale === "log_where_wanted" && wantsLog(lines));
  // A plot keeps its lines; other lines, words or colours make another one.
  const shape = [isLog, language.value, colourChanges.value, ...lines.map(({ name }) => name)].join(" ");

  useEffect(() => {
    if (!place.current) return;
    const made = createPlot(place.current, {
      lines,
      isLog,
      isStepped,
      timeName: say("second"),
      valueText,
      shown: () => latest.current,
      markText: ({ types }) => types.map((type) => sayName("ev_", type)).join(", "),
    });
    plot.current = made;
    const sized = new ResizeObserver(([entry]) => {
      if (entry) made.setSize({ width: Math.max(1, entry.contentRect.width), height: made.height });
    });
    sized.observe(place.current);
    return () => {
      sized.disconnect();
      made.destroy();
    };
  }, [shape]);

  useEffect(() => {
    plot.current?.setData(dataOf(second, lines));
    if (plot.current) showLast(plot.current);
  }, [second, lines, shown, shape]);
  useSignalEffect(() => {
    zoom.value;
    plot.current?.setData(plot.current.data);
    if (plot.current) showLast(plot.current);
  });

  const hints = [hint, isLog ? say("logarithmic") : ""].filter((each) => each !== "").join(", ");
  const values = lines.map(({ name, values: all }) => `${name} ${textOf(lastOf(all), valueText)}`).join(", ");
  return (
    <figure data-chart={id}>
      <figcaption>
        <strong>{title}</strong> <span class="muted">{hints}</span>
      </figcaption>
      <div ref={place} class="plot" role="img" aria-label={say("chart_summary", { title, values })} />
      {isPrinted && <Still {...{ title, second, lines, shown, valueText, isLog, isStepped }} />}
    </figure>
  );
}

function textOf(value: number | null, valueText: (value: number) => string): string {
  return value === null ? "–" : valueText(value);
}

function dataOf(second: readonly number[], lines: readonly Line[]): uPlot.AlignedData {
  return [second, ...lines.map(({ values }) => values)] as uPlot.AlignedData;
}

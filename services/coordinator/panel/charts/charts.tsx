/** The charts of a run: one time axis, one crosshair, one zoom. */

import { useComputed } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import type { RunRecord } from "../../../../libs/protocol/run.ts";
import { countText, latencyText, rateText } from "../frame/figures.ts";
import type { RunStore } from "../run/run-store.ts";
import { say } from "../words/words.ts";
import { Chart } from "./chart.tsx";
import { type Columns, columnsOf, hasValues } from "./columns.ts";
import type { Line } from "./line.ts";
import { type Mark, marksOf } from "./marks.ts";
import type { Sample } from "./points.ts";
import { showAll, zoom } from "./zoom.ts";

interface ChartsProps {
  readonly store: RunStore;
  readonly record: RunRecord;
}

export function Charts({ store, record }: ChartsProps) {
  const columns = useComputed(() => columnsOf(store.book.value, store.figures.value?.settledS)).value;
  const marks = useComputed(() => marksOf(store.happenings.value)).value;
  const { samples } = store.book.value;
  useEffect(() => showAll, []);
  const isLate = !store.report.value && (columns.second[0] ?? 0) > 5;
  return (
    <section id="charts" aria-labelledby="charts-title">
      <h2 id="charts-title">{say("over_time")}</h2>
      {columns.second.length === 0 ? (
        <p class="empty">{say("no_points")}</p>
      ) : (
        <>
          <p class="muted chart-help">
            {zoom.value ? (
              <button type="button" onClick={showAll}>
                {say("reset_zoom")}
              </button>
            ) : (
              say("zoom_hint")
            )}{" "}
            {isLate && say("heard_since")}
          </p>
          <div class="charts">
            <OfPoints
              columns={columns}
              marks={marks}
              model={record.model}
              isAsked={record.model === "open" && !store.report.value}
            />
            <OfSamples samples={samples} marks={marks} />
          </div>
        </>
      )}
    </section>
  );
}

interface OfPointsProps {
  readonly columns: Columns;
  readonly marks: readonly Mark[];
  readonly model: RunRecord["model"];
  /** What is planned is drawn as the plan asked for it: the books know of those alone that are settled. */
  readonly isAsked: boolean;
}

function OfPoints({ columns, marks, model, isAsked }: OfPointsProps) {
  const { second } = columns;
  const rate = (perSecond: number) => say("per_second", rateText(perSecond));
  const lines = useMemo(() => linesOf(columns, isAsked), [columns, isAsked, say("planned")]);
  return (
    <>
      <Chart
        id="rate"
        isStepped
        title={say("chart_rate")}
        hint={say("chart_rate_hint")}
        lines={lines.rate}
        valueText={rate}
        {...{ second, marks }}
      />
      <Chart
        id="response"
        title={say("chart_response")}
        hint={say("chart_response_hint")}
        lines={lines.response}
        valueText={latencyText}
        mayBeLog
        {...{ second, marks }}
      />
      <Chart
        id="errors"
        isStepped
        title={say("chart_errors")}
        hint={say("chart_errors_hint")}
        lines={lines.errors}
        valueText={rate}
        {...{ second, marks }}
      />
      {hasValues(columns.lagP99Ms) && (
        <Chart
          id="lag"
          title={say("chart_lag")}
          hint={say("chart_lag_hint")}
          lines={lines.lag}
          valueText={latencyText}
          mayBeLog
          {...{ second, marks }}
        />
      )}
      {model === "closed" && (
        <Chart
          id="load"
          title={say("chart_users")}
          hint=""
          lines={lines.load}
          valueText={countText}
          isStepped
          {...{ second, marks }}
        />
      )}
    </>
  );
}

/** The lines of each chart, in the words of the moment. */
function linesOf(
  columns: Columns,
  isAsked: boolean,
): Readonly<Record<"rate" | "response" | "errors" | "lag" | "load", readonly Line[]>> {
  return {
    rate: [
      {
        name: say("planned"),
        colour: "--ink",
        values: isAsked ? columns.load : columns.planned,
        look: "dashed",
      },
      { name: say("sent"), colour: "--p95", values: columns.sent, look: "line" },
      { name: say("ok"), colour: "--ok", values: columns.ok, look: "area" },
    ],
    response: [
      { name: say("p50"), colour: "--p50", values: columns.p50Ms, look: "line" },
      { name: say("p95"), colour: "--p95", values: columns.p95Ms, look: "line" },
      { name: say("p99"), colour: "--p99", values: columns.p99Ms, look: "line" },
      { name: say("max"), colour: "--muted", values: columns.maxMs, look: "dashed" },
    ],
    errors: [
      { name: say("failed"), colour: "--failed", values: columns.failed, look: "area" },
      { name: say("timed_out"), colour: "--timed_out", values: columns.timedOut, look: "line" },
      { name: say("missed"), colour: "--missed", values: columns.missed, look: "line" },
      { name: say("lost"), colour: "--lost", values: columns.lost, look: "line" },
    ],
    lag: [{ name: say("lag_p99"), colour: "--missed", values: columns.lagP99Ms, look: "line" }],
    load: [{ name: say("asked"), colour: "--ink", values: columns.load, look: "line" }],
  };
}

function OfSamples({ samples, marks }: { samples: readonly Sample[]; marks: readonly Mark[] }) {
  const second = useMemo(() => samples.map((sample) => sample.second), [samples]);
  const lines = useMemo<readonly Line[]>(
    () => [
      {
        name: say("in_flight"),
        colour: "--p95",
        values: samples.map(({ inFlight }) => inFlight),
        look: "line",
      },
      { name: say("workers"), colour: "--ok", values: samples.map(({ workers }) => workers), look: "line" },
    ],
    [samples, say("in_flight")],
  );
  if (samples.length < 2) return null;
  return (
    <Chart
      id="flight"
      title={say("chart_flight")}
      hint={say("chart_flight_hint")}
      valueText={countText}
      isStepped
      {...{ second, lines, marks }}
    />
  );
}

/** The charts of a run: one time axis, one crosshair, one zoom. */

import { useMemo } from "preact/hooks";
import { countText, decimalText, latencyText, rateText } from "../frame/figures.ts";
import { say } from "../words/words.ts";
import { Chart } from "./chart.tsx";
import { hasValues } from "./columns.ts";
import type { Drawn } from "./drawn.ts";
import { heatMost, heatRangeMs } from "./heat.ts";
import * as lines from "./lines.ts";
import type { Shown } from "./paint.ts";
import { serverColumnsOf } from "./server-columns.ts";

export function Charts({ drawn }: { drawn: Drawn }) {
  const { marks, bands, limits } = drawn;
  const shown = useMemo<Shown>(() => ({ marks, bands, limits: [] }), [marks, bands]);
  const limited = useMemo<Shown>(() => ({ ...shown, limits: limits.latency }), [shown, limits]);
  return (
    <div class="charts">
      {drawn.only ? (
        <OfQuery drawn={drawn} shown={shown} />
      ) : (
        <>
          <OfPoints drawn={drawn} shown={shown} limited={limited} />
          <HeatMap drawn={drawn} shown={limited} />
        </>
      )}
      <OfLag drawn={drawn} shown={shown} />
      <OfSamples drawn={drawn} shown={shown} />
      <OfServers drawn={drawn} shown={shown} />
    </div>
  );
}

interface Props {
  readonly drawn: Drawn;
  readonly shown: Shown;
}

const perSecond = (value: number) => say("per_second", rateText(value));

function OfPoints({ drawn: { columns, isAsked }, shown, limited }: Props & { limited: Shown }) {
  const { second } = columns;
  const words = say("planned");
  const rate = useMemo(() => lines.rateLines(columns, isAsked), [columns, isAsked, words]);
  const response = useMemo(() => lines.responseLines(columns), [columns, words]);
  const errors = useMemo(() => lines.errorLines(columns), [columns, words]);
  return (
    <>
      <Chart
        id="rate"
        isStepped
        title={say("chart_rate")}
        hint={say("chart_rate_hint")}
        lines={rate}
        valueText={perSecond}
        {...{ second, shown }}
      />
      <Chart
        id="response"
        title={say("chart_response")}
        hint={say("chart_response_hint")}
        lines={response}
        valueText={latencyText}
        scale="log_where_wanted"
        {...{ second, shown: limited }}
      />
      <Chart
        id="errors"
        isStepped
        title={say("chart_errors")}
        hint={say("chart_errors_hint")}
        lines={errors}
        valueText={perSecond}
        {...{ second, shown }}
      />
    </>
  );
}

function OfQuery({ drawn: { only }, shown }: Props) {
  const words = say("planned");
  const rate = useMemo(() => (only ? lines.queryRateLines(only.columns) : []), [only, words]);
  const response = useMemo(() => (only ? lines.queryResponseLines(only.columns) : []), [only, words]);
  if (!only) return null;
  const { second } = only.columns;
  return (
    <>
      <Chart
        id="query-rate"
        isStepped
        title={`${say("chart_rate")}: ${only.name}`}
        hint=""
        lines={rate}
        valueText={perSecond}
        {...{ second, shown }}
      />
      <Chart
        id="query-response"
        title={`${say("chart_response")}: ${only.name}`}
        hint={say(hasValues(only.columns.meanMs) ? "chart_blocks_hint" : "chart_so_far_hint")}
        lines={response}
        valueText={latencyText}
        scale="log_where_wanted"
        {...{ second, shown }}
      />
    </>
  );
}

function HeatMap({ drawn: { columns, heat }, shown }: Props) {
  const mostPerSecond = heatMost(heat);
  const withHeat = useMemo<Shown>(
    () => ({ ...shown, heat: { columns: heat, rangeMs: heatRangeMs(heat), mostPerSecond } }),
    [shown, heat, mostPerSecond],
  );
  const median = useMemo(() => lines.medianLines(columns), [columns, say("p50")]);
  if (mostPerSecond === 0) return null;
  return (
    <Chart
      id="heat"
      title={say("chart_heat")}
      hint={say("chart_heat_hint")}
      second={columns.second}
      lines={median}
      shown={withHeat}
      valueText={latencyText}
      scale="log"
    />
  );
}

function OfLag({ drawn: { columns, isClosed }, shown }: Props) {
  const { second } = columns;
  const lag = useMemo(() => lines.lagLines(columns), [columns, say("lag")]);
  const load = useMemo(() => lines.loadLines(columns), [columns, say("asked")]);
  return (
    <>
      {hasValues(columns.lagP99Ms) && (
        <Chart
          id="lag"
          title={say("chart_lag")}
          hint={say("chart_lag_hint")}
          lines={lag}
          valueText={latencyText}
          scale="log_where_wanted"
          {...{ second, shown }}
        />
      )}
      {isClosed && (
        <Chart
          id="load"
          isStepped
          title={say("chart_users")}
          hint=""
          lines={load}
          valueText={countText}
          {...{ second, shown }}
        />
      )}
    </>
  );
}

function OfSamples({ drawn: { samples }, shown }: Props) {
  const second = useMemo(() => samples.map((sample) => sample.second), [samples]);
  const flight = useMemo(() => lines.flightLines(samples), [samples, say("in_flight")]);
  if (samples.length < 2) return null;
  return (
    <Chart
      id="flight"
      isStepped
      title={say("chart_flight")}
      hint={say("chart_flight_hint")}
      lines={flight}
      valueText={countText}
      {...{ second, shown }}
    />
  );
}

function OfServers({ drawn: { servers }, shown }: Props) {
  const columns = useMemo(() => serverColumnsOf(servers), [servers]);
  const words = say("server_cpu");
  const cpu = useMemo(() => lines.serverCpuLines(columns), [columns, words]);
  const places = useMemo(() => lines.serverPlaceLines(columns), [columns, words]);
  const { second } = columns;
  if (second.length < 2) return null;
  return (
    <>
      <Chart
        id="server-cpu"
        title={say("server_cpu")}
        hint={say("server_hint")}
        lines={cpu}
        valueText={(value) => decimalText(value, 2)}
        {...{ second, shown }}
      />
      <Chart
        id="server-places"
        isStepped
        title={say("server_places")}
        hint={say("server_hint")}
        lines={places}
        valueText={countText}
        {...{ second, shown }}
      />
    </>
  );
}

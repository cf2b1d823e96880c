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
import type { QueryColumns } from "./query-columns.ts";
import { serverColumnsOf } from "./server-columns.ts";

export function Charts({ drawn }: { drawn: Drawn }) {
  const { marks, bands, limits, only } = drawn;
  const [fromS, toS] = spanOf(drawn);
  const shown = useMemo<Shown>(
    () => ({ marks, bands, limits: [], span: [fromS, toS] }),
    [marks, bands, fromS, toS],
  );
  const limited = useMemo<Shown>(() => ({ ...shown, limits: limits.latency }), [shown, limits]);
  return (
    <div class="charts">
      {!only && <OfAnswers {...drawn} {...{ shown, limited }} />}
      {only?.kept && <OfAnswers {...only.kept} {...{ shown, limited: shown }} name={only.name} />}
      {only && !only.kept && only.blocks && <OfBlocks blocks={only.blocks} {...{ shown }} name={only.name} />}
      <OfLag drawn={drawn} shown={shown} />
      <OfFleet drawn={drawn} shown={shown} />
      <OfServers drawn={drawn} shown={shown} />
    </div>
  );
}

/** From the first to the last moment that any of the charts knows of. */
function spanOf({ columns, fleet, servers }: Drawn): [number, number] {
  const firsts = [columns.second[0], fleet[0]?.second, servers[0]?.from_s];
  const lasts = [columns.second.at(-1), fleet.at(-1)?.second, servers.at(-1)?.to_s];
  const known = (values: readonly (number | undefined)[]) => values.filter((value) => value !== undefined);
  return [Math.max(0, Math.min(...known(firsts))), Math.max(0, ...known(lasts))];
}

interface Props {
  readonly drawn: Drawn;
  readonly shown: Shown;
}

const perSecond = (value: number) => say("per_second", rateText(value));

/** Of all queries, or of one: then its name is in titles and ids. */
interface AnswersProps extends Pick<Drawn, "columns" | "heat"> {
  readonly isAsked?: boolean;
  readonly name?: string;
  readonly shown: Shown;
  readonly limited: Shown;
}

function OfAnswers({ columns, heat, isAsked = false, name, shown, limited }: AnswersProps) {
  const { second } = columns;
  const words = say("planned");
  const rate = useMemo(() => lines.rateLines(columns, isAsked), [columns, isAsked, words]);
  const response = useMemo(() => lines.responseLines(columns), [columns, words]);
  const errors = useMemo(() => lines.errorLines(columns), [columns, words]);
  const [prefix, suffix] = name === undefined ? ["", ""] : ["query-", `: ${name}`];
  return (
    <>
      <Chart
        id={`${prefix}rate`}
        isStepped
        title={say("chart_rate") + suffix}
        hint={say("chart_rate_hint")}
        lines={rate}
        valueText={perSecond}
        {...{ second, shown }}
      />
      <Chart
        id={`${prefix}response`}
        title={say("chart_response") + suffix}
        hint={say("chart_response_hint")}
        lines={response}
        valueText={latencyText}
        scale="log_where_wanted"
        {...{ second, shown: limited }}
      />
      <Chart
        id={`${prefix}errors`}
        isStepped
        title={say("chart_errors") + suffix}
        hint={say("chart_errors_hint")}
        lines={errors}
        valueText={perSecond}
        {...{ second, shown }}
      />
      <HeatMap
        id={`${prefix}heat`}
        title={say("chart_heat") + suffix}
        {...{ columns, heat, shown: limited }}
      />
    </>
  );
}

interface BlocksProps {
  readonly blocks: QueryColumns;
  readonly name: string;
  readonly shown: Shown;
}

function OfBlocks({ blocks, name, shown }: BlocksProps) {
  const { second } = blocks;
  const words = say("ok");
  const rate = useMemo(() => lines.blockRateLines(blocks), [blocks, words]);
  const mean = useMemo(() => lines.blockMeanLines(blocks), [blocks, words]);
  return (
    <>
      <Chart
        id="query-rate"
        isStepped
        title={`${say("chart_rate")}: ${name}`}
        hint={say("chart_rate_hint")}
        lines={rate}
        valueText={perSecond}
        {...{ second, shown }}
      />
      <Chart
        id="query-mean"
        title={`${say("chart_mean")}: ${name}`}
        hint={say("chart_blocks_hint")}
        lines={mean}
        valueText={latencyText}
        scale="log_where_wanted"
        {...{ second, shown }}
      />
    </>
  );
}

interface HeatMapProps extends Pick<Drawn, "columns" | "heat"> {
  readonly id: string;
  readonly title: string;
  readonly shown: Shown;
}

function HeatMap({ id, title, columns, heat, shown }: HeatMapProps) {
  const mostPerSecond = heatMost(heat);
  const withHeat = useMemo<Shown>(
    () => ({ ...shown, heat: { columns: heat, rangeMs: heatRangeMs(heat), mostPerSecond } }),
    [shown, heat, mostPerSecond],
  );
  const median = useMemo(() => lines.medianLines(columns), [columns, say("p50")]);
  if (mostPerSecond === 0) return null;
  return (
    <Chart
      hint={say("chart_heat_hint")}
      second={columns.second}
      lines={median}
      shown={withHeat}
      valueText={latencyText}
      scale="log"
      {...{ id, title }}
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

function OfFleet({ drawn: { fleet }, shown }: Props) {
  const second = useMemo(() => fleet.map((point) => point.second), [fleet]);
  const words = say("in_flight");
  const flight = useMemo(() => lines.flightLines(fleet), [fleet, words]);
  const queue = useMemo(() => lines.queueLines(fleet), [fleet, words]);
  if (fleet.length < 2) return null;
  return (
    <>
      <Chart
        id="flight"
        isStepped
        title={say("chart_flight")}
        hint={say("chart_flight_hint")}
        lines={flight}
        valueText={countText}
        {...{ second, shown }}
      />
      <Chart
        id="queue"
        isStepped
        title={say("chart_queue")}
        hint={say("chart_queue_hint")}
        lines={queue}
        valueText={countText}
        {...{ second, shown }}
      />
    </>
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

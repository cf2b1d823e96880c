/** Everything over time: the panel's own charts, and what more the servers told, on one axis. */

import { useMemo } from "preact/hooks";
import type { ServerPoint } from "../../../../libs/protocol/server.ts";
import type { ReportView } from "../../../../libs/report/html/view.ts";
import { bandsOf } from "../charts/bands.ts";
import { Chart } from "../charts/chart.tsx";
import { Charts } from "../charts/charts.tsx";
import { columnsOf, hasValues } from "../charts/columns.ts";
import type { Drawn } from "../charts/drawn.ts";
import { heatColumnsOf } from "../charts/heat.ts";
import { limitsOf } from "../charts/limits.ts";
import type { Line } from "../charts/line.ts";
import { marksOf } from "../charts/marks.ts";
import type { Shown } from "../charts/shown.ts";
import { showAll, zoom } from "../charts/zoom.ts";
import { decimalText } from "../frame/figures.ts";
import { figuresOfReport, serversIn, untilEnd } from "../run/from-report.ts";
import { happeningsIn } from "../run/happenings.ts";
import { say } from "../words/words.ts";
import { Section } from "./section.tsx";
import { type ReportWord, tell } from "./words/words.ts";

/** Servers of a cluster that have charts of their own; the table has them all. */
const SHOWN_SERVERS = 3;

export function OverTime({ view }: { view: ReportView }) {
  const drawn = useMemo(() => drawnOf(view), [view]);
  return (
    <Section id="charts" title="over_time">
      {view.timeline.length === 0 ? (
        <p class="empty">{tell("no_points")}</p>
      ) : (
        <>
          <p class="muted chart-help">
            <span class="moving">
              {zoom.value ? (
                <button type="button" onClick={showAll}>
                  {say("reset_zoom")}
                </button>
              ) : (
                say("zoom_hint")
              )}
            </span>{" "}
            {drawn.bands.length > 0 && say("bands_hint")} {view.isMerged && tell("merged_note")}
          </p>
          <Charts drawn={drawn} />
          <ServerCharts view={view} drawn={drawn} />
        </>
      )}
    </Section>
  );
}

function drawnOf({ report, timeline: all }: ReportView): Drawn {
  const timeline = untilEnd(all, report);
  return {
    columns: columnsOf(timeline),
    heat: heatColumnsOf(timeline),
    fleet: report.fleet,
    servers: serversIn(report),
    marks: marksOf(happeningsIn(report)),
    bands: bandsOf(timeline, report.warm_up?.duration_s),
    limits: limitsOf(figuresOfReport(report).thresholds),
    isClosed: report.model === "closed",
    isAsked: false,
    only: undefined,
  };
}

/** The servers' queues and their memory. */
function ServerCharts({ view: { report }, drawn: { marks, bands } }: { view: ReportView; drawn: Drawn }) {
  const shown = useMemo<Shown>(() => ({ marks, bands, limits: [] }), [marks, bands]);
  const servers = report.server?.servers ?? [];
  return (
    <div class="charts">
      {servers
        .slice(0, SHOWN_SERVERS)
        .flatMap(({ url, timeline }) => [
          <OfServer key={`queue ${url}`} id="server-queue" {...{ url, timeline, shown }} lines={QUEUE} />,
          <OfServer key={`memory ${url}`} id="server-memory" {...{ url, timeline, shown }} lines={MEMORY} />,
        ])}
    </div>
  );
}

interface Described {
  readonly name: ReportWord;
  readonly colour: string;
  readonly of: (point: ServerPoint) => number | null;
}

const QUEUE: readonly Described[] = [
  { name: "taken_up", colour: "--ok", of: (point) => point.queries_per_s },
  { name: "had_to_wait", colour: "--timed_out", of: (point) => point.waits_per_s },
];
const MEMORY: readonly Described[] = [{ name: "resident", colour: "--p50", of: (point) => point.rss_mb }];

const TITLES = {
  "server-queue": { title: "server_queue", hint: "per_second" },
  "server-memory": { title: "server_memory", hint: "megabytes" },
} as const;

interface OfServerProps {
  readonly id: keyof typeof TITLES;
  readonly url: string;
  readonly timeline: readonly ServerPoint[];
  readonly shown: Shown;
  readonly lines: readonly Described[];
}

function OfServer({ id, url, timeline, shown, lines: described }: OfServerProps) {
  const second = useMemo(() => timeline.map(({ to_s: toS }) => toS), [timeline]);
  const words = tell("resident");
  const lines = useMemo(
    () =>
      described.map(
        ({ name, colour, of }): Line => ({
          name: tell(name),
          colour,
          look: "line",
          values: timeline.map(of),
        }),
      ),
    [described, timeline, words],
  );
  if (!lines.some(({ values }) => hasValues(values))) return null;
  const { title, hint } = TITLES[id];
  return (
    <Chart
      id={id}
      title={tell(title)}
      hint={`${tell(hint)}, ${url}`}
      valueText={(value) => decimalText(value, 0)}
      {...{ second, lines, shown }}
    />
  );
}

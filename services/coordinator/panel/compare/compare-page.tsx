/** Two to five runs over one another, and what differs between the first and each of the others. */

import { useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import type { Comparison } from "../../../../libs/protocol/comparison.ts";
import type { Report } from "../../../../libs/protocol/report.ts";
import { compareRuns, getReport } from "../api/calls.ts";
import { Chart } from "../charts/chart.tsx";
import type { Line } from "../charts/line.ts";
import type { Shown } from "../charts/paint.ts";
import { showAll } from "../charts/zoom.ts";
import { VerdictBadge } from "../frame/badge.tsx";
import { countText, latencyText, rateText, shareText } from "../frame/figures.ts";
import { hashOf } from "../frame/route.ts";
import { Table } from "../frame/table.tsx";
import { Trouble } from "../frame/trouble.tsx";
import { say } from "../words/words.ts";
import { Differences } from "./differences.tsx";
import { FIGURES, overlayOf } from "./overlay.ts";

interface Compared {
  readonly reports: readonly Report[];
  readonly comparisons: readonly Comparison[];
}

/** One for each run, in their order. */
const RUN_COLOURS = ["--p99", "--failed", "--ok", "--timed_out", "--missed"] as const;
const NOTHING_SHOWN: Shown = { marks: [], bands: [], limits: [] };

export function ComparePage({ ids }: { ids: readonly string[] }) {
  const found = useSignal<Compared | undefined>(undefined);
  const error = useSignal<unknown>(undefined);
  const key = ids.join(",");
  useEffect(() => {
    found.value = undefined;
    error.value = undefined;
    read(ids).then(
      (compared) => (found.value = compared),
      (trouble: unknown) => (error.value = trouble),
    );
    return showAll;
  }, [key]);
  useEffect(() => {
    document.title = `${say("compare")} · Logburst`;
  });
  return (
    <main id="content">
      <h1>{say("compare")}</h1>
      {error.value !== undefined && <Trouble error={error.value} />}
      {ids.length < 2 && <p class="empty">{say("compare_hint")}</p>}
      {found.value ? (
        <Comparing compared={found.value} />
      ) : (
        ids.length >= 2 && error.value === undefined && <p class="loading">{say("loading")}</p>
      )}
    </main>
  );
}

async function read(ids: readonly string[]): Promise<Compared> {
  const [first, ...rest] = ids;
  if (first === undefined || rest.length === 0) return { reports: [], comparisons: [] };
  const reports = Promise.all(ids.map((id) => getReport(id)));
  const comparisons = Promise.all(rest.map((id) => compareRuns(first, id)));
  return { reports: await reports, comparisons: await comparisons };
}

function Comparing({ compared: { reports, comparisons } }: { compared: Compared }) {
  if (reports.length < 2) return null;
  return (
    <>
      <Runs reports={reports} />
      <section aria-labelledby="over-title">
        <h2 id="over-title">{say("over_time")}</h2>
        <div class="charts">
          <OverlayChart id="compare-ok" title={say("ok_rate")} reports={reports} figure="ok" />
          <OverlayChart id="compare-p50" title={say("response_p50")} reports={reports} figure="p50" />
          <OverlayChart id="compare-p95" title={say("response_p95")} reports={reports} figure="p95" />
          <OverlayChart id="compare-bad" title={say("not_ok")} reports={reports} figure="bad" />
        </div>
      </section>
      {comparisons.map((comparison) => (
        <Differences key={comparison.contender.name} comparison={comparison} />
      ))}
    </>
  );
}

function Runs({ reports }: { reports: readonly Report[] }) {
  return (
    <Table
      label={say("runs")}
      columns={[
        {
          key: "run",
          head: say("run"),
          cell: (report: Report) => (
            <>
              <i class={`swatch c-${reports.indexOf(report)}`} />
              <a href={hashOf({ page: "run", id: report.run_id, query: undefined })}>{report.name}</a>
              <small>{report.run_id}</small>
            </>
          ),
        },
        {
          key: "verdict",
          head: say("verdict"),
          kind: "text",
          cell: ({ verdict }) => <VerdictBadge verdict={verdict} />,
        },
        {
          key: "ok",
          head: say("ok"),
          by: ({ ledger }) => ledger.ok,
          cell: ({ ledger }) => countText(ledger.ok),
        },
        {
          key: "rate",
          head: say("ok_rate"),
          by: ({ totals }) => totals.ok_per_s,
          cell: ({ totals }) => say("per_second", rateText(totals.ok_per_s)),
        },
        {
          key: "errors",
          head: say("errors"),
          by: ({ totals }) => totals.error_rate,
          cell: ({ totals }) => shareText(totals.error_rate),
        },
        ...(["p50", "p95", "p99"] as const).map((name) => ({
          key: name,
          head: say(name),
          by: ({ totals }: Report) => totals.response_ms[name],
          cell: ({ totals }: Report) => latencyText(totals.response_ms[name]),
        })),
      ]}
      rows={reports}
      keyOf={({ run_id: id }) => id}
      empty=""
    />
  );
}

interface OverlayChartProps {
  readonly id: string;
  readonly title: string;
  readonly reports: readonly Report[];
  readonly figure: keyof typeof FIGURES;
}

function OverlayChart({ id, title, reports, figure }: OverlayChartProps) {
  const overlay = useMemo(() => overlayOf(reports, FIGURES[figure]), [reports, figure]);
  const lines = useMemo<readonly Line[]>(
    () =>
      overlay.rows.map((values, index) => ({
        name: reports[index]?.run_id ?? "",
        colour: RUN_COLOURS[index] ?? "--ink",
        values,
        look: "line",
      })),
    [overlay, reports],
  );
  const isLatency = figure === "p50" || figure === "p95";
  return (
    <Chart
      id={id}
      title={title}
      hint=""
      second={overlay.second}
      lines={lines}
      shown={NOTHING_SHOWN}
      valueText={isLatency ? latencyText : (value) => say("per_second", rateText(value))}
      scale={isLatency ? "log_where_wanted" : "linear"}
    />
  );
}

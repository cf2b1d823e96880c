/** The capacity curve of a search: what each load did to the latency, and where the knee is. */

import { useContext } from "preact/hooks";
import type { SearchResult, SeriesRecord, SeriesStep } from "../../../../libs/protocol/series.ts";
import { milliseconds, percent, rate } from "../../../../libs/report/words.ts";
import { roundedUp, ticksTo } from "../charts/axis.ts";
import { wantsLog } from "../charts/line.ts";
import { type Scale, valueScale } from "../charts/path.ts";
import { VerdictBadge } from "../frame/badge.tsx";
import { Printed } from "../frame/printed.ts";
import { hashOf } from "../frame/route.ts";
import { type Column, Table } from "../frame/table.tsx";
import { say } from "../words/words.ts";
import { CURVE_FRAME, CurvePlot, lineThrough } from "./curve.tsx";
import { exact } from "./numbers.ts";
import { Section } from "./section.tsx";
import { tell, tellName } from "./words/words.ts";

interface CapacityProps {
  readonly series: SeriesRecord;
  /** The run that the report is of; none where the page is of the series itself. */
  readonly run: string | undefined;
}

export function Capacity({ series: { steps, result }, run }: CapacityProps) {
  const byLoad = [...steps].sort((a, b) => (a.load ?? 0) - (b.load ?? 0));
  return (
    <Section id="capacity" title="capacity">
      {result && <p class="sum">{resultText(result)}</p>}
      <CapacityCurve steps={byLoad} result={result} />
      <StepTable steps={byLoad} run={run} />
    </Section>
  );
}

function resultText({ ended_by: endedBy, load, low, high, confidence }: SearchResult): string {
  const sure = confidence === null ? "" : ` ${tell("confidence", percent(confidence, 0))}`;
  const told = { load: String(load ?? "–"), low: String(low ?? "–"), high: String(high ?? "–") };
  return `${tell(`found_${endedBy}`, told)}${sure}`;
}

const SIGNS = { passed: "✓", failed: "✗", inconclusive: "?" } as const;
const COLOURS = { passed: "--ok", failed: "--failed", inconclusive: "--timed_out" } as const;

interface CurveProps {
  readonly steps: readonly SeriesStep[];
  readonly result: SearchResult | null;
}

function CapacityCurve({ steps, result }: CurveProps) {
  const placed = steps.flatMap((step) =>
    step.load === null || step.p99_ms === null ? [] : [{ ...step, load: step.load, p99Ms: step.p99_ms }],
  );
  if (placed.length === 0) return null;
  const values = placed.map(({ p99Ms }) => p99Ms);
  const y = valueScale([{ values }], wantsLog([{ values }]), CURVE_FRAME);
  const x = loadScale(Math.max(...placed.map(({ load }) => load)));
  const { top, bottom } = CURVE_FRAME;
  const [low, high] = [result?.low ?? null, result?.high ?? null];
  return (
    <CurvePlot
      label={tell("capacity")}
      {...{ x, y }}
      xText={exact}
      yText={milliseconds}
      xName={tell("capacity_axis")}
    >
      {low !== null && high !== null && (
        <rect
          x={x.at(low)}
          y={top}
          width={Math.max(1, x.at(high) - x.at(low))}
          height={bottom - top}
          fill="var(--timed_out)"
          fill-opacity="0.15"
        />
      )}
      <path
        d={lineThrough(medians(placed).map(([load, ms]) => [x.at(load), y.at(ms)]))}
        fill="none"
        stroke="var(--p95)"
        stroke-width="2"
      />
      {result?.load != null && (
        <path d={`M${x.at(result.load)} ${top}V${bottom}`} stroke="var(--ink)" stroke-dasharray="6 4" />
      )}
      {placed.map(({ run_id: id, load, p99Ms, verdict }) => (
        <text
          key={id}
          class="sign"
          x={x.at(load)}
          y={y.at(p99Ms) + 5}
          text-anchor="middle"
          fill={`var(${COLOURS[verdict]})`}
        >
          {SIGNS[verdict]}
        </text>
      ))}
    </CurvePlot>
  );
}

/** A load that was tried more than once stands on the curve once. */
function medians(steps: readonly { readonly load: number; readonly p99Ms: number }[]): [number, number][] {
  const loads = [...new Set(steps.map(({ load }) => load))];
  return loads.map((load) => {
    const values = steps.filter((step) => step.load === load).map(({ p99Ms }) => p99Ms);
    values.sort((a, b) => a - b);
    return [load, values[values.length >> 1] ?? 0];
  });
}

function loadScale(highest: number): Scale {
  const most = roundedUp(highest);
  const { left, right } = CURVE_FRAME;
  return {
    at: (load) => Math.round((left + (load / most) * (right - left)) * 10) / 10,
    ticks: ticksTo(most),
  };
}

interface StepTableProps {
  readonly steps: readonly SeriesStep[];
  readonly run: string | undefined;
}

export function StepTable({ steps, run }: StepTableProps) {
  return (
    <Table
      label={tell("capacity")}
      columns={[
        {
          key: "run",
          head: say("run"),
          cell: ({ run_id: id, stage }: SeriesStep) => (
            <>
              <RunName id={id} />
              <small>
                {tellName("stage_", stage)}
                {id === run && ` · ${tell("this_run")}`}
              </small>
            </>
          ),
        },
        ...(steps.some(({ load }) => load !== null) ? [loadColumn()] : []),
        {
          key: "verdict",
          head: say("verdict"),
          kind: "text",
          cell: ({ verdict }) => <VerdictBadge verdict={verdict} />,
        },
        {
          key: "rate",
          head: tell("rate"),
          by: (step) => step.completed_per_s,
          cell: (step) => rate(step.completed_per_s),
        },
        {
          key: "errors",
          head: say("errors"),
          by: (step) => step.error_rate,
          cell: (step) => percent(step.error_rate, 2),
        },
        {
          key: "p50",
          head: say("p50"),
          by: ({ p50_ms }) => p50_ms,
          cell: ({ p50_ms }) => milliseconds(p50_ms),
        },
        {
          key: "p99",
          head: say("p99"),
          by: ({ p99_ms }) => p99_ms,
          cell: ({ p99_ms }) => milliseconds(p99_ms),
        },
        { key: "why", head: tell("reason"), kind: "wide", cell: ({ reason }) => reason },
      ]}
      rows={steps}
      keyOf={({ run_id: id }) => id}
      isMarked={({ run_id: id }) => id === run}
      empty=""
    />
  );
}

/** Repeats ask for no load of their own. */
function loadColumn(): Column<SeriesStep> {
  return {
    key: "load",
    head: say("load"),
    by: ({ load }) => load,
    cell: ({ load }) => (load === null ? "–" : exact(load)),
  };
}

/** A document leads nowhere; in the panel the run's page is one step away. */
function RunName({ id }: { id: string }) {
  if (useContext(Printed)) return <>{id}</>;
  return <a href={hashOf({ page: "run", id, query: undefined })}>{id}</a>;
}

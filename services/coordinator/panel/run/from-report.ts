/** A report as the page of its run shows it: the same figures as while it went on, now for all of it. Pure. */

import type { Report } from "../../../../libs/protocol/report.ts";
import type { LiveServer } from "../../../../libs/protocol/server.ts";
import { thresholdFound, thresholdName } from "../../../../libs/protocol/threshold-words.ts";
import type { LiveTimeline } from "../../../../libs/protocol/timeline.ts";
import { errorShareOf, type Figures, type NodeRow } from "./view.ts";

export function figuresOfReport(report: Report): Figures {
  const { totals, ledger } = report;
  const seconds = Math.max(report.duration_ms, 1) / 1000;
  const felt = report.model === "open" ? totals.response_ms : totals.service_ms;
  return {
    headline: {
      // What was called off lay ahead of the run's end.
      plannedPerS: (ledger.planned - ledger.cancelled) / seconds,
      sentPerS: totals.completed_per_s,
      okPerS: totals.ok_per_s,
      inFlight: undefined,
      p95Ms: felt.p95 ?? undefined,
      errorShare: errorShareOf(ledger),
      workers: report.nodes.length,
    },
    ledger,
    queries: report.queries.map(({ name, category, ledger: line, response_ms: response }) => {
      return { name, category, ledger: line, responseMs: response };
    }),
    errors: report.errors.map(({ query, class: kind, detail, count, first_ms, last_ms, samples }) => ({
      query,
      class: kind,
      detail,
      count,
      firstMs: first_ms,
      lastMs: last_ms,
      samples: samples.map(({ message, request, node_id }) => ({ message, request, node: node_id })),
    })),
    thresholds: report.thresholds.map((threshold) => ({
      name: thresholdName(threshold),
      state: threshold.state,
      found: thresholdFound(threshold),
      ...(threshold.query === null &&
        threshold.category === null && { line: { unit: threshold.unit, limit: threshold.limit } }),
    })),
    settledS: Number.POSITIVE_INFINITY,
  };
}

/** Where the queries of a run went; undefined where there were two targets. */
export function targetIn({ spec }: Report): string | undefined {
  const { spec: { target } = {} } = spec as { spec?: { target?: { url?: string } } };
  return target?.url;
}

/** All of the run over time, to its end: what lay ahead of it was called off. */
export function timelineOf(report: Report): LiveTimeline {
  const { timeline_step_s: step_s, timeline, query_timelines: kept, fleet } = report;
  const queries = kept.map((each) => ({ ...each, points: untilEnd(each.points, report) }));
  return { step_s, points: untilEnd(timeline, report), queries, fleet, servers: serversIn(report) };
}

export function untilEnd<P extends { readonly second: number }>(
  points: readonly P[],
  { duration_ms: durationMs }: Report,
): P[] {
  return points.filter(({ second }) => second * 1000 < durationMs);
}

export function serversIn({ server }: Report): LiveServer[] {
  return (server?.servers ?? []).flatMap(({ url, timeline }) => timeline.map((point) => ({ url, ...point })));
}

/** The worst that each node said of itself. */
export function nodesOfReport({ nodes }: Report): NodeRow[] {
  return nodes.map((node) => ({
    id: node.node_id,
    state: node.state,
    slots: undefined,
    slotsBusy: undefined,
    inFlight: undefined,
    slices: node.slices,
    cpuCores: node.cpu_cores_max,
    rssMb: node.rss_mb_max,
    loopDelayMs: node.loop_delay_p99_ms_max,
    lagMs: node.schedule_lag_ms.p99 ?? undefined,
    clockOffsetMs: undefined,
    clockErrorMs: node.clock_error_ms_max,
  }));
}

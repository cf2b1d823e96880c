/** Several runs' points laid over one another: one time axis from each run's own start. Pure. */

import type { Report } from "../../../../libs/protocol/report.ts";
import type { TimelinePoint } from "../../../../libs/protocol/timeline.ts";
import { SAMPLES_FOR } from "../../../../libs/report/words.ts";
import type { Values } from "../charts/columns.ts";

/** A figure of a point that stands for so many seconds. */
export type PointFigure = (point: TimelinePoint, stepS: number) => number | null;

export interface Overlay {
  readonly second: readonly number[];
  /** In the order of the reports. */
  readonly rows: readonly Values[];
}

export const FIGURES = {
  ok: (point, stepS) => point.ok / stepS,
  p50: ({ response_ms: { p50 } }) => p50,
  p95: ({ ok, response_ms: { p95 } }) => (ok >= SAMPLES_FOR.p95 ? p95 : null),
  bad: ({ failed, timed_out: timedOut }, stepS) => (failed + timedOut) / stepS,
} as const satisfies Readonly<Record<string, PointFigure>>;

type Told = Pick<Report, "timeline" | "timeline_step_s" | "duration_ms">;

export function overlayOf(reports: readonly Told[], figure: PointFigure): Overlay {
  const stepS = Math.max(1, ...reports.map((report) => report.timeline_step_s));
  const lengthS = Math.max(0, ...reports.map(({ duration_ms: durationMs }) => durationMs / 1000));
  const second = Array.from({ length: Math.ceil(lengthS / stepS) }, (_, at) => at * stepS);
  return { second, rows: reports.map((report) => rowOf(report, figure, second)) };
}

/** What the point says that a second lies in. */
function rowOf(report: Told, figure: PointFigure, seconds: readonly number[]): Values {
  const { timeline, timeline_step_s: stepS, duration_ms: durationMs } = report;
  const at = new Map(timeline.map((point) => [point.second, point]));
  return seconds.map((second) => {
    const point = second * 1000 < durationMs ? at.get(Math.floor(second / stepS) * stepS) : undefined;
    return point ? figure(point, stepS) : null;
  });
}

/** The timeline as columns of a chart: none is left out, and there are never more than a chart can show. */

import type { TimelinePoint } from "../../protocol/timeline.ts";
import { isSupported } from "./numbers.ts";

/** A chart is some 600 pixels wide; more columns would only make the page heavier. */
const MAX_COLUMNS = 600;

/** One column: counts per second; percentiles where enough queries were answered. */
export interface Column {
  readonly planned: number;
  readonly ok: number;
  readonly failed: number;
  readonly timedOut: number;
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly p99Ms: number | null;
  readonly maxMs: number | null;
}

export interface Columns {
  readonly columns: readonly Column[];
  /** Seconds that a column covers. */
  readonly columnS: number;
  /** Several points share a column: percentiles cannot be merged, so the highest one stands for all. */
  readonly isMerged: boolean;
}

/** Which latency the columns show: what users felt, or what the target took. */
export type WhichLatency = "response_ms" | "service_ms";

/** @param stepS seconds that one point covers */
export function columnsOf(points: readonly TimelinePoint[], stepS: number, which: WhichLatency): Columns {
  const pointS = Math.max(1, stepS);
  const lengthS = points.reduce((end, { second }) => Math.max(end, second + pointS), 0);
  const pointsAColumn = Math.max(1, Math.ceil(lengthS / pointS / MAX_COLUMNS));
  const columnS = pointsAColumn * pointS;
  const groups: TimelinePoint[][] = Array.from({ length: Math.ceil(lengthS / columnS) }, () => []);
  for (const point of points) groups[Math.floor(point.second / columnS)]?.push(point);
  const columns = groups.map((group, index) =>
    columnOf(group, Math.min(columnS, lengthS - index * columnS), which),
  );
  return { columns, columnS, isMerged: pointsAColumn > 1 };
}

function columnOf(points: readonly TimelinePoint[], seconds: number, which: WhichLatency): Column {
  const perSecond = (count: (point: TimelinePoint) => number) =>
    points.reduce((sum, point) => sum + count(point), 0) / seconds;
  return {
    planned: perSecond(({ planned }) => planned),
    ok: perSecond(({ ok }) => ok),
    failed: perSecond(({ failed }) => failed),
    timedOut: perSecond(({ timed_out }) => timed_out),
    // A point's distribution is of its ok queries, so their number tells what it supports.
    p50Ms: highest(points, (point) => (isSupported("p50", point.ok) ? point[which].p50 : null)),
    p95Ms: highest(points, (point) => (isSupported("p95", point.ok) ? point[which].p95 : null)),
    p99Ms: highest(points, (point) => (isSupported("p99", point.ok) ? point[which].p99 : null)),
    maxMs: highest(points, (point) => point[which].max),
  };
}

function highest(
  points: readonly TimelinePoint[],
  pick: (point: TimelinePoint) => number | null,
): number | null {
  const values = points.map(pick).filter((value) => value !== null);
  return values.length === 0 ? null : Math.max(...values);
}

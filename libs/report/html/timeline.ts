/** The timeline as the points of a chart: nothing is left out, and there are never more than a chart can show. */

import type { TimelinePoint } from "../../protocol/timeline.ts";

/** A point of a chart, and the seconds that it covers. */
export interface ShownPoint extends TimelinePoint {
  readonly stepS: number;
}

export interface ShownTimeline {
  readonly timeline: readonly ShownPoint[];
  /** Several points of the report share one here: percentiles cannot be merged, so the highest one stands for all. */
  readonly isMerged: boolean;
}

/** A chart is some 600 pixels wide; more points would only make the page heavier. */
const MAX_POINTS = 600;

const COUNTS = ["planned", "ok", "failed", "timed_out", "missed", "lost", "cancelled", "bytes"] as const;
const PERCENTILES = ["p50", "p95", "p99", "p99_9", "max"] as const;

/** @param stepS seconds that one point covers */
export function shownTimeline(points: readonly TimelinePoint[], stepS: number): ShownTimeline {
  const pointS = Math.max(1, stepS);
  const endS = points.reduce((end, { second }) => Math.max(end, second + pointS), 0);
  const together = Math.max(1, Math.ceil(endS / pointS / MAX_POINTS));
  if (together === 1)
    return { timeline: points.map((point) => ({ ...point, stepS: pointS })), isMerged: false };
  const columnS = together * pointS;
  const groups: TimelinePoint[][] = Array.from({ length: Math.ceil(endS / columnS) }, () => []);
  for (const point of points) groups[Math.floor(point.second / columnS)]?.push(point);
  const timeline = groups.flatMap((group, index) =>
    group.length === 0 ? [] : [merged(group, index * columnS, Math.min(columnS, endS - index * columnS))],
  );
  return { timeline, isMerged: true };
}

function merged(points: readonly TimelinePoint[], second: number, stepS: number): ShownPoint {
  const sums = Object.fromEntries(
    COUNTS.map((name) => [name, points.reduce((sum, point) => sum + point[name], 0)]),
  ) as Record<(typeof COUNTS)[number], number>;
  const worst = (which: "service_ms" | "response_ms") =>
    Object.fromEntries(
      PERCENTILES.map((name) => [name, highest(points, (point) => point[which][name])]),
    ) as TimelinePoint["service_ms"];
  return {
    ...sums,
    ...{ second, stepS },
    load: points.reduce((sum, { load }) => sum + load, 0) / points.length,
    service_ms: worst("service_ms"),
    response_ms: worst("response_ms"),
    lag_p99_ms: highest(points, ({ lag_p99_ms }) => lag_p99_ms),
    heat: heatOfAll(points),
    classes: classesOfAll(points),
  };
}

/** Cells, each followed by its count, in rising order. */
function heatOfAll(points: readonly TimelinePoint[]): number[] {
  const counts = new Map<number, number>();
  for (const { heat } of points)
    for (let at = 0; at + 1 < heat.length; at += 2)
      counts.set(heat[at] as number, (counts.get(heat[at] as number) ?? 0) + (heat[at + 1] as number));
  return [...counts].sort(([a], [b]) => a - b).flat();
}

function classesOfAll(points: readonly TimelinePoint[]): TimelinePoint["classes"] {
  const sums: TimelinePoint["classes"] = {};
  for (const { classes } of points)
    for (const [name, count] of Object.entries(classes) as [keyof typeof sums, number][])
      sums[name] = (sums[name] ?? 0) + count;
  return sums;
}

function highest(
  points: readonly TimelinePoint[],
  of: (point: TimelinePoint) => number | null,
): number | null {
  const values = points.map(of).filter((value) => value !== null);
  return values.length === 0 ? null : Math.max(...values);
}

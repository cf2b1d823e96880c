/** A stretch of a run's time: what ended in it and how, and how long that took. */

import { z } from "zod";
import {
  addStates,
  countsFrom,
  countsToList,
  emptyCounts,
  LEDGER_STATES,
  OUTCOME_CLASSES,
  type StateCounts,
  sumOfStates,
} from "../protocol/ledger.ts";
import type { QueryPoint, TimelinePoint } from "../protocol/timeline.ts";
import { heatOf } from "../stats/heat.ts";
import { Histogram } from "../stats/histogram.ts";
import type { MeasuredCell } from "../stats/measured.ts";

export interface Stretch {
  readonly counts: StateCounts;
  readonly classes: TimelinePoint["classes"];
  bytes: number;
  readonly service: Histogram;
  readonly response: Histogram;
  readonly lag: Histogram;
}

export const StretchSnapshot = z.object({
  at: z.number(),
  /** In the order of the ledger's states. */
  counts: z.array(z.number()).length(LEDGER_STATES.length),
  /** Snapshots of before have none. */
  classes: z.partialRecord(z.enum(OUTCOME_CLASSES), z.number()).default({}),
  bytes: z.number(),
  service: z.string().optional(),
  response: z.string().optional(),
  lag: z.string().optional(),
});
export type StretchSnapshot = z.infer<typeof StretchSnapshot>;

export function emptyStretch(): Stretch {
  return {
    counts: emptyCounts(),
    classes: {},
    bytes: 0,
    service: new Histogram(),
    response: new Histogram(),
    lag: new Histogram(),
  };
}

export function stretchToSnapshot(
  at: number,
  { counts, classes, bytes, service, response, lag }: Stretch,
): StretchSnapshot {
  return {
    at,
    counts: countsToList(counts),
    classes,
    bytes,
    service: service.encode(),
    response: response.encode(),
    lag: lag.encode(),
  };
}

export function addSnapshot(stretch: Stretch, told: StretchSnapshot): void {
  addStates(stretch.counts, countsFrom(told.counts));
  addClasses(stretch.classes, told.classes);
  stretch.bytes = told.bytes;
  stretch.service.add(Histogram.from(told.service));
  stretch.response.add(Histogram.from(told.response));
  stretch.lag.add(Histogram.from(told.lag));
}

export function pack({ service, response, lag }: Stretch): void {
  for (const histogram of [service, response, lag]) histogram.pack();
}

/** What the rolling windows show. */
export function addToSecond(second: Stretch, cell: MeasuredCell): void {
  addStates(second.counts, cell);
  second.bytes += cell.bytes;
  second.service.addSparse(cell.service);
}

export function addToPoint(point: Stretch, cell: MeasuredCell): void {
  addToSecond(point, cell);
  // Where no start is intended, what users feel is the service time.
  point.response.addSparse(cell.response ?? cell.service);
  point.lag.addSparse(cell.lag);
}

/** What is kept of one query over time: how its answers felt, and how each ended. */
export function addToQueryPoint(point: Stretch, cell: MeasuredCell): void {
  addStates(point.counts, cell);
  point.response.addSparse(cell.response ?? cell.service);
}

export function mergeInto(total: Stretch, part: Stretch): void {
  addStates(total.counts, part.counts);
  addClasses(total.classes, part.classes);
  total.bytes += part.bytes;
  total.service.add(part.service);
  total.response.add(part.response);
  total.lag.add(part.lag);
}

export function pointOf(
  second: number,
  load: number,
  { counts, classes, bytes, service, response, lag }: Stretch,
): TimelinePoint {
  return {
    second,
    load: Math.round(load * 1000) / 1000,
    planned: sumOfStates(counts),
    ...counts,
    bytes,
    service_ms: pointLatency(service),
    response_ms: pointLatency(response),
    lag_p99_ms: lag.percentileMs(99) ?? null,
    heat: heatOf(response),
    classes: inOrder(classes),
  };
}

/** The same of one query: zeros are left out, since there are many. */
export function queryPointOf(second: number, { counts, classes, response }: Stretch): QueryPoint {
  const told = LEDGER_STATES.filter((state) => counts[state] > 0).map((state) => [state, counts[state]]);
  return {
    second,
    ...(Object.fromEntries(told) as Partial<StateCounts>),
    response_ms: pointLatency(response),
    heat: heatOf(response),
    classes: inOrder(classes),
  };
}

/** Whichever came first: the same run gives the same report to the byte. */
function inOrder(classes: TimelinePoint["classes"]): TimelinePoint["classes"] {
  return Object.fromEntries(
    OUTCOME_CLASSES.filter((kind) => classes[kind]).map((kind) => [kind, classes[kind]]),
  );
}

export function addClasses(total: TimelinePoint["classes"], more: TimelinePoint["classes"]): void {
  for (const kind of OUTCOME_CLASSES) if (more[kind]) total[kind] = (total[kind] ?? 0) + more[kind];
}

function pointLatency(histogram: Histogram): TimelinePoint["service_ms"] {
  const [p50 = null, p95 = null, p99 = null, p99_9 = null] = histogram.percentilesMs([50, 95, 99, 99.9]);
  return { p50, p95, p99, p99_9, max: histogram.maxMs ?? null };
}

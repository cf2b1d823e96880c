/** What is measured of a group of queries: how they ended, bytes, rows and the latency distributions. */

import { z } from "zod";
import {
  addStates,
  countsFrom,
  countsToList,
  emptyCounts,
  LEDGER_STATES,
  type LedgerLine,
  type StateCounts,
} from "../protocol/ledger.ts";
import type { Figures } from "../protocol/report.ts";
import { Histogram } from "../stats/histogram.ts";
import type { MeasuredCell } from "../stats/measured.ts";

export interface Measures {
  readonly counts: StateCounts;
  bytes: number;
  rows: number;
  resent: number;
  readonly service: Histogram;
  readonly response: Histogram;
  readonly lag: Histogram;
  readonly failedService: Histogram;
  readonly server: Histogram;
  readonly delivery: Histogram;
}

export function createMeasures(): Measures {
  return {
    counts: emptyCounts(),
    bytes: 0,
    rows: 0,
    resent: 0,
    service: new Histogram(),
    response: new Histogram(),
    lag: new Histogram(),
    failedService: new Histogram(),
    server: new Histogram(),
    delivery: new Histogram(),
  };
}

/** Measures as a snapshot keeps them. */
export const MeasuresSnapshot = z.object({
  counts: z.array(z.number()).length(LEDGER_STATES.length),
  bytes: z.number(),
  rows: z.number(),
  resent: z.number().default(0),
  service: z.string().optional(),
  response: z.string().optional(),
  lag: z.string().optional(),
  failed: z.string().optional(),
  server: z.string().optional(),
  delivery: z.string().optional(),
});
export type MeasuresSnapshot = z.infer<typeof MeasuresSnapshot>;

export function measuresToSnapshot(measures: Measures): MeasuresSnapshot {
  const { counts, bytes, rows, resent, service, response, lag, failedService, server, delivery } = measures;
  return {
    counts: countsToList(counts),
    bytes,
    rows,
    resent,
    service: service.encode(),
    response: response.encode(),
    lag: lag.encode(),
    failed: failedService.encode(),
    server: server.encode(),
    delivery: delivery.encode(),
  };
}

export function measuresFromSnapshot(snapshot: MeasuresSnapshot): Measures {
  return {
    counts: countsFrom(snapshot.counts),
    bytes: snapshot.bytes,
    rows: snapshot.rows,
    resent: snapshot.resent,
    service: Histogram.from(snapshot.service),
    response: Histogram.from(snapshot.response),
    lag: Histogram.from(snapshot.lag),
    failedService: Histogram.from(snapshot.failed),
    server: Histogram.from(snapshot.server),
    delivery: Histogram.from(snapshot.delivery),
  };
}

/** Adds a cell. */
export function addCell(measures: Measures, cell: MeasuredCell): void {
  addStates(measures.counts, cell);
  measures.bytes += cell.bytes;
  measures.rows += cell.rows;
  measures.resent += cell.resent ?? 0;
  measures.service.addSparse(cell.service);
  // Where no start is intended, what users feel is the service time.
  measures.response.addSparse(cell.response ?? cell.service);
  measures.lag.addSparse(cell.lag);
  measures.failedService.addSparse(cell.failedService);
  measures.server.addSparse(cell.server);
  measures.delivery.addSparse(cell.delivery);
}

export function mergeMeasures(parts: readonly Measures[]): Measures {
  const sum = createMeasures();
  for (const part of parts) {
    addStates(sum.counts, part.counts);
    sum.bytes += part.bytes;
    sum.rows += part.rows;
    sum.resent += part.resent;
    sum.service.add(part.service);
    sum.response.add(part.response);
    sum.lag.add(part.lag);
    sum.failedService.add(part.failedService);
    sum.server.add(part.server);
    sum.delivery.add(part.delivery);
  }
  return sum;
}

/** The figures of a report. Rates are over the run's length. */
export function figuresOf(ledger: LedgerLine, measures: Measures, durationMs: number): Figures {
  const seconds = Math.max(durationMs, 1) / 1000;
  const { ok, failed, timed_out: timedOut } = measures.counts;
  const bad = failed + timedOut;
  const completed = ok + bad;
  return {
    ledger,
    ok_per_s: round(ok / seconds, 3),
    completed_per_s: round(completed / seconds, 3),
    error_rate: completed === 0 ? 0 : round(bad / completed, 6),
    bytes: measures.bytes,
    rows: measures.rows,
    resent: measures.resent,
    service_ms: measures.service.toLatency(),
    response_ms: measures.response.toLatency(),
    schedule_lag_ms: measures.lag.toLatency(),
    failed_service_ms: measures.failedService.toLatency(),
    ...(measures.server.count > 0 && { server_ms: measures.server.toLatency() }),
    ...(measures.delivery.count > 0 && { delivery_ms: measures.delivery.toLatency() }),
  };
}

export function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

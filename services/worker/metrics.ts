/** What a worker exposes to Prometheus, fed from results and never from single queries. */

import type { Registry } from "prom-client";
import type { BenchmarkConfig } from "../../libs/protocol/config/schema.ts";
import type { RanResult } from "../../libs/protocol/result.ts";
import { counter, distributionMetric, gauge, gauges } from "../../libs/runtime/metrics.ts";
import type { Usage } from "../../libs/runtime/resources.ts";
import { readSparse } from "../../libs/stats/sparse.ts";

export interface WorkerFigures {
  slots(): number;
  slotsBusy(): number;
  inFlight(): number;
  connections(): number;
  usage(): Usage;
  clockOffsetMs(): number;
}

export interface WorkerMetrics {
  /** Counts a result that was stored. */
  addResult(result: RanResult, config: BenchmarkConfig): void;
  addRefused(subject: string, reason: string): void;
}

export function createWorkerMetrics(registry: Registry, node: string, figures: WorkerFigures): WorkerMetrics {
  const durations = distributionMetric(registry, "worker_query_duration_seconds");
  const errors = counter(registry, "worker_query_errors_total");
  const slices = counter(registry, "logburst_worker_slices_total");
  const refused = counter(registry, "logburst_messages_refused_total");
  gauges(registry, "worker_active_connections", () => [[{ node_id: node }, figures.connections()]]);
  gauge(registry, "logburst_worker_slots", figures.slots);
  gauge(registry, "logburst_worker_slots_busy", figures.slotsBusy);
  gauge(registry, "logburst_worker_event_loop_delay_seconds", () => figures.usage().loopDelayP99Ms / 1000);
  gauge(registry, "logburst_worker_clock_offset_seconds", () => figures.clockOffsetMs() / 1000);
  gauge(registry, "logburst_worker_in_flight", figures.inFlight);

  return {
    addResult(result, config) {
      slices.inc();
      for (const cell of result.cells) {
        const category = config.spec.queries[cell.query]?.category ?? "default";
        durations.add(
          { node_id: node, query_type: category },
          cell.service === undefined ? undefined : readSparse(cell.service),
        );
      }
      for (const error of result.errors) errors.inc({ node_id: node, error_type: error.class }, error.count);
    },
    addRefused: (subject, reason) =>
      refused.inc({ subject: subject.split(".").slice(0, 2).join("."), reason: short(reason) }),
  };
}

/** A reason as a label: bounded, whatever the message held. */
function short(reason: string): string {
  return reason.startsWith("epoch") ? "epoch" : reason === "is not JSON" ? "json" : "schema";
}

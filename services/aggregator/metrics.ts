/** What the aggregator exposes to Prometheus: the whole fleet's figures, over all live runs. */

import type { Registry } from "prom-client";
import type { RunFold } from "../../libs/fold/run-fold.ts";
import { addStates, emptyCounts, LEDGER_STATES } from "../../libs/protocol/ledger.ts";
import type { Live } from "../../libs/protocol/live.ts";
import { counter, distributionMetric, gauge } from "../../libs/runtime/metrics.ts";
import type { MeasuredResult } from "../../libs/stats/measured.ts";

export interface AggregatorMetrics {
  addSettled(fold: RunFold, result: MeasuredResult): void;
  addSuperseded(): void;
  addRefused(subject: string, reason: string): void;
  /** A processor was told, or could not be. */
  addProcessed(processor: string, hook: string, outcome: string): void;
  /** Shows the rolling windows of the live runs; without one they read 0. */
  showWindows(live: readonly Live[]): void;
}

export function createAggregatorMetrics(registry: Registry): AggregatorMetrics {
  const queries = counter(registry, "logburst_queries_total");
  const durations = distributionMetric(registry, "logburst_query_duration_seconds");
  const settled = counter(registry, "logburst_slices_settled_total");
  const superseded = counter(registry, "logburst_slices_superseded_total");
  const refused = counter(registry, "logburst_messages_refused_total");
  const processed = counter(registry, "logburst_processor_calls_total");
  const perSecond = gauge(registry, "logburst_window_completed_per_second");
  const errorRatio = gauge(registry, "logburst_window_error_ratio");
  const duration = gauge(registry, "logburst_window_duration_seconds");

  return {
    addSettled(fold, result) {
      settled.inc();
      const sums = emptyCounts();
      for (const cell of result.cells) {
        addStates(sums, cell);
        durations.add(
          { query_type: fold.config.spec.queries[cell.query]?.category ?? "default" },
          cell.service,
        );
      }
      for (const state of LEDGER_STATES) if (sums[state] > 0) queries.inc({ state }, sums[state]);
    },
    addSuperseded: () => superseded.inc(),
    addRefused: (subject, reason) => refused.inc({ subject, reason }),
    addProcessed: (processor, hook, outcome) => processed.inc({ processor, hook, outcome }),
    showWindows(live) {
      for (const gaugeOfWindow of [perSecond, errorRatio, duration]) gaugeOfWindow.reset();
      const lengths = [...new Set(live.flatMap(({ windows }) => windows.map(({ length_s }) => length_s)))];
      for (const length of lengths) {
        const window = `${length}s`;
        const all = live.flatMap(({ windows }) => windows.filter(({ length_s }) => length_s === length));
        const rate = all.reduce((sum, { completed_per_s }) => sum + completed_per_s, 0);
        const bad = all.reduce(
          (sum, { completed_per_s, error_rate }) => sum + completed_per_s * error_rate,
          0,
        );
        perSecond.set({ window }, rate);
        errorRatio.set({ window }, rate === 0 ? 0 : bad / rate);
        for (const [quantile, key] of [
          ["0.5", "p50"],
          ["0.95", "p95"],
          ["0.99", "p99"],
        ] as const) {
          duration.set(
            { window, quantile },
            Math.max(0, ...all.map(({ service_ms }) => (service_ms?.[key] ?? 0) / 1000)),
          );
        }
      }
    },
  };
}

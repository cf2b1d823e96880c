/** What the aggregator exposes to Prometheus: the whole fleet's figures, over all live runs. */

import type { Registry } from "prom-client";
import type { RunFold } from "../../libs/fold/run-fold.ts";
import { WINDOW_LENGTHS_S } from "../../libs/fold/timeline.ts";
import { addStates, emptyCounts, LEDGER_STATES } from "../../libs/protocol/ledger.ts";
import type { Live } from "../../libs/protocol/live.ts";
import { counter, distributionMetric, gauges, type MetricName } from "../../libs/runtime/metrics.ts";
import type { MeasuredResult } from "../../libs/stats/measured.ts";

export interface AggregatorMetrics {
  addSettled(fold: RunFold, result: MeasuredResult): void;
  addSuperseded(): void;
  addRefused(subject: string, reason: string): void;
  /** A processor was told, or could not be. */
  addProcessed(processor: string, hook: string, outcome: string): void;
  /** Shows the figures of the live runs, and the rolling windows over all of them; without a run they read 0. */
  showLive(live: readonly Live[]): void;
}

/** Live runs that have metrics of their own; there are rarely more, and each is some series. */
const MAX_SHOWN_RUNS = 20;
const PERCENTILES = ["p50", "p95", "p99"] as const;

export function createAggregatorMetrics(registry: Registry): AggregatorMetrics {
  const queries = counter(registry, "logburst_queries_total");
  const bytes = counter(registry, "logburst_response_bytes_total");
  const durations = distributionMetric(registry, "logburst_query_duration_seconds");
  const lags = distributionMetric(registry, "logburst_schedule_lag_seconds");
  const settled = counter(registry, "logburst_slices_settled_total");
  const redelivered = counter(registry, "logburst_slices_redelivered_total");
  const superseded = counter(registry, "logburst_slices_superseded_total");
  const refused = counter(registry, "logburst_messages_refused_total");
  const processed = counter(registry, "logburst_processor_calls_total");
  let live: readonly Live[] = [];
  addWindows(registry, () => live);
  addRuns(registry, () => live.slice(0, MAX_SHOWN_RUNS));

  return {
    addSettled(fold, result) {
      settled.inc();
      if (result.attempt > 1) redelivered.inc();
      const sums = emptyCounts();
      let read = 0;
      for (const cell of result.cells) {
        addStates(sums, cell);
        read += cell.bytes;
        const query_type = fold.config.spec.queries[cell.query]?.category ?? "default";
        durations.add({ query_type }, cell.service);
        lags.add({}, cell.lag);
      }
      for (const state of LEDGER_STATES) if (sums[state] > 0) queries.inc({ state }, sums[state]);
      bytes.inc(read);
    },
    addSuperseded: () => superseded.inc(),
    addRefused: (subject, reason) => refused.inc({ subject, reason }),
    addProcessed: (processor, hook, outcome) => processed.inc({ processor, hook, outcome }),
    showLive(runs) {
      live = runs;
    },
  };
}

/** The rolling windows over all live runs. */
function addWindows(registry: Registry, live: () => readonly Live[]): void {
  const windowsOf = (length: number) =>
    live().flatMap(({ windows }) => windows.filter(({ length_s }) => length_s === length));
  const rateOf = (length: number) =>
    windowsOf(length).reduce((sum, { completed_per_s }) => sum + completed_per_s, 0);
  const badOf = (length: number) =>
    windowsOf(length).reduce((sum, { completed_per_s, error_rate }) => sum + completed_per_s * error_rate, 0);
  const each = (figureOf: (length: number) => number) =>
    WINDOW_LENGTHS_S.map((length) => [{ window: `${length}s` }, figureOf(length)] as const);

  gauges(registry, "logburst_window_completed_per_second", () => each(rateOf));
  gauges(registry, "logburst_window_error_ratio", () =>
    each((length) => (rateOf(length) === 0 ? 0 : badOf(length) / rateOf(length))),
  );
  gauges(registry, "logburst_window_duration_seconds", () =>
    WINDOW_LENGTHS_S.flatMap((length) =>
      PERCENTILES.map((percentile) => {
        const worstMs = Math.max(
          0,
          ...windowsOf(length).map(({ service_ms }) => service_ms?.[percentile] ?? 0),
        );
        return [{ window: `${length}s`, percentile }, worstMs / 1000] as const;
      }),
    ),
  );
}

/** What is shown of each live run. */
const RUN_FIGURES: Partial<Record<MetricName, (live: Live) => number>> = {
  logburst_run_elapsed_seconds: ({ elapsed_ms }) => elapsed_ms / 1000,
  logburst_run_load: ({ load }) => load,
  logburst_run_offered_per_second: ({ offered_per_s }) => offered_per_s,
  logburst_run_completed_per_second: ({ windows }) => windows[0]?.completed_per_s ?? 0,
  logburst_run_error_ratio: ({ windows }) => windows[0]?.error_rate ?? 0,
  logburst_run_in_flight: ({ in_flight }) => in_flight,
  logburst_run_workers: ({ workers }) => workers,
};

function addRuns(registry: Registry, live: () => readonly Live[]): void {
  for (const [name, figureOf] of Object.entries(RUN_FIGURES))
    gauges(registry, name as MetricName, () => live().map((of) => [{ run: of.run }, figureOf(of)]));
  gauges(registry, "logburst_run_service_seconds", () =>
    live().flatMap(({ run, windows }) =>
      PERCENTILES.map((percentile) => [
        { run, percentile },
        (windows[0]?.service_ms?.[percentile] ?? 0) / 1000,
      ]),
    ),
  );
  gauges(registry, "logburst_run_queries", () =>
    live().flatMap(({ run, ledger }) => LEDGER_STATES.map((state) => [{ run, state }, ledger[state]])),
  );
}

/** Every metric that Logburst exposes, in one table, and how they are made. The seed's names stand as the seed has them. */

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import { highestOf } from "../stats/hdr-layout.ts";
import type { Sparse } from "../stats/sparse.ts";
import { VERSION } from "./version.ts";

type Kind = "counter" | "gauge" | "histogram";

export const METRICS = {
  coordinator_active_nodes_total: { kind: "gauge", help: "Worker nodes that are alive", labels: [] },
  coordinator_total_qps: { kind: "gauge", help: "Queries completed per second by all nodes", labels: [] },
  coordinator_task_duration_seconds: {
    kind: "histogram",
    help: "Time from a run's start to its report",
    labels: [],
  },
  coordinator_plan_duration_seconds: {
    kind: "histogram",
    help: "Time that planning an accepted run took",
    labels: [],
  },
  worker_query_duration_seconds: {
    kind: "histogram",
    help: "Service time of queries that were answered well",
    labels: ["node_id", "query_type"],
  },
  worker_query_errors_total: {
    kind: "counter",
    help: "Queries that failed",
    labels: ["node_id", "error_type"],
  },
  worker_active_connections: { kind: "gauge", help: "Connections open to the target", labels: ["node_id"] },
  logburst_build_info: {
    kind: "gauge",
    help: "1, with the version as a label",
    labels: ["version", "service"],
  },
  logburst_messages_refused_total: {
    kind: "counter",
    help: "Messages that did not fit their schema or were not credible",
    labels: ["subject", "reason"],
  },
  logburst_settings_version: {
    kind: "gauge",
    help: "Settings taken up since the service started",
    labels: [],
  },
  logburst_settings_refused_total: {
    kind: "counter",
    help: "Settings, tokens and keys that were refused, with the old ones kept",
    labels: ["source"],
  },
  logburst_leader: { kind: "gauge", help: "1 while this coordinator leads", labels: [] },
  logburst_nodes: { kind: "gauge", help: "Workers that were heard of lately, by status", labels: ["status"] },
  logburst_runs: { kind: "gauge", help: "Live runs by phase", labels: ["phase"] },
  logburst_slices_published_total: {
    kind: "counter",
    help: "Slices published, muster slices left out",
    labels: [],
  },
  logburst_slices_outstanding: { kind: "gauge", help: "Slices published and not settled", labels: [] },
  logburst_worker_slots: { kind: "gauge", help: "Slots of this worker", labels: [] },
  logburst_worker_slots_busy: { kind: "gauge", help: "Slots that hold a slice", labels: [] },
  logburst_worker_in_flight: { kind: "gauge", help: "Queries sent and not answered", labels: [] },
  logburst_worker_slices_total: { kind: "counter", help: "Slices whose result was stored", labels: [] },
  logburst_worker_event_loop_delay_seconds: {
    kind: "gauge",
    help: "99th percentile of the event loop's delay in the last second",
    labels: [],
  },
  logburst_worker_clock_offset_seconds: {
    kind: "gauge",
    help: "The reference clock minus this one",
    labels: [],
  },
  logburst_queries_total: {
    kind: "counter",
    help: "Queries of settled slices by state",
    labels: ["state"],
  },
  logburst_query_duration_seconds: {
    kind: "histogram",
    help: "Service time of queries that were answered well, over all nodes",
    labels: ["query_type"],
  },
  logburst_schedule_lag_seconds: {
    kind: "histogram",
    help: "From a query's intended start to its send, over all nodes; open model",
    labels: [],
  },
  logburst_response_bytes_total: { kind: "counter", help: "Bytes of answers, as they were read", labels: [] },
  logburst_slices_settled_total: { kind: "counter", help: "Slices settled", labels: [] },
  logburst_slices_redelivered_total: {
    kind: "counter",
    help: "Slices settled by a second attempt or a later one",
    labels: [],
  },
  logburst_slices_superseded_total: {
    kind: "counter",
    help: "Results of slices that were settled before",
    labels: [],
  },
  logburst_processor_calls_total: {
    kind: "counter",
    help: "Calls of result processors: done, failed, or dropped because too many waited",
    labels: ["processor", "hook", "outcome"],
  },
  logburst_window_completed_per_second: {
    kind: "gauge",
    help: "Queries completed per second in a rolling window, over all live runs",
    labels: ["window"],
  },
  logburst_window_error_ratio: {
    kind: "gauge",
    help: "Share of completed queries that failed",
    labels: ["window"],
  },
  logburst_window_duration_seconds: {
    kind: "gauge",
    help: "Service time percentile in a rolling window, the worst of the live runs",
    labels: ["window", "percentile"],
  },
  logburst_run_elapsed_seconds: { kind: "gauge", help: "Time since a live run's start", labels: ["run"] },
  logburst_run_load: {
    kind: "gauge",
    help: "What a live run's plan asks for now: queries per second, users, or queries in all",
    labels: ["run"],
  },
  logburst_run_offered_per_second: {
    kind: "gauge",
    help: "Queries planned per second in the last ten seconds",
    labels: ["run"],
  },
  logburst_run_completed_per_second: {
    kind: "gauge",
    help: "Queries completed per second in the last ten seconds",
    labels: ["run"],
  },
  logburst_run_error_ratio: {
    kind: "gauge",
    help: "Share of the queries completed in the last ten seconds that failed",
    labels: ["run"],
  },
  logburst_run_service_seconds: {
    kind: "gauge",
    help: "Service time percentile of a live run in the last ten seconds",
    labels: ["run", "percentile"],
  },
  logburst_run_in_flight: {
    kind: "gauge",
    help: "Queries of a live run's workers that are not answered",
    labels: ["run"],
  },
  logburst_run_workers: { kind: "gauge", help: "Workers that hold slices of a live run", labels: ["run"] },
  logburst_run_queries: {
    kind: "gauge",
    help: "The ledger of a live run: queries by state",
    labels: ["run", "state"],
  },
} as const satisfies Record<string, { kind: Kind; help: string; labels: readonly string[] }>;

export type MetricName = keyof typeof METRICS;

/** Upper bounds of the duration buckets in seconds; 30 s is VictoriaLogs' own limit for a query. */
const DURATION_BUCKETS_S = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const DURATION_BUCKETS_US = DURATION_BUCKETS_S.map((bound) => bound * 1e6);

/** A service's registry, with the process's own metrics and the build's version in it. */
export function createRegistry(service: string): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  gauge(registry, "logburst_build_info").set({ version: VERSION, service }, 1);
  return registry;
}

export function counter(registry: Registry, name: MetricName) {
  return new Counter<string>(common(registry, name));
}

/** A gauge that is set, or that asks for its value when it is read. */
export function gauge(registry: Registry, name: MetricName, read?: () => number) {
  return new Gauge<string>({
    ...common(registry, name),
    ...(read && {
      collect() {
        this.set(read());
      },
    }),
  });
}

type Labels = Readonly<Record<string, string>>;

/** A gauge with labels, all of whose values are asked for when it is read: what is not told any more is gone. */
export function gauges(
  registry: Registry,
  name: MetricName,
  read: () => Iterable<readonly [labels: Labels, value: number]>,
) {
  return new Gauge<string>({
    ...common(registry, name),
    collect() {
      this.reset();
      for (const [labels, value] of read()) this.set(labels, value);
    },
  });
}

export function histogram(registry: Registry, name: MetricName) {
  return new Histogram<string>({ ...common(registry, name), buckets: DURATION_BUCKETS_S });
}

function common(registry: Registry, name: MetricName) {
  const { help, labels } = METRICS[name];
  return { name, help, labelNames: [...labels], registers: [registry] };
}

/** A Prometheus histogram that is fed whole distributions, so that nothing is observed twice on the hot path. */
export function distributionMetric(registry: Registry, name: MetricName) {
  const series = new Map<
    string,
    { labels: Record<string, string>; counts: number[]; sumS: number; count: number }
  >();
  const { help } = METRICS[name];

  function add(labels: Record<string, string>, sparse: Sparse | undefined): void {
    if (!sparse) return;
    const key = JSON.stringify(labels);
    let entry = series.get(key);
    if (!entry) {
      entry = { labels, counts: DURATION_BUCKETS_S.map(() => 0), sumS: 0, count: 0 };
      series.set(key, entry);
    }
    const { counts } = entry;
    const { pairs } = sparse;
    let at = 0;
    for (let pair = 0; pair < pairs.length; pair += 2) {
      const highestUs = highestOf(pairs[pair] as number);
      while (highestUs > (DURATION_BUCKETS_US[at] as number)) at++;
      if (at < counts.length) counts[at] = (counts[at] as number) + (pairs[pair + 1] as number);
    }
    entry.count += sparse.count;
    entry.sumS += sparse.sumUs / 1e6;
  }

  function get() {
    const values = [...series.values()].flatMap(({ labels, counts, sumS, count }) => {
      let below = 0;
      const buckets = counts.map((times, index) => {
        below += times;
        return {
          metricName: `${name}_bucket`,
          labels: { ...labels, le: String(DURATION_BUCKETS_S[index]) },
          value: below,
        };
      });
      return [
        ...buckets,
        { metricName: `${name}_bucket`, labels: { ...labels, le: "+Inf" }, value: count },
        { metricName: `${name}_sum`, labels, value: sumS },
        { metricName: `${name}_count`, labels, value: count },
      ];
    });
    return { name, help, type: "histogram", values, aggregator: "sum" };
  }

  // The registry takes any collector that has a name and can be read; its type names only its own classes.
  registry.registerMetric({ name, get, reset: () => series.clear() } as unknown as Histogram);
  return { add };
}

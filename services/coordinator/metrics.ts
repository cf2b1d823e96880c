/** What the coordinator exposes to Prometheus. */

import type { Registry } from "prom-client";
import type { Live } from "../../libs/protocol/live.ts";
import { counter, gauge, gauges, histogram } from "../../libs/runtime/metrics.ts";

export interface CoordinatorMetrics {
  published(): void;
  /** A run was planned. */
  planned(seconds: number): void;
  /** Slices of a run that are published and not settled; 0 when the run is over. */
  outstanding(run: string, count: number): void;
  finished(seconds: number): void;
  refused(subject: string, reason: string): void;
  sawLive(live: Live): void;
}

/** Live figures older than this no longer count. */
const LIVE_LIMIT_MS = 5000;

export function createCoordinatorMetrics(
  registry: Registry,
  nowMs: () => number,
  figures: { activeNodes(): number; nodeStatuses(): string[]; isLeader(): boolean; phases(): string[] },
): CoordinatorMetrics {
  const outstandingByRun = new Map<string, number>();
  const rates = new Map<string, { atMs: number; perSecond: number }>();
  const published = counter(registry, "logburst_slices_published_total");
  const refused = counter(registry, "logburst_messages_refused_total");
  const durations = histogram(registry, "coordinator_task_duration_seconds");
  const planning = histogram(registry, "coordinator_plan_duration_seconds");
  gauges(registry, "logburst_runs", () => counted("phase", figures.phases()));
  gauges(registry, "logburst_nodes", () => counted("status", figures.nodeStatuses()));
  gauge(registry, "coordinator_active_nodes_total", figures.activeNodes);
  gauge(registry, "coordinator_total_qps", () => {
    const recent = [...rates.values()].filter(({ atMs }) => nowMs() - atMs < LIVE_LIMIT_MS);
    return recent.reduce((sum, { perSecond }) => sum + perSecond, 0);
  });
  gauge(registry, "logburst_leader", () => (figures.isLeader() ? 1 : 0));
  gauge(registry, "logburst_slices_outstanding", () =>
    [...outstandingByRun.values()].reduce((sum, count) => sum + count, 0),
  );

  return {
    published: () => published.inc(),
    planned: (seconds) => planning.observe(seconds),
    outstanding(run, count) {
      if (count === 0) outstandingByRun.delete(run);
      else outstandingByRun.set(run, count);
    },
    finished: (seconds) => durations.observe(seconds),
    refused: (subject, reason) => refused.inc({ subject, reason }),
    sawLive(live) {
      const [shortest] = live.windows;
      rates.set(live.run, { atMs: live.at_ms, perSecond: shortest?.completed_per_s ?? 0 });
      for (const [run, { atMs }] of rates) if (nowMs() - atMs > LIVE_LIMIT_MS) rates.delete(run);
    },
  };
}

/** How often each word is said, under a label. */
function counted(label: string, words: readonly string[]): [Record<string, string>, number][] {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts].map(([word, count]) => [{ [label]: word }, count]);
}

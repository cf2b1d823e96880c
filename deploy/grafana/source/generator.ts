/** The generator: whether what is measured is the target, or the workers themselves. */

import { type Dashboard, lines, stat, target } from "./dashboard.ts";
import { quantile, rate, series, sum, sumOrZero } from "./promql.ts";

/** From here on a run ends inconclusive. */
const LATE_S = { warn: 0.05, bad: 0.1 };

export const generator: Dashboard = {
  uid: "logburst-generator",
  title: "Logburst: generator health",
  description: "Whether what is measured is the target, or the workers themselves.",
  variables: [],
  rows: [
    {
      title: "Now",
      panels: [
        stat(
          "Lateness",
          "Intended to sent, p99; open model.",
          "s",
          quantile(0.99, "logburst_schedule_lag_seconds"),
          {
            limits: LATE_S,
          },
        ),
        stat(
          "Slowest event loop",
          "p99 of its delay.",
          "s",
          `max(${series("logburst_worker_event_loop_delay_seconds")})`,
          {
            limits: LATE_S,
          },
        ),
        stat(
          "Busiest worker",
          "CPU in cores; one is all that a worker can use.",
          "cores",
          `max(${rate("process_cpu_seconds_total", { job: "worker" })})`,
          { limits: { warn: 0.7, bad: 0.9 } },
        ),
        stat(
          "Slots left",
          "Free slots of all workers.",
          "short",
          `${sum(series("logburst_worker_slots"))} - ${sum(series("logburst_worker_slots_busy"))}`,
        ),
      ],
    },
    {
      title: "Punctuality",
      panels: [
        lines(
          "Lateness",
          "From the intended start to the send, over all workers.",
          "s",
          [
            target("p50", quantile(0.5, "logburst_schedule_lag_seconds")),
            target("p95", quantile(0.95, "logburst_schedule_lag_seconds")),
            target("p99", quantile(0.99, "logburst_schedule_lag_seconds")),
          ],
          { limits: LATE_S },
        ),
        lines(
          "Event loop",
          "p99 of each worker's delay.",
          "s",
          [target("{{instance}}", series("logburst_worker_event_loop_delay_seconds"))],
          { limits: LATE_S },
        ),
        lines("Clocks", "Reference clock minus the worker's, which it allows for.", "s", [
          target("{{instance}}", `abs(${series("logburst_worker_clock_offset_seconds")})`),
        ]),
      ],
    },
    {
      title: "Each worker",
      panels: [
        lines("CPU", "In cores.", "cores", [
          target("{{instance}}", rate("process_cpu_seconds_total", { job: "worker" })),
        ]),
        lines("Memory", "Resident.", "bytes", [
          target("{{instance}}", series("process_resident_memory_bytes", { job: "worker" })),
        ]),
        lines("Heap", "In use.", "bytes", [
          target("{{instance}}", series("nodejs_heap_size_used_bytes", { job: "worker" })),
        ]),
        lines("Slots", "A worker that does worse than its fleet has fewer.", "short", [
          target("{{instance}}", series("logburst_worker_slots")),
        ]),
        lines("Slots busy", "That hold a slice.", "short", [
          target("{{instance}}", series("logburst_worker_slots_busy")),
        ]),
        lines("Slices", "Stored results each second; shares are even when all are well.", "short", [
          target("{{instance}}", rate("logburst_worker_slices_total")),
        ]),
        lines("In flight", "Queries sent and not answered.", "short", [
          target("{{instance}}", series("logburst_worker_in_flight")),
        ]),
        lines("Connections", "Open to the target.", "short", [
          target("{{node_id}}", series("worker_active_connections")),
        ]),
        lines("p99 by worker", "Service time: one that differs is the cause, and not the target.", "s", [
          target("{{node_id}}", quantile(0.99, "worker_query_duration_seconds", "node_id")),
        ]),
        lines("Failures by class", "Each second, over all workers.", "short", [
          target("{{error_type}}", sumOrZero(rate("worker_query_errors_total"), "error_type")),
        ]),
      ],
    },
  ],
};

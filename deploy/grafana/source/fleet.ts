/** The fleet: whether the system is well, how much it does, and how many are there to do it. */

import { type Dashboard, lines, stat, target } from "./dashboard.ts";
import { quantile, rate, series, sum, sumOrZero } from "./promql.ts";

const window = { window: "10s" } as const;

export const fleet: Dashboard = {
  uid: "logburst-fleet",
  title: "Logburst: fleet",
  description: "Whether the system is well, how much it does, and how many are there to do it.",
  variables: [],
  rows: [
    {
      title: "Now",
      panels: [
        stat(
          "Workers",
          "Workers that are alive.",
          "short",
          `max(${series("coordinator_active_nodes_total")})`,
        ),
        stat("Leaders", "Coordinators that lead: one.", "short", sum(series("logburst_leader"))),
        stat("Live runs", "In whatever phase.", "short", sumOrZero(series("logburst_runs"))),
        stat(
          "Completed",
          "Queries completed per second, in a window of ten seconds.",
          "reqps",
          sum(series("logburst_window_completed_per_second", window)),
        ),
        stat(
          "Errors",
          "Share of completed queries that failed, in a window of ten seconds.",
          "percentunit",
          `max(${series("logburst_window_error_ratio", window)})`,
          { limits: { warn: 0.01, bad: 0.05 } },
        ),
        stat(
          "Slots busy",
          "Share of the workers' slots that hold a slice.",
          "percentunit",
          `${sum(series("logburst_worker_slots_busy"))} / ${sum(series("logburst_worker_slots"))}`,
          { limits: { warn: 0.8, bad: 0.95 } },
        ),
      ],
    },
    {
      title: "Work",
      panels: [
        lines(
          "Queries by state",
          "What settled slices say became of each query.",
          "reqps",
          [target("{{state}}", sum(rate("logburst_queries_total"), "state"))],
          { stacked: true },
        ),
        lines("Service time", "Sent to answered, of queries that were answered well.", "s", [
          target("p50", quantile(0.5, "logburst_query_duration_seconds")),
          target("p95", quantile(0.95, "logburst_query_duration_seconds")),
          target("p99", quantile(0.99, "logburst_query_duration_seconds")),
        ]),
        lines("p99 by kind of query", "Of queries that were answered well.", "s", [
          target("{{query_type}}", quantile(0.99, "logburst_query_duration_seconds", "query_type")),
        ]),
        lines("Rolling windows", "Queries completed per second, over all live runs.", "reqps", [
          target("{{window}}", series("logburst_window_completed_per_second")),
        ]),
        lines("Answers", "Bytes that were read each second.", "Bps", [
          target("bytes", sum(rate("logburst_response_bytes_total"))),
        ]),
        lines("Runs by phase", "A run that stays in mustering lacks workers.", "short", [
          target("{{phase}}", `${sum(series("logburst_runs"), "phase")} or vector(0)`),
        ]),
      ],
    },
    {
      title: "Queue and workers",
      panels: [
        lines("Slices out", "Published and not settled: the demand that workers are scaled by.", "short", [
          target("outstanding", sum(series("logburst_slices_outstanding"))),
        ]),
        lines(
          "Slices",
          "Each is published once; what is delivered again cost a worker's death or a lost word.",
          "short",
          [
            target("published", sum(rate("logburst_slices_published_total"))),
            target("settled", sum(rate("logburst_slices_settled_total"))),
            target("redelivered", sum(rate("logburst_slices_redelivered_total"))),
            target("superseded", sum(rate("logburst_slices_superseded_total"))),
          ],
        ),
        lines("Slots", "Those of all workers, and those that hold a slice.", "short", [
          target("slots", sum(series("logburst_worker_slots"))),
          target("busy", sum(series("logburst_worker_slots_busy"))),
        ]),
        lines(
          "Workers by status",
          "As the leader knows them from their heartbeats.",
          "short",
          [target("{{status}}", `max by (status) (${series("logburst_nodes")}) or vector(0)`)],
          { stacked: true },
        ),
        lines(
          "Messages refused",
          "Of other versions, deposed leaders, or somebody who should not write.",
          "short",
          [target("{{job}} {{reason}}", sumOrZero(rate("logburst_messages_refused_total"), "job", "reason"))],
        ),
        lines("Result processors", "Calls that did not succeed.", "short", [
          target(
            "{{processor}} {{outcome}}",
            sumOrZero(rate("logburst_processor_calls_total"), "processor", "outcome"),
          ),
        ]),
      ],
    },
    {
      title: "Services",
      panels: [
        lines("Who leads", "1 for the coordinator that leads.", "short", [
          target("{{instance}}", series("logburst_leader")),
        ]),
        lines("Length of runs", "From start to report.", "s", [
          target("median", quantile(0.5, "coordinator_task_duration_seconds")),
        ]),
        lines("Planning", "Time that planning a run takes.", "s", [
          target("p99", quantile(0.99, "coordinator_plan_duration_seconds")),
        ]),
        lines("CPU", "Of each service, in cores.", "cores", [
          target("{{job}} {{instance}}", rate("process_cpu_seconds_total")),
        ]),
        lines("Memory", "Resident memory of each service.", "bytes", [
          target("{{job}} {{instance}}", series("process_resident_memory_bytes")),
        ]),
        lines("Settings", "Documents taken up and refused since the start.", "short", [
          target("{{job}} version", `max by (job) (${series("logburst_settings_version")})`),
          target("refused", sumOrZero(series("logburst_settings_refused_total"))),
        ]),
      ],
    },
  ],
};

/** One live run: what was asked for, what came of it, and what the ledger says. */

import { type Dashboard, lines, stat, target } from "./dashboard.ts";
import { series } from "./promql.ts";

const of = { run: "$run" } as const;

export const run: Dashboard = {
  uid: "logburst-run",
  title: "Logburst: run",
  description: "One run while it is live, in windows of ten seconds; the report has it to the unit.",
  variables: [{ name: "run", label: "Run", metric: "logburst_run_load", of: "run" }],
  rows: [
    {
      title: "Now",
      panels: [
        stat("Elapsed", "Since its start.", "s", series("logburst_run_elapsed_seconds", of)),
        stat("Load", "What its plan asks for now.", "short", series("logburst_run_load", of)),
        stat("Completed", "Per second.", "reqps", series("logburst_run_completed_per_second", of)),
        stat(
          "Errors",
          "Share of completed queries that failed.",
          "percentunit",
          series("logburst_run_error_ratio", of),
          {
            limits: { warn: 0.01, bad: 0.05 },
          },
        ),
        stat(
          "p99",
          "Service time.",
          "s",
          series("logburst_run_service_seconds", { ...of, percentile: "p99" }),
        ),
        stat("Workers", "That hold slices of it.", "short", series("logburst_run_workers", of)),
      ],
    },
    {
      title: "Course",
      panels: [
        lines("Offered and completed", "A gap is what the target does not keep up with.", "reqps", [
          target("offered", series("logburst_run_offered_per_second", of)),
          target("completed", series("logburst_run_completed_per_second", of)),
        ]),
        lines("Service time", "Of queries that were answered well.", "s", [
          target("{{percentile}}", series("logburst_run_service_seconds", of)),
        ]),
        lines("Errors", "Share of completed queries that failed.", "percentunit", [
          target("errors", series("logburst_run_error_ratio", of)),
        ]),
        lines("Load", "Queries per second, users, or queries in all.", "short", [
          target("load", series("logburst_run_load", of)),
        ]),
        lines("In flight", "Sent and not answered.", "short", [
          target("queries", series("logburst_run_in_flight", of)),
        ]),
        lines("Workers", "That hold slices of it.", "short", [
          target("workers", series("logburst_run_workers", of)),
        ]),
      ],
    },
    {
      title: "Ledger",
      panels: [
        lines("Queries by state", "Of settled slices, from the beginning on.", "short", [
          target("{{state}}", series("logburst_run_queries", of)),
        ]),
      ],
    },
  ],
};

/** How a VictoriaLogs server does, in the words of its /metrics page; also a vlselect's or a vlstorage's. */

import { SERVER_LIMITS, type ServerIdentity, type ServerValues } from "../../protocol/server.ts";
import type { OpenOptions, Telemetry, Told } from "../engine.ts";
import { openMetricsPage } from "../http/metrics-page.ts";
import type { Metric } from "../http/metrics-scan.ts";

type Figure = keyof ServerValues;

/** Metrics by their names; those with labels are added up. */
const FIGURES: Readonly<Record<string, Figure>> = {
  process_cpu_seconds_total: "cpu_s",
  process_cpu_cores_available: "cores",
  process_resident_memory_bytes: "rss_bytes",
  process_start_time_seconds: "started_s",
  process_io_storage_read_bytes_total: "disk_read_bytes",
  vl_concurrent_select_current: "executing",
  vl_concurrent_select_capacity: "places",
  vl_concurrent_select_limit_reached_total: "waits",
  vl_concurrent_select_limit_timeout_total: "wait_timeouts",
  vl_http_requests_total: "queries",
  vl_http_errors_total: "errors",
  vl_http_request_duration_seconds_sum: "executing_s",
  vl_http_request_duration_seconds_count: "timed",
  vl_active_merges: "merging",
  vl_merges_total: "merges",
  vl_rows_ingested_total: "rows_ingested",
};
/** Of these, only what the paths of queries say is about queries; a tail lasts as long as its client likes. */
const BY_PATH: ReadonlySet<Figure> = new Set(["queries", "errors", "executing_s", "timed"]);
const QUERY_PATH = /^(\/internal)?\/select\/(?!.*\/tail$)/;

/** Flags whose values nobody may see. The server masks its own; what it knows as a secret today it may not have known before. */
const SECRET_FLAG = /pass|secret|token|key|auth|credential|header/i;

export function openTelemetry(options: OpenOptions): Telemetry {
  const page = openMetricsPage(options, isWanted);
  return {
    async ask() {
      const told = await page.ask();
      return "failure" in told ? told : readServer(told.metrics);
    },
    close: page.close,
  };
}

function isWanted(name: string): boolean {
  return Object.hasOwn(FIGURES, name) || name === "vm_app_version" || name === "flag";
}

/** What a page's metrics say of the server. */
export function readServer(metrics: readonly Metric[]): Told {
  const values: Partial<Record<Figure, number>> = {};
  const flags: Record<string, string> = {};
  let version = "";
  for (const { name, labels, value } of metrics) {
    const figure = Object.hasOwn(FIGURES, name) ? FIGURES[name] : undefined;
    if (name === "vm_app_version") version = shown(labels.short_version || labels.version || "");
    else if (name === "flag") addFlag(flags, labels);
    else if (figure && (!BY_PATH.has(figure) || QUERY_PATH.test(labels.path ?? "")))
      values[figure] = (values[figure] ?? 0) + Math.max(0, value);
  }
  if (!metrics.some(({ name }) => name.startsWith("vl_")))
    return { failure: "the page has no metrics of VictoriaLogs", isFinal: true };
  return { values, identity: { version, flags } satisfies ServerIdentity };
}

function addFlag(flags: Record<string, string>, { name, value = "", is_set: isSet }: Metric["labels"]): void {
  if (name === undefined || isSet !== "true" || Object.keys(flags).length >= SERVER_LIMITS.flags) return;
  flags[name.slice(0, SERVER_LIMITS.nameChars)] = SECRET_FLAG.test(name) ? "(hidden)" : shown(value);
}

/** Without what may stand in an address before its host. */
function shown(value: string): string {
  return value.replace(/\/\/[^/@\s]*@/g, "//").slice(0, SERVER_LIMITS.valueChars);
}

/** How a server does that tells no more than any program in Prometheus' text: CPU, memory, since when it runs, its version. */

import { SERVER_LIMITS, type ServerValues } from "../../protocol/server.ts";
import type { OpenOptions, Telemetry, Told } from "../engine.ts";
import { openMetricsPage } from "./metrics-page.ts";
import type { Metric } from "./metrics-scan.ts";

type Figures = Readonly<Record<string, keyof ServerValues>>;

const FIGURES: Figures = {
  process_cpu_seconds_total: "cpu_s",
  process_resident_memory_bytes: "rss_bytes",
  process_start_time_seconds: "started_s",
};

/** Which of a page's metrics say more. */
export interface PageWords {
  /** Metrics that are figures too; those with labels are added up. */
  readonly figures: Figures;
  /** The metric that names the version, and in which of its labels. */
  readonly version: { readonly metric: string; readonly label: string };
}

export function openProcessTelemetry(options: OpenOptions, words: PageWords): Telemetry {
  const figures = { ...FIGURES, ...words.figures };
  const page = openMetricsPage(
    options,
    (name) => Object.hasOwn(figures, name) || name === words.version.metric,
  );
  return {
    async ask() {
      const told = await page.ask();
      return "failure" in told ? told : readPage(told.metrics, figures, words.version);
    },
    close: page.close,
  };
}

/** What a page's metrics say of the server. */
function readPage(
  metrics: readonly Metric[],
  figures: Figures,
  { metric, label }: PageWords["version"],
): Told {
  const values: Partial<Record<keyof ServerValues, number>> = {};
  let version: string | undefined;
  for (const { name, labels, value } of metrics) {
    const figure = figures[name];
    if (name === metric) version = (labels[label] ?? "").slice(0, SERVER_LIMITS.valueChars);
    else if (figure) values[figure] = (values[figure] ?? 0) + Math.max(0, value);
  }
  if (version === undefined) return { failure: `the page has no ${metric}`, isFinal: true };
  return { values, identity: { version, flags: {} } };
}

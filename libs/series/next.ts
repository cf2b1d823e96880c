/** What comes next in a series: a run, or its end. Repeats and searches differ in nothing else. */

import { validateConfig } from "../protocol/config/read.ts";
import type { BenchmarkConfig, ConfigDocument } from "../protocol/config/schema.ts";
import {
  SERIES_LABEL,
  type SearchResult,
  type SeriesRecord,
  type SeriesStep,
  type Stage,
} from "../protocol/series.ts";
import { nextStep } from "./search.ts";

export type Next =
  | { readonly do: "run"; readonly stage: Stage; readonly load: number | null }
  | { readonly do: "end"; readonly result: SearchResult | null };

/** Which kind of series a config asks for, if any. */
export function seriesKindOf({ spec }: BenchmarkConfig): SeriesRecord["kind"] | undefined {
  if (spec.workload.model === "search") return "search";
  return spec.repeat > 1 ? "repeat" : undefined;
}

export function nextOf({ spec }: BenchmarkConfig, steps: readonly SeriesStep[]): Next {
  const { search } = spec.workload;
  if (search !== undefined) return nextStep({ ...search, isWhole: search.load === "closed" }, steps);
  return steps.length < spec.repeat
    ? { do: "run", stage: "repeat", load: null }
    : { do: "end", result: null };
}

/**
 * The config of one run of a series, as it is stored: an ordinary one, with the series' seed, so that repeats send the same
 * queries at the same times.
 */
export function runDocument(
  document: ConfigDocument,
  config: BenchmarkConfig,
  { id, seed }: Pick<SeriesRecord, "id" | "seed">,
  load: number | null,
): ConfigDocument {
  const { metadata } = document;
  const { repeat: _repeat, ...spec } = document.spec;
  return {
    ...document,
    metadata: { ...metadata, labels: { ...metadata.labels, [SERIES_LABEL]: id } },
    spec: { ...spec, seed, workload: load === null ? spec.workload : workloadAt(config, load) },
  };
}

/** The workload of a step: the search's own keys are gone, the rest stays. */
function workloadAt({ spec }: BenchmarkConfig, load: number): ConfigDocument["spec"]["workload"] {
  const { search, arrival, think_time: thinkMs, lanes } = spec.workload;
  const { load: model = "open", settle = 0, step = 0 } = search ?? {};
  const duration = `${settle + step}ms`;
  const ramp = settle === 0 ? {} : { ramp_up_time: `${settle}ms`, warm_up: `${settle}ms` };
  const common = { model, duration, ...ramp, ...(lanes !== undefined && { lanes }) };
  return model === "open"
    ? { ...common, target_qps: load, arrival }
    : { ...common, total_concurrent_users: load, think_time: `${thinkMs}ms` };
}

/** The config of a series' first run, or of the one run that is asked for: what can be planned of it. */
export function firstRunOf(config: BenchmarkConfig, document: ConfigDocument): BenchmarkConfig {
  if (seriesKindOf(config) === undefined) return config;
  const next = nextOf(config, []);
  const load = next.do === "run" ? next.load : null;
  const first = validateConfig(runDocument(document, config, { id: "", seed: config.spec.seed ?? 0 }, load));
  if (!first.ok) throw new RangeError("a run of a valid series has a config that is not valid");
  return first.config;
}

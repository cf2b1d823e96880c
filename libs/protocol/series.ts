/** A series: runs one behind another that belong together, either repeats of one schedule or the steps of a search. */

import { z } from "zod";
import { TOKEN } from "./names.ts";
import { GENERATOR_FAULTS, Verdict } from "./run.ts";
import { StepServer } from "./server.ts";

const Count = z.number().int().nonnegative();
const Figure = z.number().nullable();

/**
 * raise: each step has twice the load of the one before, until one fails. narrow: between the highest load that passed and
 * the lowest that failed. confirm_low, confirm_high: both ends are tried again. repeat: the same once more.
 */
const STAGES = ["repeat", "raise", "narrow", "confirm_low", "confirm_high"] as const;
const Stage = z.enum(STAGES);
export type Stage = z.infer<typeof Stage>;

/** One run of a series that is over, with what its report says. */
export const SeriesStep = z.object({
  run_id: z.string(),
  stage: Stage,
  /** What a search asked for: queries per second, or users. */
  load: Figure,
  verdict: Verdict,
  reason: z.string(),
  /** What speaks against the generator: where two steps behind one another are not judged for it, the search ends with that. */
  generator_faults: z.array(z.enum(GENERATOR_FAULTS)).default([]),
  completed_per_s: z.number(),
  error_rate: z.number(),
  /** Of the response times. */
  p50_ms: Figure,
  p99_ms: Figure,
  /** How the server did; none where it was not asked, or did not tell. */
  server: StepServer.nullable().default(null),
});
export type SeriesStep = z.infer<typeof SeriesStep>;

/**
 * What a search found. knee: the load up to which the thresholds hold. limit: they hold up to the highest load that it may
 * ask for. none: not even at the first. generator: the generator reached its own end first. undecided: too many steps.
 */
export const SearchResult = z.object({
  ended_by: z.enum(["knee", "limit", "none", "generator", "undecided"]),
  /** The highest load at which more than half of the tries passed. */
  load: Figure,
  /** All tries passed at `low` and failed at `high`: the load that passes every other time lies between. */
  low: Figure,
  high: Figure,
  confidence: Figure,
});
export type SearchResult = z.infer<typeof SearchResult>;

export const SERIES_KINDS = ["repeat", "search"] as const;
export const SERIES_PHASES = ["running", "completed", "stopped", "failed"] as const;

/** A series in the bucket of runs, under `series.<id>`; its config stands under `spec.<id>.1`. */
export const SeriesRecord = z.object({
  v: z.literal(1),
  id: z.string().regex(TOKEN),
  name: z.string(),
  kind: z.enum(SERIES_KINDS),
  phase: z.enum(SERIES_PHASES),
  created_ms: z.number(),
  /** Who asked for it. */
  created_by: z.string().optional(),
  /** The execution of a plan that it is a part of. */
  execution: z.string().optional(),
  seed: Count,
  /** The run that is live, or is about to be: written before it is made, so that it is never made twice. */
  current: z.object({
    run_id: z.string(),
    created_ms: z.number(),
    tail: Count,
    stage: Stage,
    load: Figure,
  }),
  steps: z.array(SeriesStep),
  result: SearchResult.nullable(),
  failure: z.string().optional(),
  /** Somebody asked for its end: the run that is live is stopped, and none follows. */
  stop: z.object({ reason: z.string(), by: z.string() }).optional(),
});
export type SeriesRecord = z.infer<typeof SeriesRecord>;

export const seriesKey = (id: string) => `series.${id}`;

/** The label that every run of a series carries. */
export const SERIES_LABEL = "logburst.io/series";

const LabelledConfig = z.object({ metadata: z.object({ labels: z.object({ [SERIES_LABEL]: z.string() }) }) });

/** The series that a run's config says it is a part of. */
export function seriesOfConfig(config: unknown): string | undefined {
  return LabelledConfig.safeParse(config).data?.metadata.labels[SERIES_LABEL];
}

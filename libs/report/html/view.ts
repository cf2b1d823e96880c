/** What an HTML page shows, as one document: comparisons, or a report without what programs alone read, and what is worked out of it. */

import { stringify } from "yaml";
import type { Comparison } from "../../protocol/comparison.ts";
import type { Report } from "../../protocol/report.ts";
import type { SeriesRecord } from "../../protocol/series.ts";
import { type Distribution, distributionsOf } from "./distribution.ts";
import { type ShownTimeline, shownTimeline } from "./timeline.ts";

export interface ReportView extends ShownTimeline {
  /** Without its blocks, histograms, spec and timelines: what of those is shown stands here. */
  readonly report: Report;
  readonly distributions: readonly Distribution[];
  /** The config as YAML; undefined where the report has none. */
  readonly spec: string | undefined;
  /** Characters of it that have no place on a page. */
  readonly specLeft: number;
  /** What the run is a part of: a search, or repeats. */
  readonly series: SeriesRecord | undefined;
}

export interface ComparisonView {
  /** One side against each of the others. */
  readonly comparisons: readonly Comparison[];
}

/** What a page may be of. */
export type PageView = ReportView | ComparisonView;

/** A spec may carry lists of thousands of values; so much of it is read on a page. */
const MAX_SPEC_CHARS = 50_000;
const NO_SCATTER = { ok: [], sum_ms: [], bad: [], below: { p50: [], p90: [], p99: [], p99_9: [] } };

export function viewOf(report: Report, series: SeriesRecord | undefined): ReportView {
  const spec = specText(report.spec);
  return {
    report: {
      ...report,
      queries: report.queries.map((query) => ({ ...query, service_histogram: null })),
      timeline: [],
      query_timelines: [],
      blocks: { length_s: report.blocks.length_s, totals: NO_SCATTER, queries: [] },
      spec: null,
    },
    ...shownTimeline(report.timeline, report.timeline_step_s),
    distributions: distributionsOf(report.queries),
    spec: spec?.slice(0, MAX_SPEC_CHARS),
    specLeft: Math.max(0, (spec?.length ?? 0) - MAX_SPEC_CHARS),
    series,
  };
}

function specText(spec: unknown): string | undefined {
  if (spec === undefined || spec === null) return undefined;
  return stringify(spec, { lineWidth: 0, aliasDuplicateObjects: false });
}

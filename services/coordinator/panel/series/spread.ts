/** What repeats of one run have in common: each figure's mean, its ends, and how far it scatters. Pure. */

import type { SeriesStep } from "../../../../libs/protocol/series.ts";

export type SpreadFigure = "completed_per_s" | "error_rate" | "p50_ms" | "p99_ms";

export interface Spread {
  readonly figure: SpreadFigure;
  readonly mean: number;
  readonly least: number;
  readonly most: number;
  /** The deviation as a share of the mean; undefined of one run alone, or where the mean is 0. */
  readonly scatter: number | undefined;
}

const FIGURES: readonly SpreadFigure[] = ["completed_per_s", "error_rate", "p50_ms", "p99_ms"];

/** Figures that no run has are left out. */
export function spreadsOf(steps: readonly SeriesStep[]): Spread[] {
  return FIGURES.flatMap((figure) => {
    const values = steps.flatMap((step) => step[figure] ?? []);
    return values.length === 0 ? [] : [spreadOf(figure, values)];
  });
}

function spreadOf(figure: SpreadFigure, values: readonly number[]): Spread {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const isKnown = values.length > 1 && mean !== 0;
  return {
    ...{ figure, mean, least: Math.min(...values), most: Math.max(...values) },
    scatter: isKnown ? Math.sqrt(squares / (values.length - 1)) / mean : undefined,
  };
}

/** Single queries over time: those of a run that carry the most load, bounded in number and in points. */

import { z } from "zod";
import type { QueryTimeline } from "../protocol/timeline.ts";
import type { MeasuredCell, MeasuredResult } from "../stats/measured.ts";
import { createPoints, type Points, stepFor } from "./points.ts";
import { addClasses, addToQueryPoint, queryPointOf, StretchSnapshot } from "./stretch.ts";
import { secondsOfErrors } from "./timeline.ts";

/** Queries that are kept over time, the heaviest first: sixteen hold nearly all of any mix that is not even. */
export const KEPT_QUERIES = 16;
/** Points of each: a report grows by a quarter of a megabyte at the most, and a chart still has one for each few pixels. */
export const MAX_QUERY_POINTS = 120;
/** Of each query: results come within some seconds. */
const OPEN_POINTS = 10;

export const QueryTimelinesSnapshot = z.array(
  z.object({ query: z.number(), stepS: z.number(), points: z.array(StretchSnapshot) }),
);
export type QueryTimelinesSnapshot = z.infer<typeof QueryTimelinesSnapshot>;

export interface QueryTimelines {
  addCell(cell: MeasuredCell): void;
  addErrors(result: Pick<MeasuredResult, "errors" | "cells">): void;
  /** @param isWanted of a point that begins at a second, and covers so many; all where it is not given */
  timelines(isWanted?: (second: number, stepS: number) => boolean): QueryTimeline[];
  toSnapshot(): QueryTimelinesSnapshot;
}

/** @param queries in the order of the config */
export function createQueryTimelines(
  queries: readonly { readonly name: string; readonly weight: number }[],
  durationMs: number,
  snapshot: QueryTimelinesSnapshot = [],
): QueryTimelines {
  const kept = new Map<number, Points>();
  for (const query of heaviest(queries.map(({ weight }) => weight))) {
    const known = snapshot.find((each) => each.query === query);
    const limits = { most: MAX_QUERY_POINTS, open: OPEN_POINTS };
    kept.set(query, createPoints(stepFor(durationMs, MAX_QUERY_POINTS), limits, known));
  }

  return {
    addCell(cell) {
      const points = kept.get(cell.query);
      if (points) addToQueryPoint(points.at(cell.second), cell);
    },
    addErrors({ errors, cells }) {
      for (const [{ query, class: kind, count }, second] of secondsOfErrors(errors, cells)) {
        const points = kept.get(query);
        if (points) addClasses(points.at(second).classes, { [kind]: count });
      }
    },
    timelines: (isWanted = () => true) =>
      [...kept].map(([query, points]) => ({
        query: queries[query]?.name ?? "",
        step_s: points.stepS(),
        points: points
          .all()
          .filter(([second]) => isWanted(second, points.stepS()))
          .map(([second, stretch]) => queryPointOf(second, stretch)),
      })),
    toSnapshot: () => [...kept].map(([query, points]) => ({ query, ...points.toSnapshot() })),
  };
}

/** In the order of the config, so that a mix of equal weights keeps its first ones. */
function heaviest(weights: readonly number[]): number[] {
  return weights
    .map((weight, query) => ({ weight, query }))
    .sort((a, b) => b.weight - a.weight)
    .slice(0, KEPT_QUERIES)
    .map(({ query }) => query)
    .sort((a, b) => a - b);
}

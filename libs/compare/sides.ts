/** Compares the two sides of one run on two targets: the same queries at the same times, so what both felt is no difference. */

import { COMPARISON_SCHEMA_VERSION, type Comparison, type Unlike } from "../protocol/comparison.ts";
import type { AskedQuery, Side, Targets } from "../protocol/config/sides.ts";
import { SIDES, writtenQueries } from "../protocol/config/sides.ts";
import type { Report, Scatter } from "../protocol/report.ts";
import { differenceOfPairs } from "./difference.ts";
import type { Estimate } from "./estimate.ts";
import {
  blockLengthsS,
  CONFIDENCE,
  DEFAULT_MIN_EFFECT,
  type Differ,
  type Group,
  histogramOf,
  type Measured,
  MIN_ERROR_EFFECT,
  rowsOf,
  verdictOfRows,
} from "./rows.ts";

/** What of a config makes its run one on two targets. */
export interface Paired {
  readonly targets: Targets;
  /** In the report's order: both sides of each side by side. */
  readonly queries: readonly AskedQuery[];
}

/** The second side against the first. */
export function compareSides(report: Report, paired: Paired): Comparison {
  const rows = rowsOf(groupsOf(report, paired), differOfPairs, { minEffect: DEFAULT_MIN_EFFECT });
  const { run_id, started_at, verdict, verdict_reasons: reasons } = report;
  const doubts = reasons.map((reason) => `the run was inconclusive: ${reason}`);
  const side = (name: Side) => ({
    name: `${name} ${paired.targets[name].url}`,
    runs: [{ run_id, started_at, verdict }],
  });
  return {
    schema_version: COMPARISON_SCHEMA_VERSION,
    ...(verdict === "inconclusive" ? { verdict, verdict_reasons: doubts } : verdictOfRows(rows)),
    baseline: side("a"),
    contender: side("b"),
    unlike: unlikeIn(paired),
    confidence: CONFIDENCE,
    min_effect: DEFAULT_MIN_EFFECT,
    min_error_effect: MIN_ERROR_EFFECT,
    rows,
  };
}

const differOfPairs: Differ = ([from], [to], scale, confidence) =>
  differenceOfPairs(from as Estimate, to as Estimate, scale, confidence);

/** All queries of either side together, then each. */
function groupsOf(report: Report, { queries }: Paired): Group[] {
  const lengthsS = blockLengthsS(report);
  const { blocks } = report;
  const measured = (name: string | null, side: Side): Measured[] => {
    const members = queries.flatMap(({ pair }, at) =>
      pair?.side === side && (name === null || pair.name === name) ? [at] : [],
    );
    const scatter = name === null ? blocks.sides?.[side] : blocks.queries[members[0] ?? -1];
    if (!scatter) throw new RangeError(`the run has no side ${side}`);
    const histogram = histogramOf(report.queries.filter((_, at) => members.includes(at)));
    return [{ scatter: scatter satisfies Scatter, histogram, blockLengthsS: lengthsS }];
  };
  const names = writtenQueries({ queries }).map(({ pair }) => pair?.name ?? "");
  return [null, ...names].map((query) => ({
    query,
    baseline: measured(query, "a"),
    contender: measured(query, "b"),
  }));
}

/** What the sides are asked, and where: what they do not have in common is what is compared. */
function unlikeIn({ targets, queries }: Paired): Unlike[] {
  const found: Unlike[] = [];
  const note = (what: string, [baseline = "", contender = ""]: readonly string[]) => {
    if (baseline !== contender) found.push({ kind: "target", what, baseline, contender });
  };
  note(
    "url",
    SIDES.map((side) => targets[side].url),
  );
  for (const { pair } of writtenQueries({ queries })) {
    const sides = queries.filter((query) => query.pair?.name === pair?.name);
    note(
      `template of ${pair?.name}`,
      sides.map(({ template }) => template),
    );
    note(
      `params of ${pair?.name}`,
      sides.map(({ params }) => JSON.stringify(params)),
    );
    note(
      `limit of ${pair?.name}`,
      sides.map(({ limit }) => String(limit ?? "none")),
    );
  }
  return found;
}

/** What a schema cannot say of thresholds: what they are about, and whether the run has it. */

import { isOfOffered, measureText, parseCondition } from "./condition.ts";
import { type Finding, finding, type Path } from "./problems.ts";
import type { AskedQuery } from "./sides.ts";
import { THRESHOLD_LIMITS, type Threshold } from "./thresholds.ts";
import { durationOf, measuredFromS, type Workload } from "./workload.ts";

export function checkThresholds(
  thresholds: readonly Threshold[],
  workload: Workload,
  queries: readonly AskedQuery[],
): Finding[] {
  return thresholds.flatMap((threshold, index) => {
    const path = ["spec", "thresholds", index];
    return [
      ...checkMeasure(threshold, workload, path),
      ...checkScope(threshold, queries, path),
      ...checkWindow(threshold, workload, path),
      ...checkGrace(threshold, path),
    ];
  });
}

function checkMeasure({ metric }: Threshold, { model }: Workload, path: Path): Finding[] {
  const parsed = parseCondition(metric);
  if (!parsed.ok || model === "open" || !isOfOffered(parsed.condition.measure)) return [];
  const name = measureText(parsed.condition.measure);
  return [
    finding(
      path,
      `${name} does not go with model: ${model}, which offers no rate`,
      "use model: open, or error_rate",
    ),
  ];
}

function checkScope({ query, category }: Threshold, queries: readonly AskedQuery[], path: Path): Finding[] {
  if (query !== undefined && category !== undefined)
    return [finding(path, "names both a query and a category", "keep one of them, or write two thresholds")];
  return [
    ...checkKnown("query", query, knownIn(queries, "name"), path),
    ...checkKnown("category", category, knownIn(queries, "category"), path),
  ];
}

/** What a threshold may name: of a paired run both sides together, or one of them. */
function knownIn(queries: readonly AskedQuery[], key: "name" | "category"): Set<string> {
  return new Set([
    ...queries.flatMap(({ pair }) => (pair ? [pair[key]] : [])),
    ...queries.map((query) => query[key]),
  ]);
}

function checkKnown(
  key: "query" | "category",
  name: string | undefined,
  known: ReadonlySet<string>,
  path: Path,
): Finding[] {
  if (name === undefined || known.has(name)) return [];
  return [
    finding(
      [...path, key],
      `no query has the ${nounOf(key)} "${name}"`,
      `use one of ${[...known].join(", ")}`,
    ),
  ];
}

function nounOf(key: "query" | "category"): string {
  return key === "query" ? "name" : key;
}

function checkWindow({ window }: Threshold, workload: Workload, at: Path): Finding[] {
  if (window === undefined) return [];
  const path = [...at, "window"];
  if (workload.model === "count")
    return [finding(path, "does not go with model: count", "remove it; a count has no course in time")];
  if (window % 1000 !== 0 || window < 1000 || window > THRESHOLD_LIMITS.windowMs) {
    const most = THRESHOLD_LIMITS.windowMs / 1000;
    return [finding(path, `${window / 1000}s is out of bounds`, `write whole seconds, from 1s to ${most}s`)];
  }
  const measuredMs = (durationOf(workload) ?? 0) - measuredFromS(workload) * 1000;
  if (window <= measuredMs) return [];
  return [
    finding(
      path,
      `${window / 1000}s is longer than what is measured of the run (${measuredMs / 1000}s)`,
      "shorten it, or leave it out",
    ),
  ];
}

function checkGrace({ grace, abort_on_fail: aborts }: Threshold, path: Path): Finding[] {
  if (grace === 0 || aborts) return [];
  return [
    finding(
      [...path, "grace"],
      "is of no use without abort_on_fail",
      "add abort_on_fail: true, or remove it",
    ),
  ];
}

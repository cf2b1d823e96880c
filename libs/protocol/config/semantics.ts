/** What a schema cannot say of a config: which keys need, exclude or bound one another. */

import { checkEngine } from "./engine-semantics.ts";
import { shapeOf } from "./engines.ts";
import { type Finding, finding, type Path } from "./problems.ts";
import { checkProcessors } from "./processor-semantics.ts";
import type { Query } from "./queries.ts";
import { checkQuery, checkVariables } from "./query-semantics.ts";
import type { WrittenConfig } from "./schema.ts";
import { checkSearch, checkSeries, measuredWorkload } from "./search-semantics.ts";
import { pairQueries } from "./sides.ts";
import { checkTargets } from "./target-semantics.ts";
import { checkThresholds } from "./threshold-semantics.ts";
import { durationOf, WORKLOAD_LIMITS, type Workload } from "./workload.ts";

/** The longest run: a week. */
const MAX_RUN_MS = 7 * 86_400_000;

/** All findings about a config whose schema holds. */
export function checkSemantics(config: WrittenConfig): Finding[] {
  const { spec } = config;
  const shape = shapeOf(spec.engine);
  const asked = spec.targets ? pairQueries(spec.queries, spec.targets) : spec.queries;
  return [
    ...checkTargets(spec),
    ...checkWorkload(spec.workload),
    ...checkVariables(spec.variables, ["spec", "variables"]),
    ...spec.queries.flatMap((query, index) =>
      checkQuery(query, spec.variables, ["spec", "queries", index], shape),
    ),
    ...checkNames(spec.queries),
    ...checkThresholds(spec.thresholds, measuredWorkload(spec.workload), asked),
    ...checkSeries(spec),
    ...checkProcessors(spec.processors, ["spec", "processors"]),
    ...checkEngine(spec.engine, ["spec", "engine"]),
  ];
}

function checkWorkload(workload: Workload): Finding[] {
  const path = ["spec", "workload"];
  return [...checkCourse(workload, path), ...checkWarmUp(workload, [...path, "warm_up"])];
}

function checkWarmUp(workload: Workload, path: Path): Finding[] {
  const { warm_up: warmUpMs } = workload;
  if (warmUpMs === undefined) return [];
  if (warmUpMs % 1000 !== 0)
    return [finding(path, `${warmUpMs / 1000}s is a broken number`, "write whole seconds")];
  const durationMs = durationOf(workload) ?? Number.POSITIVE_INFINITY;
  if (warmUpMs < durationMs) return [];
  return [
    finding(
      path,
      `${warmUpMs / 1000}s leaves nothing of the run (${durationMs / 1000}s) to measure`,
      "shorten it, or lengthen the run, which includes it",
    ),
  ];
}

function checkCourse(workload: Workload, path: Path): Finding[] {
  const needs = (key: keyof Workload, why: string): Finding[] =>
    workload[key] === undefined ? [finding([...path, key], "is missing", why)] : [];
  const excludes = (key: keyof Workload, why: string): Finding[] =>
    workload[key] === undefined
      ? []
      : [finding([...path, key], `does not go with model: ${workload.model}`, why)];
  if (workload.model === "search") return checkSearch(workload, path);
  if (workload.search !== undefined) {
    return [finding([...path, "search"], `does not go with model: ${workload.model}`, "use model: search")];
  }
  if (workload.model === "count") {
    return [
      ...needs("total_queries", "say how many queries the run has in all"),
      ...excludes("target_qps", "remove it, or use model: open"),
      ...excludes("stages", "remove them; a count has no course in time"),
      ...excludes("ramp_up_time", "remove it; a count has no course in time"),
      ...checkDuration(workload, path),
    ];
  }
  const load = workload.model === "closed" ? "total_concurrent_users" : "target_qps";
  const other = workload.model === "closed" ? "target_qps" : "total_concurrent_users";
  const findings = [
    ...excludes(
      other,
      workload.model === "closed" ? "remove it, or use model: open" : "remove it, or use model: closed",
    ),
    ...excludes("total_queries", "remove it, or use model: count"),
    ...(workload.model === "open" && workload.think_time > 0
      ? excludes("think_time", "remove it; an open load has no users that think")
      : []),
  ];
  if (workload.stages === undefined) {
    return [
      ...findings,
      ...needs(load, `say how much load; or write stages`),
      ...needs("duration", "say how long the run lasts (600 or 10m); or write stages"),
      ...checkDuration(workload, path),
    ];
  }
  for (const key of [load, "duration", "ramp_up_time"] as const) {
    if (workload[key] !== undefined)
      findings.push(finding([...path, key], "does not go with stages", "remove it; the stages say it all"));
  }
  return [...findings, ...checkStages(workload, path)];
}

function checkDuration({ duration, ramp_up_time: ramp }: Workload, path: Path): Finding[] {
  const findings: Finding[] = [];
  if (duration !== undefined && (duration < 1000 || duration > MAX_RUN_MS)) {
    findings.push(
      finding([...path, "duration"], `${duration / 1000}s is out of bounds`, "write between 1s and 7d"),
    );
  }
  if (duration !== undefined && ramp !== undefined && ramp > duration) {
    findings.push(
      finding(
        [...path, "ramp_up_time"],
        `${ramp / 1000}s is longer than the run (${duration / 1000}s)`,
        "shorten the ramp or lengthen the duration, which includes it",
      ),
    );
  }
  return findings;
}

function checkStages(workload: Workload, path: Path): Finding[] {
  const { stages = [], model } = workload;
  const findings: Finding[] = [];
  const totalMs = durationOf(workload) ?? 0;
  const most = model === "closed" ? WORKLOAD_LIMITS.users : WORKLOAD_LIMITS.queriesPerSecond;
  if (totalMs < 1000 || totalMs > MAX_RUN_MS) {
    findings.push(
      finding([...path, "stages"], `last ${totalMs / 1000}s in all`, "make them last between 1s and 7d"),
    );
  }
  if (
    stages.every((stage, index) => stage.duration === 0 || (stage.target === 0 && !stages[index - 1]?.target))
  ) {
    findings.push(
      finding([...path, "stages"], "never reach any load", "give at least one stage a target above 0"),
    );
  }
  stages.forEach((stage, index) => {
    const at = [...path, "stages", index, "target"];
    if (stage.target > most)
      findings.push(finding(at, `${stage.target} is too large`, `write at most ${most}`));
    if (model === "closed" && !Number.isInteger(stage.target)) {
      findings.push(finding(at, `${stage.target} is not a whole number of users`, "write a whole number"));
    }
  });
  return findings;
}

function checkNames(queries: readonly Query[]): Finding[] {
  const first = new Map<string, number>();
  return queries.flatMap((query, index) => {
    const before = first.get(query.name);
    first.set(query.name, before ?? index);
    if (before === undefined) return [];
    return [
      finding(
        ["spec", "queries", index, "name"],
        `"${query.name}" is already the name of queries[${before}]`,
        "give each query a name of its own",
      ),
    ];
  });
}

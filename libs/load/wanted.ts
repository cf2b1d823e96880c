/** What a config wants of a run that is under way: a change of it, nothing, or what cannot be changed while it runs. Pure. */

import type { Change, ChangeRequest } from "../protocol/change.ts";
import { type Finding, finding, type Path } from "../protocol/config/problems.ts";
import type { BenchmarkConfig } from "../protocol/config/schema.ts";
import { writtenQueries } from "../protocol/config/sides.ts";

export type Wanted =
  | { readonly kind: "same" }
  | { readonly kind: "change"; readonly request: ChangeRequest }
  | { readonly kind: "refused"; readonly findings: readonly Finding[] };

const REMEDY =
  "leave it as it is: while a run runs its target_qps, its total_concurrent_users and its queries' weights can be changed";

/**
 * @param config as the run was accepted @param changes that were made of it since, which what is wanted may take back
 * @param wanted as a whole: where anything else of it differs, nothing of it holds
 */
export function wantedOf(
  config: BenchmarkConfig,
  changes: readonly Change[],
  wanted: BenchmarkConfig,
): Wanted {
  const fixed = differences(asWritten(config), asWritten(wanted), []).filter((path) => !isLive(path));
  if (fixed.length > 0) {
    const findings = fixed.map((path) => finding(path, "cannot be changed while the run runs", REMEDY));
    return { kind: "refused", findings };
  }
  const request = { ...loadOf(config, changes, wanted), ...weightsOf(config, changes, wanted) };
  return Object.keys(request).length === 0 ? { kind: "same" } : { kind: "change", request };
}

/** With its queries and targets as people write them, so that the places of differences are theirs. */
function asWritten({ spec, ...others }: BenchmarkConfig): object {
  const { target, targets } = spec;
  const queries = writtenQueries(spec).map(({ pair: _, ...query }) => query);
  return { ...others, spec: { ...spec, target: targets ? undefined : target, queries } };
}

/** What can be changed while a run runs. */
function isLive(path: Path): boolean {
  const [top, part, third, last, ...more] = path;
  if (top !== "spec" || more.length > 0) return false;
  if (part === "workload")
    return last === undefined && (third === "target_qps" || third === "total_concurrent_users");
  return part === "queries" && last === "weight";
}

type Adjustment = Extract<Change, { kind: "change" }>;

function lastOf<K extends "load" | "weights">(changes: readonly Change[], key: K): Adjustment[K] {
  const adjustments = changes.filter((change) => change.kind === "change");
  return adjustments.findLast((change) => change[key] !== undefined)?.[key];
}

function loadOf(
  config: BenchmarkConfig,
  changes: readonly Change[],
  { spec }: BenchmarkConfig,
): ChangeRequest {
  const isOpen = config.spec.workload.model === "open";
  const name = isOpen ? "target_qps" : "total_concurrent_users";
  const load = spec.workload[name];
  const now = lastOf(changes, "load") ?? config.spec.workload[name];
  // A course in stages has its loads there, and cannot be changed by a config.
  if (load === undefined || load === now) return {};
  return isOpen ? { rate: load } : { users: load };
}

function weightsOf(
  config: BenchmarkConfig,
  changes: readonly Change[],
  { spec }: BenchmarkConfig,
): ChangeRequest {
  const now = lastOf(changes, "weights") ?? config.spec.queries.map(({ weight }) => weight);
  const changed = spec.queries.filter(({ weight }, at) => weight !== now[at]);
  if (changed.length === 0) return {};
  return {
    weights: Object.fromEntries(changed.map(({ name, pair, weight }) => [pair?.name ?? name, weight])),
  };
}

/** The paths at which two configs differ, as far down as both have parts. */
function differences(a: unknown, b: unknown, path: Path): Path[] {
  if (Object.is(a, b)) return [];
  if (Array.isArray(a) && Array.isArray(b) && a.length === b.length)
    return a.flatMap((part, at) => differences(part, b[at], [...path, at]));
  if (!isMapping(a) || !isMapping(b)) return [path];
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].flatMap((key) => differences(a[key], b[key], [...path, key]));
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

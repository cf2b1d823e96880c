/** In what else than their figures two sides differ: schedule, target, environment, and how the runs ended. */

import type { Unlike } from "../protocol/comparison.ts";
import type { Report } from "../protocol/report.ts";

/** Differences of a schedule that are named; a config that is another altogether has hundreds. */
const MOST_NAMED = 20;
/** Characters of a value that are shown. */
const SHOWN_CHARS = 80;

/** Parts of a config that decide which queries are sent when. */
const SCHEDULED = ["workload", "queries", "variables", "late"] as const;

export function unlikeIn(baseline: readonly Report[], contender: readonly Report[]): Unlike[] {
  const [first, ...others] = [...baseline, ...contender];
  if (!first) return [];
  const other = contender[0] ?? first;
  const of = (kind: Unlike["kind"], see: (report: Report) => Readonly<Record<string, unknown>>) =>
    differences(see(first), see(other)).map((entry) => ({ kind, ...entry }));
  const schedules = others.every(({ schedule_hash: hash }) => hash === first.schedule_hash)
    ? []
    : scheduleDifferences(
        first,
        others.find((report) => report.schedule_hash !== first.schedule_hash) ?? other,
      );
  return [
    ...schedules,
    ...of("target", targetOf),
    ...of("environment", environmentOf),
    ...of("run", ({ phase }) => ({ phase })),
  ];
}

function scheduleDifferences(baseline: Report, contender: Report): Unlike[] {
  const found = differences(scheduleOf(baseline), scheduleOf(contender));
  const named = found.slice(0, MOST_NAMED).map((entry) => ({ kind: "schedule" as const, ...entry }));
  if (named.length > 0) return named;
  const what = "schedule hash (the same config, cut into other lanes or by another version)";
  return [{ kind: "schedule", what, baseline: baseline.schedule_hash, contender: contender.schedule_hash }];
}

type Tree = Readonly<Record<string, unknown>>;

function specOf({ spec }: Report): Tree {
  return asTree(asTree(spec)?.spec) ?? {};
}

function asTree(value: unknown): Tree | undefined {
  return typeof value === "object" && value !== null ? (value as Tree) : undefined;
}

function scheduleOf(report: Report): Tree {
  const spec = specOf(report);
  return { seed: report.seed, ...Object.fromEntries(SCHEDULED.map((part) => [part, spec[part]])) };
}

function targetOf(report: Report): Tree {
  const { target, engine } = specOf(report);
  return { target, engine };
}

function environmentOf({ versions, nodes, spec }: Report): Tree {
  const { workers } = specOf({ spec } as Report);
  return { versions, workers, "nodes that reported": nodes.length };
}

/** The leaves in which two trees differ, by their paths. */
function differences(baseline: unknown, contender: unknown, path = ""): Omit<Unlike, "kind">[] {
  const [one, other] = [asTree(baseline), asTree(contender)];
  if (one && other) {
    const keys = [...new Set([...Object.keys(one), ...Object.keys(other)])];
    return keys.flatMap((key) => differences(one[key], other[key], path === "" ? key : `${path}.${key}`));
  }
  if (JSON.stringify(baseline) === JSON.stringify(contender)) return [];
  return [{ what: path, baseline: inWords(baseline), contender: inWords(contender) }];
}

function inWords(value: unknown): string {
  if (value === undefined) return "(not given)";
  return (typeof value === "string" ? value : JSON.stringify(value)).slice(0, SHOWN_CHARS);
}

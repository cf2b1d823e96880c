/** What a schema cannot say of a search: its bounds, and the keys that are the search's to choose. */

import { type Finding, finding, type Path } from "./problems.ts";
import type { WrittenSpec } from "./schema.ts";
import { WORKLOAD_LIMITS, type Workload } from "./workload.ts";

/** Keys that say how much load there is for how long. */
const CHOSEN = [
  "target_qps",
  "total_concurrent_users",
  "total_queries",
  "duration",
  "ramp_up_time",
  "warm_up",
  "stages",
] as const;

const LEAST_STEP_MS = 1000;

export function checkSearch(workload: Workload, path: Path): Finding[] {
  const { search } = workload;
  if (search === undefined)
    return [finding([...path, "search"], "is missing", "write search: {from: 10, to: 1000}")];
  const at = [...path, "search"];
  const findings = CHOSEN.filter((key) => workload[key] !== undefined).map((key) =>
    finding(
      [...path, key],
      "does not go with model: search",
      "remove it; the search says how much for how long",
    ),
  );
  if (search.from > search.to)
    findings.push(
      finding([...at, "from"], `${search.from} is more than ${search.to}`, "make from less than to"),
    );
  const most = search.load === "open" ? WORKLOAD_LIMITS.queriesPerSecond : WORKLOAD_LIMITS.users;
  if (search.to > most)
    findings.push(finding([...at, "to"], `${search.to} is too large`, `write at most ${most}`));
  if (search.settle % 1000 !== 0)
    findings.push(
      finding([...at, "settle"], `${search.settle / 1000}s is a broken number`, "write whole seconds"),
    );
  if (search.step < LEAST_STEP_MS)
    findings.push(finding([...at, "step"], `${search.step / 1000}s is too short`, "write 1s or more"));
  if (search.load === "closed" && !(Number.isInteger(search.from) && Number.isInteger(search.to)))
    findings.push(finding([...at, "from"], "users are whole", "write whole numbers for from and to"));
  return findings;
}

/** What a series of runs needs and excludes. */
export function checkSeries({ workload, thresholds, repeat }: WrittenSpec): Finding[] {
  if (workload.model !== "search") return [];
  return [
    ...(repeat > 1
      ? [finding(["spec", "repeat"], "does not go with model: search", "use search.confirm")]
      : []),
    ...(thresholds.length === 0
      ? [finding(["spec", "thresholds"], "are missing", "say what must hold, such as p(99) < 500ms")]
      : []),
  ];
}

/** The workload that thresholds are about: of a search, that of each of its runs. */
export function measuredWorkload(workload: Workload): Workload {
  const { search } = workload;
  return search
    ? { ...workload, model: search.load, duration: search.settle + search.step, warm_up: search.settle }
    : workload;
}

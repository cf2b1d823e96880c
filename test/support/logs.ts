/** Logs of whole runs at random, as coordinator and workers write them: results, repeats, verdicts, fences, events. */

import fc from "fast-check";
import { createRunFold, type FoldOptions, type RunFold } from "../../libs/fold/run-fold.ts";
import type { Plan } from "../../libs/load/plan.ts";
import { planOf } from "../../libs/load/plan.ts";
import { below, type Random, randomFor } from "../../libs/load/random.ts";
import type { BenchmarkConfig } from "../../libs/protocol/config/schema.ts";
import type { End, Fence, FleetEntry, LogEntry, ServerEntry } from "../../libs/protocol/result.ts";
import type { RunEvent } from "../../libs/protocol/run.ts";
import {
  anyCountWorkload,
  anyOpenWorkload,
  anySeed,
  config,
  queriesOf,
  type ThresholdDocument,
  type WorkloadDocument,
} from "./configs.ts";
import { randomRan, slicesOf, verdictFor } from "./results.ts";

/** A run with its two logs; the place of an entry is its index plus one. */
export interface LoggedRun {
  readonly config: BenchmarkConfig;
  readonly seed: number;
  readonly plan: Plan;
  readonly entries: readonly LogEntry[];
  readonly events: readonly RunEvent[];
}

const MOST_SLICES = 60;
const EVENT = { v: 1, run: "run", epoch: 1 } as const;

const anyClosedWorkload = fc.constantFrom(
  { total_concurrent_users: 4, duration: 12, lanes: 2 },
  { total_concurrent_users: 6, duration: 10, ramp_up_time: 5, lanes: 3 },
);

/** A run of any model, complete, with all that may happen on the way. */
export const anyLoggedRun: fc.Arbitrary<LoggedRun> = fc
  .tuple(fc.oneof(anyOpenWorkload(), anyCountWorkload, anyClosedWorkload), anySeed)
  .map(([workload, seed]) => {
    const spec = config({ workload, queries: queriesOf(3, 1), thresholds: thresholdsFor(workload) });
    return { config: spec, seed, plan: planOf(spec, seed) };
  })
  .filter(({ plan }) => slicesOf(plan).length <= MOST_SLICES)
  .map(({ config: of, seed, plan }) => ({ config: of, seed, plan, ...logsOf(plan, randomFor(seed, 11)) }));

/** Some that hold and some that do not, of all kinds that the model allows. */
function thresholdsFor({ model = "closed" }: WorkloadDocument): ThresholdDocument[] {
  const overall: ThresholdDocument[] = ["error_rate < 30%", { metric: "p(99) < 1500ms", query: "b" }];
  if (model === "count") return overall;
  const windowed: ThresholdDocument[] = [
    { metric: "p(90) < 1s", window: 1 },
    { metric: "max <= 1800ms", window: 1, query: "a", abort_on_fail: true },
  ];
  const offered: ThresholdDocument[] = [{ metric: "achieved/offered > 50%", window: 1 }, "missed_rate < 20%"];
  return [...overall, ...windowed, ...(model === "open" ? offered : [])];
}

function logsOf(plan: Plan, random: Random): Pick<LoggedRun, "entries" | "events"> {
  const slices = slicesOf(plan);
  // Chains go in their order; open slices settle as they come.
  if (plan.model === "open") slices.sort(() => random() - 0.5);
  else slices.sort((a, b) => a.window - b.window);
  const entries: LogEntry[] = [];
  for (const slice of slices) {
    if (below(random, 15) === 0) entries.push(fence(1 + below(random, 4)));
    if (below(random, 3) === 0) entries.push(anyServerEntry(slice.window * 2000, random));
    if (below(random, 3) === 0) entries.push(anyFleetEntry(slice.window * 2, random));
    const result =
      below(random, 10) === 0 ? verdictFor(slice, "lost", "poisoned") : randomRan(plan, slice, random);
    const node = `node-${below(random, 4)}`;
    entries.push(
      result.kind === "ran" ? { ...result, ...timesOf(slice.window, random), node } : { ...result, epoch: 9 },
    );
    if (below(random, 6) > 0) continue;
    const again = entries[below(random, entries.length)];
    if (again?.kind === "ran") entries.push({ ...again, attempt: again.attempt + 1, node: "zombie" });
  }
  const more = () => entries.slice(0, below(random, 6)).filter((entry) => entry.kind === "ran");
  for (const entry of more()) entries.push({ ...entry, attempt: 5, node: "late" });
  entries.push(end(9));
  for (const entry of more()) entries.push({ ...entry, attempt: 6, node: "behind" });
  return { entries, events: eventsOf(plan, entries, random) };
}

function timesOf(window: number, random: Random) {
  const startedMs = window * 2000 + random() * 500;
  const endedMs = startedMs + random() * 2100;
  return { started_ms: startedMs, ended_ms: endedMs, driven_user_ms: random() * 3000 };
}

/** What a leader of any epoch has read of the target's server: counters that grow, and sometimes begin anew, or why nothing. */
function anyServerEntry(atMs: number, random: Random): ServerEntry {
  const grown = (below(random, 10) === 0 ? 1 : atMs) * 0.1;
  const values = {
    cpu_s: grown / 1000,
    queries: grown,
    waits: grown / 2,
    executing: below(random, 3),
    places: 2,
  };
  const told = below(random, 5) === 0 ? { failure: "status 404" } : { values };
  const common = { run: "run", lane: 0, epoch: below(random, 10), node: "coordinator" } as const;
  return { v: 1, kind: "server", ...common, samples: [{ server: below(random, 2), at_ms: atMs, ...told }] };
}

function anyFleetEntry(second: number, random: Random): FleetEntry {
  const point = { second, workers: below(random, 4), in_flight: below(random, 9), queued: 0, outstanding: 5 };
  return { v: 1, kind: "fleet", run: "run", lane: 0, epoch: below(random, 10), node: "coordinator", point };
}

function fence(epoch: number): Fence {
  return { v: 1, kind: "fence", run: "run", lane: 0, epoch, node: "coordinator" };
}

function end(epoch: number): End {
  return { v: 1, kind: "end", run: "run", lane: 0, epoch, node: "coordinator" };
}

function eventsOf(plan: Plan, entries: readonly LogEntry[], random: Random): RunEvent[] {
  const lanes = new Array<number>(plan.lanes).fill(0);
  const settled = new Set<string>();
  for (const entry of entries) {
    if (!("window" in entry) || settled.has(`${entry.lane}.${entry.window}`)) continue;
    settled.add(`${entry.lane}.${entry.window}`);
    lanes[entry.lane] = (lanes[entry.lane] ?? 0) + 1;
  }
  const held = [...settled].slice(0, below(random, 5));
  const at = (ms: number) => ({ ...EVENT, at_ms: 1000 + ms });
  return [
    { ...at(0), type: "accepted", name: "test" },
    { ...at(10), type: "started", t0_ms: 2000, slots_held: 3, nodes: ["node-0"] },
    { ...at(20), type: "node_lost", node: "node-0", slices: held },
    ...(random() < 0.5 ? [{ ...at(30), type: "stopping" as const, reason: "test", run_ms: 8000 }] : []),
    { ...at(40), type: "taken_over", node: "standby", epoch: 2 },
    {
      ...{ ...at(50), type: "drained" as const, epoch: 2, slices_published: lanes, stopped: false },
      run_ms: 12_345.678,
    },
    { ...at(60), type: "node_lost", node: "node-1", slices: [] },
  ];
}

/** Folds a run's logs from one place to another; the places are indexes. */
export function foldPart(
  run: LoggedRun,
  fold: RunFold,
  entries: readonly [from: number, to: number],
  events: readonly [from: number, to: number],
): void {
  for (let at = entries[0]; at < entries[1]; at++) fold.addEntry(run.entries[at] as LogEntry, at + 1);
  for (let at = events[0]; at < events[1]; at++) fold.addEvent(run.events[at] as RunEvent, at + 1);
}

export function newFold({ config: of, seed }: LoggedRun, options: FoldOptions = {}): RunFold {
  return createRunFold("run", of, seed, options);
}

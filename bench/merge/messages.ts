/** Results of a fleet as its workers would append them: counted by the workers' own tally, without a query being sent. */

import { phaseOf, queryAt } from "../../libs/load/mix.ts";
import { type OpenPlan, planOf, stretchOf } from "../../libs/load/plan.ts";
import { randomFor } from "../../libs/load/random.ts";
import { readConfig } from "../../libs/protocol/config/read.ts";
import { API_VERSION } from "../../libs/protocol/config/schema.ts";
import type { RanResult } from "../../libs/protocol/result.ts";
import { type RunEvent, RunRecord } from "../../libs/protocol/run.ts";
import { Tally } from "../../libs/stats/tally.ts";

export interface FleetRun {
  readonly id: string;
  readonly plan: OpenPlan;
  readonly document: object;
  readonly record: RunRecord;
}

export const QUERIES = 20;
const SEED = 1;
/** Longer than any bench. */
const DURATION_S = 3600;

/** An open run whose slices have so many queries each. */
export function fleetRun(id: string, lanes: number, perSlice: number): FleetRun {
  const text = JSON.stringify({
    apiVersion: API_VERSION,
    kind: "BenchmarkConfig",
    metadata: { name: id },
    spec: {
      target: { url: "http://127.0.0.1:9428" },
      workload: { model: "open", target_qps: lanes * perSlice, duration: DURATION_S, lanes },
      queries: Array.from({ length: QUERIES }, (_, index) => ({ name: `query-${index}`, template: "*" })),
    },
  });
  const read = readConfig(text);
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  const plan = planOf(read.config, SEED);
  if (plan.model !== "open") throw new Error("the plan is of another model");
  const record = RunRecord.parse({
    ...{ v: 1, id, name: id, model: "open", phase: "running", epoch: 1, revision: 1, seed: SEED },
    ...{ schedule_hash: "", created_ms: 0, slots_needed: plan.slotsNeeded },
  });
  return { id, plan, document: read.document, record };
}

const FASTEST_MS = 2;
/** Answers spread over two octaves and a tail, as those of one query do. */
const SPREAD = 4;

/** The result of a slice: every query is answered, some milliseconds after it was due. */
export function resultOf({ id, plan }: FleetRun, lane: number, window: number): RanResult {
  const random = randomFor(SEED, 7, lane, window);
  const { first, count } = stretchOf(plan, lane, window);
  const phase = phaseOf(plan.mix, lane, plan.lanes);
  const tally = new Tally(plan.queries);
  plan.arrivals.timesMs(lane, window).forEach((intendedMs, index) => {
    const query = queryAt(plan.mix, phase, first + index);
    const sentMs = intendedMs + random() ** 2;
    const tookMs = FASTEST_MS * (1 + query / QUERIES) * Math.exp(SPREAD * random() ** 3);
    tally.plan(query);
    tally.sent({
      ...{ query, intendedMs, sentMs, doneMs: sentMs + tookMs, outcome: "ok" },
      ...{ bytes: 500 + Math.floor(random() * 5000), rows: 10 },
    });
  });
  const startedMs = window * 1000 + random();
  return {
    ...{ v: 1, kind: "ran", run: id, lane, window, attempt: 1, epoch: 1, node: `worker-${lane}` },
    ...{ planned: tally.planned, next: first + count, published_ms: startedMs - plan.leadMs },
    ...{ started_ms: startedMs, ended_ms: startedMs + 1000 + random(), driven_user_ms: 0 },
    ...{ cells: tally.toCells(), reasons: tally.toReasons(), errors: tally.toErrors() },
    health: { loop_delay_p99_ms: 2 * random(), cpu_cores: random(), rss_mb: 90, clock_error_ms: random() },
  };
}

/** What the log of events says of a run that has begun. */
export function eventsOf({ id }: FleetRun, t0Ms: number): RunEvent[] {
  const common = { v: 1, run: id, at_ms: t0Ms, epoch: 1 } as const;
  return [
    { ...common, type: "accepted", name: id },
    { ...common, type: "started", t0_ms: t0Ms, slots_held: 1, nodes: [] },
  ];
}

/** Valid configs for tests, made through the same door as a user's file, and random workloads for properties. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { type ClosedPlan, type CountPlan, type OpenPlan, type Plan, planOf } from "../../libs/load/plan.ts";
import { readConfig } from "../../libs/protocol/config/read.ts";
import { API_VERSION, type BenchmarkConfig, type ConfigDocument } from "../../libs/protocol/config/schema.ts";

type SpecDocument = ConfigDocument["spec"];
export type WorkloadDocument = SpecDocument["workload"];
export type ThresholdDocument = NonNullable<SpecDocument["thresholds"]>[number];
export type QueryDocument = SpecDocument["queries"][number];

/** A config as a user writes it: ten users for a minute with one query, but for what the test says. */
export function documentOf(spec: Partial<SpecDocument> = {}): ConfigDocument {
  return {
    apiVersion: API_VERSION,
    kind: "BenchmarkConfig",
    metadata: { name: "test" },
    spec: {
      target: { url: "http://localhost:9428" },
      workload: { total_concurrent_users: 10, duration: 60 },
      queries: [{ name: "all", template: "*" }],
      ...spec,
    },
  };
}

type TargetsDocument = NonNullable<SpecDocument["targets"]>;

/** A spec on two targets in place of one. */
export function paired(
  spec: Partial<SpecDocument> = {},
  targets: Partial<TargetsDocument> = {},
): Partial<SpecDocument> {
  const both = { a: { url: "http://old:9428" }, b: { url: "http://new:9428" }, ...targets };
  return { ...spec, target: undefined, targets: both };
}

/** The same, read and validated. */
export function config(spec: Partial<SpecDocument> = {}): BenchmarkConfig {
  const read = readConfig(JSON.stringify(documentOf(spec)));
  assert.ok(read.ok, JSON.stringify(read));
  return read.config;
}

interface Plans {
  readonly open: OpenPlan;
  readonly closed: ClosedPlan;
  readonly count: CountPlan;
}
/** The plan's kind as far as the workload's type tells: closed where no model is written. */
type PlanOf<W> = "model" extends keyof W
  ? W["model"] extends keyof Plans
    ? Plans[W["model"]]
    : Plan
  : ClosedPlan;

/** The plan of a workload; its type follows from the model. */
export function planFor<const W extends WorkloadDocument>(
  workload: W,
  spec: Partial<SpecDocument> = {},
  seed = 1,
): PlanOf<W> {
  return planOf(config({ ...spec, workload }), seed) as PlanOf<W>;
}

/** Queries of the given weights, named a, b, c and so on. */
export function queriesOf(...weights: readonly number[]): QueryDocument[] {
  return weights.map((weight, index) => ({
    name: String.fromCharCode("a".charCodeAt(0) + index),
    template: "*",
    weight,
  }));
}

/** Weights as people write them: from equal shares to one in a thousand, with fractions. */
export const anyWeights = fc.array(
  fc.oneof(fc.integer({ min: 1, max: 20 }), fc.constantFrom(0.5, 0.25, 1.5, 100, 1000)),
  { minLength: 1, maxLength: 6 },
);

/** Seconds to the millisecond, as durations are written. */
const secondsBetween = (least: number, most: number) =>
  fc.integer({ min: least * 1000, max: most * 1000 }).map((ms) => ms / 1000);

const anyLanes = fc.option(fc.integer({ min: 1, max: 40 }), { nil: undefined });
const anyArrival = fc.constantFrom("constant" as const, "poisson" as const);

/** A ramp that fits into a duration: a share of it. */
const anyRampShare = fc.constantFrom(0, 0.1, 0.5, 1);

const anyStages = (anyTarget: fc.Arbitrary<number>) =>
  fc
    .array(fc.record({ duration: secondsBetween(0, 5), target: anyTarget }), { minLength: 1, maxLength: 5 })
    .filter(
      (stages) =>
        stages.reduce((sum, { duration }) => sum + duration, 0) >= 1 &&
        stages.some(
          ({ duration, target }, index) =>
            duration > 0 && (target > 0 || (stages[index - 1]?.target ?? 0) > 0),
        ),
    );

const withoutUndefined = <T extends object>(value: T): T =>
  Object.fromEntries(Object.entries(value).filter(([, part]) => part !== undefined)) as T;

function rampAndPlateau<K extends "target_qps" | "total_concurrent_users">(
  key: K,
  anyLevel: fc.Arbitrary<number>,
) {
  return fc
    .record({ level: anyLevel, duration: secondsBetween(1, 15), rampShare: anyRampShare })
    .map(({ level, duration, rampShare }) => ({
      [key]: level,
      duration,
      ramp_up_time: Math.floor(duration * rampShare * 1000) / 1000,
    }));
}

const anyRate = fc.oneof(
  fc.integer({ min: 1, max: 500 }),
  fc.double({ min: 0.1, max: 500, noNaN: true }),
  fc.constantFrom(100, 300, 1000, 3000),
);

/** Open workloads of up to some ten thousand queries: ramps and stages, constant and Poisson. */
export function anyOpenWorkload(
  arrival: fc.Arbitrary<"constant" | "poisson"> = anyArrival,
): fc.Arbitrary<WorkloadDocument> {
  const stages = fc.record({ stages: anyStages(fc.integer({ min: 0, max: 500 })) });
  return fc
    .tuple(fc.oneof(rampAndPlateau("target_qps", anyRate), stages), anyLanes, arrival)
    .map(([course, lanes, kind]) =>
      withoutUndefined({ model: "open" as const, ...course, lanes, arrival: kind }),
    );
}

/** Closed workloads of up to 200 users. */
export const anyClosedWorkload: fc.Arbitrary<WorkloadDocument> = fc
  .tuple(
    fc.oneof(
      rampAndPlateau("total_concurrent_users", fc.integer({ min: 1, max: 200 })),
      fc.record({ stages: anyStages(fc.integer({ min: 0, max: 200 })) }),
    ),
    anyLanes,
  )
  .map(([course, lanes]) => withoutUndefined({ model: "closed" as const, ...course, lanes }));

export const anyCountWorkload: fc.Arbitrary<WorkloadDocument> = fc
  .record({
    total_queries: fc.integer({ min: 1, max: 50_000 }),
    total_concurrent_users: fc.option(fc.integer({ min: 1, max: 200 }), { nil: undefined }),
    lanes: anyLanes,
  })
  .map((workload) => withoutUndefined({ model: "count" as const, ...workload }));

export const anyWorkload = fc.oneof(anyOpenWorkload(), anyClosedWorkload, anyCountWorkload);
export const anySeed = fc.nat({ max: 0xffffffff });

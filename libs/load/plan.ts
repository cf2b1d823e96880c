/**
 * The plan: a run's load cut into lanes and slices. It is arithmetic on the config and the seed alone, so the coordinator
 * that publishes, the worker that runs and the aggregator that keeps the books all compute the same one.
 */

import { FIRST_REVISION } from "../protocol/change.ts";
import type { BenchmarkConfig } from "../protocol/config/schema.ts";
import { type ArrivalStretch, countTotals, type OpenArrivals, openArrivals } from "./arrivals.ts";
import { boundsInEra, type Era, eraOfWindow } from "./eras.ts";
import { countPerQuery, type Mix, mixOf, pairedMixOf, phaseOf } from "./mix.ts";
import { pairedArrivals } from "./paired.ts";
import { type LoadProfile, profileOf } from "./profile.ts";
import { type Cuts, windowBounds, windowCount } from "./windows.ts";

interface Common {
  readonly seed: number;
  readonly lanes: number;
  /** The mix of the last era. */
  readonly mix: Mix;
  readonly queries: number;
  /** How many slices can be published and not yet settled at once: what the fleet must have slots for. */
  readonly slotsNeeded: number;
}

/** A load that has its course in time, which may be changed on the way. */
interface TimedCommon extends Common {
  /** From the beginning on; one more for each change. */
  readonly eras: readonly Era[];
  /** The course of the load as it was, and as it is planned now: that of the last era. */
  readonly profile: LoadProfile;
  readonly cuts: Cuts;
}

/** A rate of arrivals that never waits. */
export interface OpenPlan extends TimedCommon {
  readonly model: "open";
  readonly arrival: "constant" | "poisson";
  readonly arrivals: OpenArrivals;
  /** How long before its start a slice is published. */
  readonly leadMs: number;
}

/** Users that wait for their answers. */
export interface ClosedPlan extends TimedCommon {
  readonly model: "closed";
  /** The most that there ever are at once. */
  readonly users: number;
  readonly thinkMs: number;
}

/** A number of queries, as fast as the users can. */
export interface CountPlan extends Common {
  readonly model: "count";
  readonly users: number;
  /** Of each target, where there are two. */
  readonly totalQueries: number;
  /** When the rest is cancelled. */
  readonly limitMs: number | undefined;
}

export type Plan = OpenPlan | ClosedPlan | CountPlan;

/** Most lanes that are chosen unasked: each is a message per window, so more would cost the bus more than they even out. */
const MAX_CHAIN_LANES = 128;
const MAX_OPEN_LANES = 1000;
/** An open lane is given up to this rate, and a low rate is still cut into some lanes so that workers can share it. */
const OPEN_LANE_RATE = 50;
const MIN_OPEN_LANES = 8;

const OPEN_WINDOW_MS = 1000;
const CLOSED_WINDOW_MS = 2000;
/**
 * Open slices are published so long before their start. It must exceed the time until a dead worker's slice is
 * redelivered (4 s), so that those not yet begun cost nothing.
 */
const OPEN_LEAD_MS = 6000;
/** Count model: queries of one slice per user of its lane. */
const COUNT_QUERIES_PER_USER = 10;
const DEFAULT_COUNT_USERS = 10;

/** The plan of a config under a seed, as it is accepted. */
export function planOf(config: BenchmarkConfig, seed: number): Plan {
  const { workload, queries, targets } = config.spec;
  const weights = queries.map((query) => query.weight);
  const mix = targets ? pairedMixOf(weights, seed) : mixOf(weights);
  const common = { seed, mix, queries: queries.length };
  if (workload.model === "search") throw new RangeError("a search has no plan; its runs have");
  if (workload.model === "count") {
    const users = workload.total_concurrent_users ?? DEFAULT_COUNT_USERS;
    const totalQueries = workload.total_queries ?? 0;
    const lanes = Math.min(workload.lanes ?? MAX_CHAIN_LANES, users, totalQueries);
    return {
      ...common,
      model: "count",
      lanes,
      users,
      totalQueries,
      limitMs: workload.duration,
      slotsNeeded: lanes,
    };
  }
  const profile = profileOf(workload);
  const eras = [{ revision: FIRST_REVISION, fromMs: 0, profile, mix }];
  if (workload.model === "closed") {
    const users = usersFor(profile);
    const lanes = Math.min(workload.lanes ?? MAX_CHAIN_LANES, users);
    const cuts = { lanes, windowMs: CLOSED_WINDOW_MS, durationMs: profile.durationMs };
    return {
      ...common,
      model: "closed",
      lanes,
      eras,
      profile,
      cuts,
      users,
      thinkMs: workload.think_time,
      slotsNeeded: lanes,
    };
  }
  const lanes = workload.lanes ?? openLanes(profile.peak);
  const cuts = { lanes, windowMs: OPEN_WINDOW_MS, durationMs: profile.durationMs };
  const { arrival } = workload;
  const arrivals = arrivalsOf(mix, eras, cuts, arrival, seed);
  const outstanding = Math.ceil(OPEN_LEAD_MS / OPEN_WINDOW_MS) + 2;
  const slotsNeeded = lanes * Math.min(outstanding, windowCount(cuts, 0));
  const open = { arrival, arrivals, leadMs: OPEN_LEAD_MS, slotsNeeded };
  return { ...common, model: "open", lanes, eras, profile, cuts, ...open };
}

/** The plan with one more era: its lanes stay what they are. */
export function withEra<P extends OpenPlan | ClosedPlan>(plan: P, era: Era): P;
export function withEra(plan: OpenPlan | ClosedPlan, era: Era): OpenPlan | ClosedPlan {
  const { profile, mix } = era;
  const eras = [...plan.eras, era];
  const cuts = { ...plan.cuts, durationMs: profile.durationMs };
  const changed = { eras, profile, mix, cuts };
  if (plan.model === "closed") return { ...plan, ...changed, users: usersFor(profile) };
  return { ...plan, ...changed, arrivals: arrivalsOf(mix, eras, cuts, plan.arrival, plan.seed) };
}

/** The mix of a plan with other weights. */
export function withWeights({ mix, seed }: Plan, weights: readonly number[]): Mix {
  return mix.sides === 2 ? pairedMixOf(weights, seed) : mixOf(weights);
}

function arrivalsOf({ sides }: Mix, eras: readonly Era[], cuts: Cuts, ...how: [OpenPlan["arrival"], number]) {
  const single = openArrivals(eras, cuts, ...how);
  return sides === 2 ? pairedArrivals(single, eras, cuts) : single;
}

function usersFor(profile: LoadProfile): number {
  return Math.max(1, Math.round(profile.peak));
}

function openLanes(peakRate: number): number {
  const some = Math.min(MIN_OPEN_LANES, Math.floor(peakRate));
  return Math.min(MAX_OPEN_LANES, Math.max(1, some, Math.ceil(peakRate / OPEN_LANE_RATE)));
}

/** How many windows a lane has: slices that it can have at most. */
export function slicesInLane(plan: Plan, lane: number): number {
  if (plan.model !== "count") return windowCount(plan.cuts, lane);
  return Math.ceil(countInLane(plan, lane) / countChunk(plan, lane));
}

/** Queries of a lane in the count model. */
function countInLane({ totalQueries, lanes, mix }: CountPlan, lane: number): number {
  return mix.sides * countTotals(totalQueries, lane, lanes);
}

/** Users of a lane: user j belongs to lane j modulo the number of lanes. */
export function usersInLane(plan: ClosedPlan | CountPlan, lane: number): number {
  return countTotals(plan.users, lane, plan.lanes);
}

/** The arrivals of a slice in the open and count models: what it answers for is known before it is run. */
export function stretchOf(plan: OpenPlan | CountPlan, lane: number, window: number): ArrivalStretch {
  if (plan.model === "open") return plan.arrivals.stretch(lane, window);
  const chunk = countChunk(plan, lane);
  const first = window * chunk;
  return { first, count: Math.min(chunk, countInLane(plan, lane) - first) };
}

function countChunk(plan: CountPlan, lane: number): number {
  return usersInLane(plan, lane) * COUNT_QUERIES_PER_USER;
}

/** Queries that a slice answers for, per query of the config. The closed model plans none: its slices count what they begin. */
export function plannedInSlice(plan: OpenPlan | CountPlan, lane: number, window: number): number[] {
  const { first, count } = stretchOf(plan, lane, window);
  const mix = plan.model === "open" ? eraOfWindow(plan.eras, plan.cuts, lane, window).mix : plan.mix;
  return countPerQuery(mix, phaseOf(mix, lane, plan.lanes), first, count);
}

/** Queries of the whole plan, per query of the config; undefined in the closed model. */
export function plannedPerQuery(plan: Plan): number[] | undefined {
  if (plan.model === "closed") return undefined;
  const totals = new Array<number>(plan.queries).fill(0);
  const add = (mix: Mix, lane: number, { first, count }: ArrivalStretch) =>
    countPerQuery(mix, phaseOf(mix, lane, plan.lanes), first, count).forEach((times, query) => {
      totals[query] = (totals[query] as number) + times;
    });
  for (let lane = 0; lane < plan.lanes; lane++) {
    if (plan.model === "open")
      for (const [at, { mix }] of plan.eras.entries()) add(mix, lane, plan.arrivals.inEra(lane, at));
    else add(plan.mix, lane, { first: 0, count: countInLane(plan, lane) });
  }
  return totals;
}

/** Length of the run as planned; undefined in a count model without a limit. */
export function plannedDurationMs(plan: Plan): number | undefined {
  return plan.model === "count" ? plan.limitMs : plan.profile.durationMs;
}

/** The window of a slice in time; a count slice has none. @param windows how many the lane has, where that is known */
export function boundsOf(plan: OpenPlan | ClosedPlan, lane: number, window: number, windows?: number) {
  // Users come and go as they are planned now, whatever slice they are in.
  if (plan.model === "closed") return windowBounds(plan.cuts, lane, window, windows);
  return boundsInEra(plan.eras, plan.cuts, lane, window, windows);
}

/** The revision of the run that decides what a slice asks for. In chains a slice is what its users make of it, so it is no matter. */
export function revisionOfSlice(plan: Plan, lane: number, window: number): number {
  if (plan.model !== "open") return FIRST_REVISION;
  return eraOfWindow(plan.eras, plan.cuts, lane, window).revision;
}

/** Changes of a run while it runs: what each makes of the plan, which of them are possible, and when there was a pause. */

import { type Change, FIRST_REVISION, MAX_CHANGES, PAUSE_LIMIT_MS } from "../protocol/change.ts";
import type { BenchmarkConfig } from "../protocol/config/schema.ts";
import { type ClosedPlan, type OpenPlan, type Plan, planOf, withEra, withWeights } from "./plan.ts";
import { type LoadProfile, levelAt, profileOfStretches, type Stretch, stretchesWithin } from "./profile.ts";

/**
 * A pause is planned to be longer than it may last, so that nothing of what follows is published before the run is ended
 * for it.
 */
const PLANNED_PAUSE_MS = PAUSE_LIMIT_MS + 60_000;

/** More than so many times the load that a run was made for would overload its lanes. */
const MOST_TIMES = 10;

/** A stretch without load, in milliseconds of the run. */
export interface Pause {
  readonly fromMs: number;
  readonly toMs: number;
  /** The load that it interrupted. */
  readonly load: number;
}

/** A plan with all that was changed in it. */
export interface Revised {
  readonly plan: Plan;
  readonly changes: readonly Change[];
  readonly pauses: readonly Pause[];
  readonly isPaused: boolean;
}

/** The plan of a run as it was accepted: nothing is changed yet. */
export function unrevised(plan: Plan): Revised {
  return { plan, changes: [], pauses: [], isPaused: false };
}

/** The plan of a config under a seed, with what was changed on the way. */
export function revisedPlanOf(config: BenchmarkConfig, seed: number, changes: readonly Change[]): Revised {
  return changes.reduce(revise, unrevised(planOf(config, seed)));
}

/** The last revision of a plan. */
export function revisionOf({ changes }: Revised): number {
  return changes.at(-1)?.revision ?? FIRST_REVISION;
}

/** @returns why a change cannot follow, or undefined when it can */
export function whyNotChanged(revised: Revised, change: Change): string | undefined {
  const { plan, changes, isPaused } = revised;
  if (plan.model === "count") return "a run of the count model has no course in time that could be changed";
  if (changes.length >= MAX_CHANGES) return `it was changed ${MAX_CHANGES} times, which is the most`;
  if (change.revision <= revisionOf(revised)) return "another change came first";
  if (change.at_ms < (changes.at(-1)?.at_ms ?? 0)) return "another change comes later";
  if (change.at_ms >= plan.profile.durationMs) return "it is about to end";
  if (change.kind === "pause") return isPaused ? "it is paused already" : undefined;
  if (change.kind === "resume") return isPaused ? undefined : "it is not paused";
  if (change.weights !== undefined && change.weights.length !== plan.queries)
    return `it has ${plan.queries} queries`;
  const most = mostLoad(plan);
  if (change.load === undefined || change.load <= most) return undefined;
  return `it was made for a load of ${most / MOST_TIMES}, and can be changed up to ${most}`;
}

/** The highest load that a run can be changed to: its lanes were made for what it was accepted with. */
function mostLoad({ eras }: OpenPlan | ClosedPlan): number {
  return MOST_TIMES * (eras[0]?.profile.peak ?? 0);
}

/** What a possible change makes of a plan: up to its time everything stays as it was. */
export function revise(revised: Revised, change: Change): Revised {
  const { plan, changes, pauses, isPaused } = revised;
  if (plan.model === "count") throw new RangeError("a count has no course in time that could be changed");
  const { revision, at_ms: fromMs } = change;
  const weights = change.kind === "change" ? change.weights : undefined;
  const mix = weights ? withWeights(plan, weights) : plan.mix;
  const profile = profileOfStretches([
    ...stretchesWithin(plan.profile, { startMs: 0, endMs: fromMs }),
    ...courseFrom(revised, plan.profile, change),
  ]);
  const next = withEra(plan, { revision, fromMs, profile, mix });
  const all = { plan: next, changes: [...changes, change] };
  if (change.kind === "pause") {
    const pause = { fromMs, toMs: fromMs + PLANNED_PAUSE_MS, load: levelAt(plan.profile, fromMs) };
    return { ...all, pauses: [...pauses, pause], isPaused: true };
  }
  if (change.kind === "change") return { ...all, pauses, isPaused };
  const last = pauses.at(-1) as Pause;
  return { ...all, pauses: [...pauses.slice(0, -1), { ...last, toMs: fromMs }], isPaused: false };
}

/** The course of the load from a change on. */
function courseFrom({ pauses, isPaused }: Revised, profile: LoadProfile, change: Change): Stretch[] {
  const endMs = profile.durationMs;
  const untilMs = isPaused ? (pauses.at(-1) as Pause).toMs : change.at_ms;
  const pause = (durationMs: number): Stretch => ({ durationMs, from: 0, to: 0 });
  const rest = stretchesWithin(profile, { startMs: untilMs, endMs });
  if (change.kind === "pause") return [pause(PLANNED_PAUSE_MS), ...rest];
  if (change.kind === "resume") return rest;
  const { load } = change;
  const course = load === undefined ? rest : [{ durationMs: endMs - untilMs, from: load, to: load }];
  return isPaused ? [pause(untilMs - change.at_ms), ...course] : course;
}

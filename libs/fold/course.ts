/**
 * The course of a run: its plan with what is changed on the way, as the log of results tells. Coordinator and aggregator ask it
 * the same questions in the order of that log, so they agree on which changes hold, and on which results are of slices as they
 * are planned now.
 */

import { z } from "zod";
import { type Revised, revise, unrevised, whyNotChanged } from "../load/changes.ts";
import { whyNotCredible } from "../load/credible.ts";
import { boundsOf, type Plan, revisionOfSlice } from "../load/plan.ts";
import { Change, FIRST_REVISION, MAX_CHANGES } from "../protocol/change.ts";
import type { Result, VerdictResult } from "../protocol/result.ts";
import type { MeasuredResult } from "../stats/measured.ts";

export const CourseSnapshot = z.object({
  changes: z.array(Change).max(MAX_CHANGES),
  /** Up to this time of the run something is settled. */
  reachedMs: z.number(),
});
export type CourseSnapshot = z.infer<typeof CourseSnapshot>;

/** What a result is worth: `replaced` is one of a slice that was planned anew before it stood in the log. */
export type Judgement =
  | { readonly kind: "current" }
  | { readonly kind: "replaced" }
  | { readonly kind: "refused"; readonly why: string };

export interface Course {
  /** As it is planned now. */
  revised(): Revised;
  plan(): Plan;
  /** Judges the next result of the log. @param read the same with its distributions decoded */
  judge(result: Result, read?: MeasuredResult | VerdictResult): Judgement;
  /** Takes the next change of the log. @returns why it does not hold, or undefined when it does */
  take(change: Change): string | undefined;
  /** Up to this time of the run something is settled: what changes the run must come later. */
  reachedMs(): number;
  toSnapshot(): CourseSnapshot;
}

/** Something of what a change would change is settled already. */
const TOO_LATE = "too late";
const NOT_A_CHANGE = "change";
const NO_SUCH_REVISION = "revision";

export function createCourse(plan: Plan, snapshot?: CourseSnapshot): Course {
  /** By revision; the last one is that of now. */
  const revisions = new Map<number, Revised>([[FIRST_REVISION, unrevised(plan)]]);
  let revised = unrevised(plan);
  let reachedMs = snapshot?.reachedMs ?? 0;

  function add(change: Change): void {
    revised = revise(revised, change);
    revisions.set(change.revision, revised);
  }

  /** The plan that a slice was published under, if it is one of this run's, and is asked for as it says. */
  function planOfResult({ lane, window, revision = FIRST_REVISION }: Result): Plan | undefined {
    if (plan.model !== "open") return revised.plan;
    const of = revisions.get(revision)?.plan;
    return of && lane < of.lanes && revisionOfSlice(of, lane, window) === revision ? of : undefined;
  }

  /** From here on only what begins later can be changed. */
  function reach(result: Result): void {
    const { plan: now } = revised;
    if (now.model === "count") return;
    const { startMs } = boundsOf(now, result.lane, result.window);
    const endedMs = now.model === "closed" && result.kind === "ran" ? result.ended_ms : startMs;
    reachedMs = Math.max(reachedMs, startMs, endedMs);
  }

  for (const change of snapshot?.changes ?? []) add(change);
  return {
    revised: () => revised,
    plan: () => revised.plan,
    judge(result, read) {
      const of = result.lane < plan.lanes ? planOfResult(result) : revised.plan;
      if (!of) return { kind: "refused", why: NO_SUCH_REVISION };
      const why = whyNotCredible(of, result, read);
      if (why) return { kind: "refused", why };
      const { lane, window, revision = FIRST_REVISION } = result;
      if (plan.model === "open" && revisionOfSlice(revised.plan, lane, window) !== revision)
        return { kind: "replaced" };
      reach(result);
      return { kind: "current" };
    },
    take(change) {
      if (change.at_ms <= reachedMs) return TOO_LATE;
      if (whyNotChanged(revised, change) !== undefined) return NOT_A_CHANGE;
      add(change);
      return undefined;
    },
    reachedMs: () => reachedMs,
    toSnapshot: () => ({ changes: [...revised.changes], reachedMs }),
  };
}

/** Changes of a run at random: pauses, resumes, other loads and weights, one after the other and possible where they stand. */

import fc from "fast-check";
import { type Revised, revise, revisionOf, unrevised, whyNotChanged } from "../../libs/load/changes.ts";
import type { ClosedPlan, OpenPlan } from "../../libs/load/plan.ts";
import type { Change } from "../../libs/protocol/change.ts";

/** What is drawn of a change; what it comes to depends on the run it is for. */
interface Wish {
  readonly kind: Change["kind"];
  /** When, as a share of the time that is left, or after the beginning of a pause. */
  readonly share: number;
  readonly load: number | undefined;
  readonly weights: readonly number[] | undefined;
}

const anyWish: fc.Arbitrary<Wish> = fc.record({
  kind: fc.constantFrom("pause" as const, "resume" as const, "change" as const),
  share: fc.double({ min: 0.01, max: 0.9, noNaN: true }),
  load: fc.option(fc.integer({ min: 1, max: 400 }), { nil: undefined }),
  weights: fc.option(fc.array(fc.constantFrom(0.5, 1, 3), { minLength: 6, maxLength: 6 }), {
    nil: undefined,
  }),
});

export const anyWishes = fc.array(anyWish, { minLength: 1, maxLength: 5 });

/** So long a pause of a test is at most; the bound on a real one would make thousands of windows. */
const LONGEST_PAUSE_MS = 5000;

/** All revisions of a plan that a list of wishes makes, the first one unchanged. */
export function revisionsOf(plan: OpenPlan | ClosedPlan, wishes: readonly Wish[]): Revised[] {
  const revisions = [unrevised(plan)];
  for (const wish of wishes) {
    const before = revisions.at(-1) as Revised;
    const change = changeOf(before, wish);
    if (whyNotChanged(before, change) === undefined) revisions.push(revise(before, change));
  }
  return revisions;
}

function changeOf(before: Revised, { kind, share, load, weights }: Wish): Change {
  const { plan, changes, isPaused } = before;
  const leastMs = changes.at(-1)?.at_ms ?? 1;
  const durationMs = (plan as OpenPlan).profile.durationMs;
  const span = isPaused ? LONGEST_PAUSE_MS : durationMs - leastMs;
  const common = { revision: revisionOf(before) + 1, at_ms: Math.ceil(leastMs + span * share), by: "test" };
  if (kind !== "change") return { ...common, kind };
  return {
    ...common,
    kind,
    ...(load && { load }),
    ...(weights && { weights: weights.slice(0, plan.queries) }),
  };
}

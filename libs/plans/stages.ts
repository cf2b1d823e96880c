/** What comes next in an execution, given what became of its runs so far: a run, or its end. Pure. */

import { WORST_LAST } from "../protocol/library/documents.ts";
import type { ExecutionStage, Outcome } from "../protocol/library/execution.ts";
import type { Verdict } from "../protocol/run.ts";

export type StageState = ExecutionStage["state"];
type Stage = Pick<ExecutionStage, "name" | "if" | "stops" | "cuts" | "scenarios">;
type Ended = Pick<Outcome, "stage" | "verdict">;

export type NextRun =
  | {
      readonly do: "run";
      readonly stage: number;
      readonly run: number;
      readonly states: readonly StageState[];
    }
  | { readonly do: "end"; readonly verdict: Verdict; readonly states: readonly StageState[] };

/** @param outcomes in the order in which they came */
export function nextRun(stages: readonly Stage[], outcomes: readonly Ended[]): NextRun {
  const ends = new Map<string, StageState>();
  const states = stages.map((): StageState => "waiting");
  let isStopped = false;
  for (const [at, stage] of stages.entries()) {
    const state: StageState =
      isStopped || !holds(stage.if, ends) ? "skipped" : stateOf(stage, ownOf(outcomes, at));
    states[at] = state;
    if (state === "running") return { do: "run", stage: at, run: ownOf(outcomes, at).length, states };
    ends.set(stage.name, state);
    isStopped ||= state === "failed" && stage.stops;
  }
  const verdicts = WORST_LAST.filter((verdict) => states.includes(verdict));
  return { do: "end", verdict: verdicts.at(-1) ?? "inconclusive", states };
}

function holds(conditions: Stage["if"], ends: ReadonlyMap<string, StageState>): boolean {
  return Object.entries(conditions).every(([name, wanted]) =>
    (wanted as readonly (StageState | undefined)[]).includes(ends.get(name)),
  );
}

function ownOf(outcomes: readonly Ended[], at: number): readonly Ended[] {
  return outcomes.filter(({ stage }) => stage === at);
}

function stateOf({ scenarios, cuts }: Stage, own: readonly Ended[]): StageState {
  const isCut = cuts && own.some(({ verdict }) => verdict === "failed");
  if (own.length < scenarios.length && !isCut) return "running";
  return WORST_LAST.findLast((verdict) => own.some((outcome) => outcome.verdict === verdict)) ?? "skipped";
}

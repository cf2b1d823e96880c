/**
 * The search for the highest load that meets the thresholds, as a function of the steps so far: doubled until it fails,
 * halved in between, then tried again at both ends.
 */

import type { SearchResult, SeriesStep, Stage } from "../protocol/series.ts";

export interface SearchSpec {
  readonly from: number;
  readonly to: number;
  /** How near the two ends must come, as a share of the load. */
  readonly precision: number;
  /** How often each end is tried again. */
  readonly confirm: number;
  /** Loads are users: whole. */
  readonly isWhole: boolean;
}

export type Tried = Pick<SeriesStep, "stage" | "load" | "verdict">;

export type SearchStep =
  | { readonly do: "run"; readonly stage: Stage; readonly load: number }
  | { readonly do: "end"; readonly result: SearchResult };

/** A target that passes and fails at random would be searched for ever. */
const MAX_STEPS = 100;
/** Tries at one load without a judgement, one behind another, after which the generator is what was measured. */
const MAX_DOUBTS = 2;
/** Rates are asked for in so many digits. */
const DIGITS = 4;

export function nextStep(spec: SearchSpec, steps: readonly Tried[]): SearchStep {
  const passed = loadsOf(steps, "passed", ["raise", "narrow"]);
  const failed = loadsOf(steps, "failed", ["raise", "narrow"]);
  const low = passed.length > 0 ? Math.max(...passed) : undefined;
  const high = failed.length > 0 ? Math.min(...failed) : undefined;
  if (isDoubtful(steps)) return end("generator", steps);
  if (steps.length >= MAX_STEPS) return end("undecided", steps);
  if (low === undefined) {
    return high === undefined ? run("raise", spec.from) : end("none", steps, { high });
  }
  if (high === undefined) {
    return low >= spec.to ? end("limit", steps, { low }) : run("raise", Math.min(low * 2, spec.to));
  }
  const middle = fit(spec, (low + high) / 2);
  if ((high - low) / high > spec.precision && middle > low && middle < high) return run("narrow", middle);
  return confirm(spec, steps, low, high);
}

/** Tries both ends again. An end that does not hold is moved outwards, each time twice as far. */
function confirm(spec: SearchSpec, steps: readonly Tried[], low: number, high: number): SearchStep {
  const lower = endOf(spec, steps, { stage: "confirm_low", first: low, wanted: "passed", outwards: -1 });
  if (!lower.isSure && lower.load > 0) return run("confirm_low", lower.load);
  const upper = endOf(spec, steps, { stage: "confirm_high", first: high, wanted: "failed", outwards: 1 });
  if (!upper.isSure) return run("confirm_high", upper.load);
  return end("knee", steps, {
    low: lower.load,
    high: upper.load,
    // Where a load passes or fails as a coin falls, all tries fall on one side with a chance of 2^-n; there are two ends.
    confidence: spec.confirm === 0 ? null : Math.max(0, 1 - 2 ** (1 - spec.confirm)),
  });
}

interface End {
  readonly stage: "confirm_low" | "confirm_high";
  readonly first: number;
  readonly wanted: "passed" | "failed";
  readonly outwards: 1 | -1;
}

function endOf(spec: SearchSpec, steps: readonly Tried[], { stage, first, wanted, outwards }: End) {
  const tries = steps.filter((step) => step.stage === stage && step.verdict !== "inconclusive");
  for (let moves = 0; ; moves++) {
    const distance = spec.precision * (2 ** moves - 1);
    const load = Math.max(0, fit(spec, first * (1 + outwards * distance), outwards));
    const here = tries.filter((step) => step.load === load);
    if (load === 0 || here.every(({ verdict }) => verdict === wanted))
      return { load, isSure: load === 0 || here.length >= spec.confirm };
  }
}

/** A load that can be asked for; users are whole, and move by one at least. */
function fit({ isWhole }: SearchSpec, load: number, outwards = 0): number {
  if (!isWhole) return Number(load.toPrecision(DIGITS));
  return outwards > 0 ? Math.ceil(load) : Math.floor(load);
}

function run(stage: Stage, load: number): SearchStep {
  return { do: "run", stage, load };
}

function end(
  endedBy: SearchResult["ended_by"],
  steps: readonly Tried[],
  known: Partial<SearchResult> = {},
): SearchStep {
  const result = { ended_by: endedBy, load: holdingLoad(steps), low: null, high: null, confidence: null };
  return { do: "end", result: { ...result, ...known } };
}

/** The highest load at which more than half of the tries passed. */
function holdingLoad(steps: readonly Tried[]): number | null {
  const balance = new Map<number, number>();
  for (const { load, verdict } of steps) {
    if (load === null || verdict === "inconclusive") continue;
    balance.set(load, (balance.get(load) ?? 0) + (verdict === "passed" ? 1 : -1));
  }
  const holding = [...balance].filter(([, more]) => more > 0).map(([load]) => load);
  return holding.length > 0 ? Math.max(...holding) : null;
}

function isDoubtful(steps: readonly Tried[]): boolean {
  const last = steps.slice(-MAX_DOUBTS);
  return last.length === MAX_DOUBTS && last.every(({ verdict }) => verdict === "inconclusive");
}

function loadsOf(steps: readonly Tried[], wanted: Tried["verdict"], stages: readonly Stage[]): number[] {
  return steps.flatMap(({ load, verdict, stage }) =>
    verdict === wanted && stages.includes(stage) && load !== null ? [load] : [],
  );
}

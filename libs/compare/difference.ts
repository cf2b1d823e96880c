/** The difference of two figures, each known from one run or from several, with its interval and the noise of repeats. */

import { studentT } from "../stats/student.ts";
import { type Estimate, scatteringOf } from "./estimate.ts";

/** Relative differences are taken of logarithms, so that twice as much and half as much are equally far. */
export type Scale = "relative" | "absolute";

export interface Difference {
  readonly baseline: number;
  readonly contender: number;
  /** On the scale: a logarithm of the ratio, or the difference itself. */
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** How far apart two sides of one and the same thing come to lie; undefined without repeats. */
  readonly noise: number | undefined;
}

/** Fewer blocks say nothing about whether two runs go together. */
const LEAST_PAIRED_BLOCKS = 8;

/** The share of differences between repeats that the noise floor holds. */
const NOISE_CONFIDENCE = 0.95;

/**
 * Limits of a difference from the limits of its parts, which need not be symmetric, and how far the parts go together.
 * Source: G. Zou, A. Donner, Construction of confidence limits about effect measures: a general approach, Statistics in
 * Medicine 27 (2008).
 * @param isPaired the blocks of both sides had the same queries at the same times
 * @param confidence that the limits enclose the truth, where runs are too short to bound their own figures and repeats do it alone
 */
export function differenceOf(
  baseline: readonly Estimate[],
  contender: readonly Estimate[],
  scale: Scale,
  isPaired: boolean,
  confidence: number,
): Difference {
  const from = sideOf(baseline, scale);
  const to = sideOf(contender, scale);
  const value = to.value - from.value;
  const noise = noiseOf(from.values, to.values);
  const areRepeated = Math.min(baseline.length, contender.length) > 1;
  const byRepeats = areRepeated ? noiseOf(from.values, to.values, confidence) : undefined;
  const reach = (within: number) =>
    Number.isFinite(within) ? Math.max(within, noise ?? 0) : (byRepeats ?? within);
  const together = isPaired ? correlation(from.deviations, to.deviations) : 0;
  const down = distance(to.below, from.above, together);
  const up = distance(to.above, from.below, together);
  const shown = scale === "relative" ? Math.exp : (plain: number) => plain;
  return {
    baseline: shown(from.value),
    contender: shown(to.value),
    value,
    low: value - reach(down),
    high: value + reach(up),
    noise,
  };
}

/**
 * The difference of two figures of one run, whose blocks are pairs: what came over both sides at a time is no difference, so the
 * error is that of the differences, block by block. Its ends are looked up on either side, and the wider one holds.
 * @param confidence that the limits enclose the truth
 */
export function differenceOfPairs(
  baseline: Estimate,
  contender: Estimate,
  scale: Scale,
  confidence: number,
): Difference {
  if (contender.influences.length < LEAST_PAIRED_BLOCKS)
    return differenceOf([baseline], [contender], scale, false, confidence);
  const on = (value: number) => (scale === "relative" ? Math.log(value) : value);
  const differences = contender.influences.map((of, at) => of - (baseline.influences[at] as number));
  const { standardError, degrees } = scatteringOf(differences);
  const leastError = Math.hypot(baseline.leastError, contender.leastError);
  const reach = studentT(confidence, degrees) * Math.max(standardError, leastError);
  const [from, to] = [on(baseline.value), on(contender.value)];
  const value = to - from;
  return {
    baseline: baseline.value,
    contender: contender.value,
    value,
    low: value - Math.max(to - on(contender.whenOff(-reach)), on(baseline.whenOff(reach)) - from),
    high: value + Math.max(on(contender.whenOff(reach)) - to, from - on(baseline.whenOff(-reach))),
    noise: undefined,
  };
}

/**
 * The relative difference of two figures of which a run tells no scatter: how far the repeats of both sides lie apart is all that is
 * known, and without repeats it may be anything.
 */
export function differenceOfRepeats(baseline: readonly number[], contender: readonly number[]): Difference {
  const [from, to] = [baseline.map(Math.log), contender.map(Math.log)];
  const value = meanOf(to) - meanOf(from);
  const noise = noiseOf(from, to);
  const reach = noise ?? Number.POSITIVE_INFINITY;
  return {
    ...{ baseline: Math.exp(meanOf(from)), contender: Math.exp(meanOf(to)) },
    ...{ value, low: value - reach, high: value + reach, noise },
  };
}

/** The mean of a side's runs on a scale, and how far its limits are below and above. */
interface SideMean {
  readonly values: readonly number[];
  readonly value: number;
  readonly below: number;
  readonly above: number;
  readonly deviations: readonly number[];
}

function sideOf(runs: readonly Estimate[], scale: Scale): SideMean {
  const on = (value: number) => (scale === "relative" ? Math.log(value) : value);
  const values = runs.map((run) => on(run.value));
  const below = runs.map((run, at) => (values[at] as number) - on(run.low));
  const above = runs.map((run, at) => on(run.high) - (values[at] as number));
  const blocks = Math.min(...runs.map((run) => run.deviations.length));
  return {
    values,
    value: meanOf(values),
    below: Math.hypot(...below) / runs.length,
    above: Math.hypot(...above) / runs.length,
    deviations: Array.from({ length: blocks }, (_, block) =>
      meanOf(runs.map((run) => run.deviations[block] as number)),
    ),
  };
}

function distance(ofOne: number, ofOther: number, together: number): number {
  if (!Number.isFinite(ofOne) || !Number.isFinite(ofOther)) return Number.POSITIVE_INFINITY;
  return Math.sqrt(Math.max(0, ofOne ** 2 + ofOther ** 2 - 2 * together * ofOne * ofOther));
}

/** Pearson's correlation of two rows of deviations that are as long as each other. */
function correlation(some: readonly number[], others: readonly number[]): number {
  if (some.length !== others.length || some.length < LEAST_PAIRED_BLOCKS) return 0;
  const [mean, otherMean] = [meanOf(some), meanOf(others)];
  let product = 0;
  let square = 0;
  let otherSquare = 0;
  for (const [at, value] of some.entries()) {
    const [of, otherOf] = [value - mean, (others[at] as number) - otherMean];
    product += of * otherOf;
    square += of ** 2;
    otherSquare += otherOf ** 2;
  }
  return square === 0 || otherSquare === 0 ? 0 : product / Math.sqrt(square * otherSquare);
}

/** Student's interval of a difference of two means, with the variance that repeats of both sides show together. */
function noiseOf(
  baseline: readonly number[],
  contender: readonly number[],
  confidence = NOISE_CONFIDENCE,
): number | undefined {
  const degrees = baseline.length + contender.length - 2;
  if (degrees < 1) return undefined;
  const variance = (squaresOf(baseline) + squaresOf(contender)) / degrees;
  const share = 1 / baseline.length + 1 / contender.length;
  return studentT(confidence, degrees) * Math.sqrt(variance * share);
}

function squaresOf(values: readonly number[]): number {
  const mean = meanOf(values);
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

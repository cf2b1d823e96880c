/**
 * A figure of one run with its confidence limits. Answers that follow each other resemble each other, so what counts is not
 * how many there are but how the blocks of the run differ: each limit comes from the variance between blocks.
 */

import { COMPARED_PERCENTS, type ComparedPercentile, type Scatter } from "../protocol/report.ts";
import type { Histogram } from "../stats/histogram.ts";
import { studentT } from "../stats/student.ts";

export interface Estimate {
  readonly value: number;
  readonly low: number;
  /** Infinite where there are too few values to bound it. */
  readonly high: number;
  /** By how much each block is above or below its share: two runs whose blocks go together differ less than each by itself. */
  readonly deviations: readonly number[];
  /** What each block adds to the error: of a share, of a ratio's logarithm, or of a ratio itself. They add up to nothing. */
  readonly influences: readonly number[];
  /** The error that a share has by its count alone: in a pair of blocks this much does not cancel out. */
  readonly leastError: number;
  /** The figure where the error is so large. */
  readonly whenOff: (by: number) => number;
}

/** How far the sum of what blocks add may be off. */
export interface Scattering {
  readonly standardError: number;
  /** As many blocks as would say as much if they did not resemble their neighbours, less one. */
  readonly degrees: number;
}

/** A ratio of sums over blocks, and how far it may be off. */
interface Ratio extends Scattering {
  readonly value: number;
  readonly deviations: readonly number[];
  readonly influences: readonly number[];
}

/** Blocks that go along with their neighbours more than this say next to nothing. */
const MOST_INERTIA = 0.9;

/** The ratio of two sums over blocks, with its error by linearization (W. Cochran, Sampling Techniques, 1977, 6.4). */
function ratioOf(tops: readonly number[], bottoms: readonly number[]): Ratio {
  const bottom = sumOf(bottoms);
  const value = bottom === 0 ? 0 : sumOf(tops) / bottom;
  const deviations = tops.map((top, at) => top - value * (bottoms[at] as number));
  const influences = deviations.map((deviation) => (bottom === 0 ? 0 : deviation / bottom));
  if (bottom === 0)
    return { value, standardError: Number.POSITIVE_INFINITY, degrees: 1, deviations, influences };
  return { value, ...scatteringOf(influences), deviations, influences };
}

/**
 * The error of a sum over blocks, wider where neighbours resemble each other: as for an autoregressive sequence, n blocks count as
 * n (1 - r) / (1 + r) (J. Priestley, Spectral Analysis and Time Series, 1981, 5.3.2).
 * @param influences of the blocks; they add up to nothing
 */
export function scatteringOf(influences: readonly number[]): Scattering {
  const blocks = influences.length;
  if (blocks < 2) return { standardError: Number.POSITIVE_INFINITY, degrees: 1 };
  const squares = sumOf(influences.map((influence) => influence ** 2));
  const inertia = inertiaOf(influences, squares);
  const weight = (1 - inertia) / (1 + inertia);
  return {
    standardError: Math.sqrt(((blocks / (blocks - 1)) * squares) / weight),
    degrees: Math.max(1, Math.round(blocks * weight) - 1),
  };
}

/** How much a block goes along with the one before; what a short sequence seems to lack by itself is put back. */
function inertiaOf(deviations: readonly number[], squares: number): number {
  if (squares === 0) return 0;
  const products = deviations.slice(1).map((deviation, at) => deviation * (deviations[at] as number));
  return Math.min(MOST_INERTIA, Math.max(0, sumOf(products) / squares + 1 / deviations.length));
}

/**
 * A percentile: the error of the share of values below it is found from the blocks, and the ends of that share are looked up
 * in the whole distribution.
 * Source: R. Woodruff, Confidence intervals for medians and other position measures, JASA 47 (1952).
 * @param confidence that the limits enclose the truth
 */
export function percentileEstimate(
  histogram: Histogram,
  { ok, below }: Scatter,
  name: ComparedPercentile,
  confidence: number,
): Estimate {
  const percent = COMPARED_PERCENTS[name];
  const share = ratioOf(below[name], ok);
  const reach = studentT(confidence, share.degrees) * share.standardError * 100;
  const at = (of: number) => {
    if (of <= 0) return 0;
    // Without a value beyond the end nothing is known of what may lie there.
    if (of >= 100 * (1 - 1 / histogram.count)) return Number.POSITIVE_INFINITY;
    return histogram.percentileMs(of) ?? 0;
  };
  return {
    value: histogram.percentileMs(percent) ?? 0,
    low: at(percent - reach),
    high: at(percent + reach),
    deviations: share.deviations,
    influences: share.influences,
    leastError: errorOfShare(percent / 100, histogram.count),
    whenOff: (by) => at(percent + 100 * by),
  };
}

export function meanEstimate({ ok, sum_ms: sumMs }: Scatter, confidence: number): Estimate {
  return within(ratioOf(sumMs, ok), confidence);
}

/** Completed queries per second. @param lengthsS of the blocks */
export function rateEstimate(
  { ok, bad }: Scatter,
  lengthsS: readonly number[],
  confidence: number,
): Estimate {
  return within(ratioOf(added(ok, bad), lengthsS), confidence);
}

/**
 * A share of errors: Wilson's limits, with as many values as would scatter so if they were independent.
 * Source: E. Wilson, Probable inference, the law of succession, and statistical inference, JASA 22 (1927).
 */
export function errorEstimate({ ok, bad }: Scatter, confidence: number): Estimate {
  const completed = added(ok, bad);
  const share = ratioOf(bad, completed);
  const count = sumOf(completed);
  const independent = (share.value * (1 - share.value)) / Math.max(1, count);
  const effective = count * Math.min(1, independent === 0 ? 1 : independent / share.standardError ** 2);
  const square = studentT(confidence, share.degrees) ** 2 / effective;
  const middle = (share.value + square / 2) / (1 + square);
  const reach = Math.sqrt(square * share.value * (1 - share.value) + square ** 2 / 4) / (1 + square);
  const { value, deviations, influences } = share;
  const leastError = errorOfShare(value, count);
  const common = { value, deviations, influences, leastError, whenOff: (by: number) => value + by };
  if (!Number.isFinite(reach)) return { ...common, low: 0, high: 1 };
  return { ...common, low: Math.max(0, middle - reach), high: Math.min(1, middle + reach) };
}

function within(ratio: Ratio, confidence: number): Estimate {
  const { value, standardError, degrees, deviations } = ratio;
  const reach = studentT(confidence, degrees) * standardError;
  return {
    ...{ value, low: Math.max(0, value - reach), high: value + reach, deviations },
    influences: ratio.influences.map((influence) => (value === 0 ? 0 : influence / value)),
    leastError: 0,
    whenOff: (by) => value * Math.exp(by),
  };
}

/** Of independent values. */
function errorOfShare(share: number, count: number): number {
  return Math.sqrt((share * (1 - share)) / Math.max(1, count));
}

function added(some: readonly number[], more: readonly number[]): number[] {
  return some.map((value, at) => value + (more[at] as number));
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

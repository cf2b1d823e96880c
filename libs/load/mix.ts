/** The mix of queries: smooth weighted round robin, unrolled into a cycle that any arrival can be looked up in. */

import { below, PURPOSE, randomFor } from "./random.ts";

export interface Mix {
  /** Query indexes in the order in which they come; repeated without end. */
  readonly cycle: Uint16Array;
  /** How often each query stands in the cycle. */
  readonly perCycle: readonly number[];
  /** For each position, how often its query stands in the cycle before it. */
  readonly before: Uint16Array;
  /** How many targets each query of the schedule is asked of: their queries follow one another in the cycle. */
  readonly sides: 1 | 2;
  /** How often the mix comes in the cycle: where there are two sides, each time in another order. */
  readonly rounds: number;
}

/** Longest cycle; weights that would need a longer one are rounded to this many parts. */
const MAX_CYCLE = 20_000;
/** Fewer pairs in a cycle than these would come in orders that can be foreseen. */
const LEAST_PAIRS = 64;
/** Weights are taken to three decimals. */
const WEIGHT_SCALE = 1000;

/** The mix of the given weights, all above 0: 5, 1, 1 gives a a b a c a a. */
export function mixOf(weights: readonly number[]): Mix {
  const perCycle = wholeWeights(weights);
  const length = sum(perCycle);
  const cycle = new Uint16Array(length);
  const current = perCycle.map(() => 0);
  for (let position = 0; position < length; position++) {
    let chosen = 0;
    for (let query = 0; query < current.length; query++) {
      current[query] = (current[query] as number) + (perCycle[query] as number);
      if ((current[query] as number) > (current[chosen] as number)) chosen = query;
    }
    current[chosen] = (current[chosen] as number) - length;
    cycle[position] = chosen;
  }
  return { cycle, perCycle, before: countedBefore(cycle, perCycle.length), sides: 1, rounds: 1 };
}

/**
 * The mix of a run on two targets, whose queries stand side by side: 0 and 1 are the two sides of the first one. Each query
 * of the schedule becomes a pair, and which side goes first is drawn from the seed: each does so equally often, in every second round.
 * @param weights of all queries; both sides of one have the same
 */
export function pairedMixOf(weights: readonly number[], seed: number): Mix {
  const { cycle: single, perCycle: times } = mixOf(weights.filter((_, query) => query % 2 === 0));
  const rounds = 2 * Math.ceil(LEAST_PAIRS / 2 / single.length);
  const cycle = new Uint16Array(2 * single.length * rounds);
  let at = 0;
  for (let round = 0; round < rounds; round++) {
    const random = randomFor(seed, PURPOSE.sides, Math.floor(round / 2));
    for (const query of single) {
      const first = below(random, 2) === round % 2 ? 0 : 1;
      cycle[at++] = 2 * query + first;
      cycle[at++] = 2 * query + 1 - first;
    }
  }
  const perCycle = weights.map((_, query) => rounds * (times[Math.floor(query / 2)] as number));
  return { cycle, perCycle, before: countedBefore(cycle, weights.length), sides: 2, rounds };
}

/** For each position of a cycle, how often its query stands before it. */
function countedBefore(cycle: Uint16Array, queries: number): Uint16Array {
  const seen = new Array<number>(queries).fill(0);
  return cycle.map((query) => {
    const before = seen[query] as number;
    seen[query] = before + 1;
    return before;
  });
}

/**
 * Where a lane begins in the cycle. Lanes are spread over it, so that a few lanes together have the whole mix
 * from their first queries on.
 */
export function phaseOf(mix: Mix, lane: number, lanes: number): number {
  const round = mix.cycle.length / mix.rounds;
  const pairs = round / mix.sides;
  return mix.sides * Math.floor((lane * pairs) / lanes) + round * (lane % mix.rounds);
}

/** What two queries of a pair have in common: the number of the arrival in the schedule of either target. */
export function scheduledIndex({ sides }: Mix, index: number): number {
  return Math.floor(index / sides);
}

/** The query of an arrival. */
export function queryAt(mix: Mix, phase: number, index: number): number {
  return mix.cycle[(phase + index) % mix.cycle.length] as number;
}

/** How often an arrival's query has come in its lane before it, counted from the beginning of the lane's first cycle. */
export function occurrenceAt(mix: Mix, phase: number, index: number): number {
  const position = phase + index;
  const within = position % mix.cycle.length;
  const perCycle = mix.perCycle[mix.cycle[within] as number] as number;
  return Math.floor(position / mix.cycle.length) * perCycle + (mix.before[within] as number);
}

/** How often each query comes in `count` arrivals from index `first` on. */
export function countPerQuery(mix: Mix, phase: number, first: number, count: number): number[] {
  const length = mix.cycle.length;
  const fullCycles = Math.floor(count / length);
  const counts = mix.perCycle.map((times) => times * fullCycles);
  for (let index = fullCycles * length; index < count; index++) {
    const query = queryAt(mix, phase, first + index);
    counts[query] = (counts[query] as number) + 1;
  }
  return counts;
}

function wholeWeights(weights: readonly number[]): number[] {
  const scaled = weights.map((weight) => Math.max(1, Math.round(weight * WEIGHT_SCALE)));
  const divisor = scaled.reduce(greatestCommonDivisor);
  const whole = scaled.map((weight) => weight / divisor);
  const total = sum(whole);
  if (total <= MAX_CYCLE) return whole;
  return whole.map((weight) => Math.max(1, Math.round((weight * MAX_CYCLE) / total)));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

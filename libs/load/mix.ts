/** The mix of queries: smooth weighted round robin, unrolled into a cycle that any arrival can be looked up in. */

export interface Mix {
  /** Query indexes in the order in which they come; repeated without end. */
  readonly cycle: Uint16Array;
  /** How often each query stands in the cycle. */
  readonly perCycle: readonly number[];
  /** For each position, how often its query stands in the cycle before it. */
  readonly before: Uint16Array;
}

/** Longest cycle; weights that would need a longer one are rounded to this many parts. */
const MAX_CYCLE = 20_000;
/** Weights are taken to three decimals. */
const WEIGHT_SCALE = 1000;

/** The mix of the given weights, all above 0: 5, 1, 1 gives a a b a c a a. */
export function mixOf(weights: readonly number[]): Mix {
  const perCycle = wholeWeights(weights);
  const length = sum(perCycle);
  const cycle = new Uint16Array(length);
  const before = new Uint16Array(length);
  const current = perCycle.map(() => 0);
  const seen = perCycle.map(() => 0);
  for (let position = 0; position < length; position++) {
    let chosen = 0;
    for (let query = 0; query < current.length; query++) {
      current[query] = (current[query] as number) + (perCycle[query] as number);
      if ((current[query] as number) > (current[chosen] as number)) chosen = query;
    }
    current[chosen] = (current[chosen] as number) - length;
    cycle[position] = chosen;
    before[position] = seen[chosen] as number;
    seen[chosen] = (seen[chosen] as number) + 1;
  }
  return { cycle, perCycle, before };
}

/**
 * Where a lane begins in the cycle. Lanes are spread over it, so that a few lanes together have the whole mix
 * from their first queries on.
 */
export function phaseOf(mix: Mix, lane: number, lanes: number): number {
  return Math.floor((lane * mix.cycle.length) / lanes);
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

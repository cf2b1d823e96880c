/**
 * Random numbers by key: the same seed and key give the same numbers on any worker, in any order, on any attempt.
 * The generator is Chris Doty-Humphrey's sfc32 (PractRand); the key is folded in with MurmurHash3's finalizer.
 */

/** What a stream of random numbers is for; streams of different purposes never meet. */
export const PURPOSE = { arrivalCount: 1, arrivalTimes: 2, variables: 3 } as const;

/** A source of random numbers in [0, 1) with 53 bits. */
export type Random = () => number;

/** Rounds after seeding, until every bit of the key has reached every bit of the state. */
const WARM_UP_ROUNDS = 12;

/** The stream of numbers that belongs to a seed and a key. */
export function randomFor(seed: number, ...key: readonly number[]): Random {
  let a = mix(seed ^ 0x9e3779b9);
  let b = mix((seed / 2 ** 32) ^ 0x85ebca6b);
  let c = 0x243f6a88;
  for (const part of key) {
    a = mix(a ^ part);
    b = mix((b + a) ^ (part / 2 ** 32));
    c = mix(c ^ b);
  }
  let counter = 1;

  function uint32(): number {
    const out = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + out;
    c |= 0;
    return out >>> 0;
  }

  for (let round = 0; round < WARM_UP_ROUNDS; round++) uint32();
  return () => (uint32() * 2 ** 21 + (uint32() >>> 11)) / 2 ** 53;
}

/** A whole number in [0, bound). */
export function below(random: Random, bound: number): number {
  return Math.floor(random() * bound);
}

/** Knuth's method needs exp(-mean) above the smallest double; above this mean the count is drawn in parts. */
const POISSON_PART = 32;

/** A Poisson count with the given mean: the sum of parts is Poisson again. Takes time in proportion to the mean. */
export function poissonCount(random: Random, mean: number): number {
  let count = 0;
  for (let rest = mean; rest > 0; rest -= POISSON_PART) {
    const limit = Math.exp(-Math.min(rest, POISSON_PART));
    for (let product = random(); product > limit; product *= random()) count++;
  }
  return count;
}

function mix(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

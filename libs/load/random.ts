/**
 * Random numbers by key: the same seed and key give the same numbers on any worker, in any order, on any attempt.
 * The generator is Chris Doty-Humphrey's sfc32 (PractRand); the key is folded in with MurmurHash3's finalizer.
 */

/** What a stream of random numbers is for; streams of different purposes never meet. */
export const PURPOSE = { arrivalCount: 1, arrivalTimes: 2, variables: 3, sides: 4 } as const;

/** A source of random numbers in [0, 1) with 53 bits. */
export type Random = () => number;

/** Rounds after seeding, until every bit of the key has reached every bit of the state. */
const WARM_UP_ROUNDS = 12;

/** The stream of numbers that belongs to a seed and a key. */
export function randomFor(seed: number, ...key: readonly number[]): Random {
  const stream = new RandomStream();
  stream.begin(seed);
  for (const part of key) stream.addKey(part);
  stream.warmUp();
  return stream.next;
}

/** A stream that can be begun again with another seed and key: for who needs one for each query. */
export class RandomStream {
  readonly next: Random = () => (this.uint32() * 2 ** 21 + (this.uint32() >>> 11)) / 2 ** 53;
  private a = 0;
  private b = 0;
  private c = 0;
  private counter = 1;

  begin(seed: number): void {
    this.a = mix(seed ^ 0x9e3779b9);
    this.b = mix((seed / 2 ** 32) ^ 0x85ebca6b);
    this.c = 0x243f6a88;
    this.counter = 1;
  }

  /** Folds in a part of the key. */
  addKey(part: number): void {
    this.a = mix(this.a ^ part);
    this.b = mix((this.b + this.a) ^ (part / 2 ** 32));
    this.c = mix(this.c ^ this.b);
  }

  /** Ends the key; numbers may be taken from then on. */
  warmUp(): void {
    for (let round = 0; round < WARM_UP_ROUNDS; round++) this.uint32();
  }

  private uint32(): number {
    const { b, c } = this;
    const out = (this.a + b + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = b ^ (b >>> 9);
    this.b = (c + (c << 3)) | 0;
    this.c = (((c << 21) | (c >>> 11)) + out) | 0;
    return out >>> 0;
  }
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

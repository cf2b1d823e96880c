/**
 * The slices of a run that are out: published and not settled. Kept by lane, where there are few at once, and by the second in
 * which their windows end, so that looking for those whose time is over costs nothing for all the others.
 */

/** A slice by its place in the plan. */
export interface SlicePlace {
  readonly lane: number;
  readonly window: number;
}

/** A slice that is out. */
export interface OutSlice extends SlicePlace {
  /** When the slice's window ends, in milliseconds of the run; Infinity where it has none. */
  readonly endMs: number;
  /** The revision of the run that it is published under; unknown of one that a leader before published, until it is found. */
  revision: number | undefined;
  /** Its place in the queue, once it is stored. */
  seq: number | undefined;
  isOut: boolean;
}

/** Slices whose windows end in the same second. One that has left stands here until the last one has. */
interface Second {
  readonly slices: OutSlice[];
  out: number;
}

export interface Outstanding {
  add(lane: number, window: number, endMs: number, revision: number | undefined): void;
  /** @returns whether it was out */
  delete(lane: number, window: number): boolean;
  get(lane: number, window: number): OutSlice | undefined;
  bySequence(seq: number): OutSlice | undefined;
  count(): number;
  countIn(lane: number): number;
  all(): OutSlice[];
  /** Those whose windows ended before a time of the run. */
  endedBefore(runMs: number): OutSlice[];
}

export function createOutstanding(lanes: number): Outstanding {
  const byLane: OutSlice[][] = Array.from({ length: lanes }, () => []);
  const bySecond = new Map<number, Second>();
  let count = 0;

  /** A lane has as many slices out as fit into the time for which slices are published ahead: some few. */
  function indexOf(lane: number, window: number): number {
    const slices = byLane[lane] as OutSlice[];
    for (let index = 0; index < slices.length; index++) if (slices[index]?.window === window) return index;
    return -1;
  }

  function secondOf(endMs: number): number {
    return Math.floor(endMs / 1000);
  }

  function all(): OutSlice[] {
    return byLane.flat();
  }

  return {
    add(lane, window, endMs, revision) {
      const slice = { lane, window, endMs, revision, seq: undefined, isOut: true };
      (byLane[lane] as OutSlice[]).push(slice);
      const key = secondOf(endMs);
      const second = bySecond.get(key);
      if (second) {
        second.slices.push(slice);
        second.out++;
      } else {
        bySecond.set(key, { slices: [slice], out: 1 });
      }
      count++;
    },
    delete(lane, window) {
      const index = indexOf(lane, window);
      if (index < 0) return false;
      const [slice] = (byLane[lane] as OutSlice[]).splice(index, 1) as [OutSlice];
      slice.isOut = false;
      count--;
      const key = secondOf(slice.endMs);
      const second = bySecond.get(key) as Second;
      second.out--;
      if (second.out === 0) bySecond.delete(key);
      return true;
    },
    get: (lane, window) => byLane[lane]?.[indexOf(lane, window)],
    bySequence: (seq) => all().find((slice) => slice.seq === seq),
    count: () => count,
    countIn: (lane) => byLane[lane]?.length ?? 0,
    all,
    endedBefore(runMs) {
      const ended: OutSlice[] = [];
      for (const [second, { slices }] of bySecond) {
        if (second * 1000 >= runMs) continue;
        for (const slice of slices) if (slice.isOut && slice.endMs < runMs) ended.push(slice);
      }
      return ended;
    },
  };
}

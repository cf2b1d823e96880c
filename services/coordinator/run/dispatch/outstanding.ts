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
  /** The one that came before it in its lane and is still out. */
  before: OutSlice | undefined;
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
  /** Whether any of a lane is out. */
  hasIn(lane: number): boolean;
  all(): OutSlice[];
  /** Those whose windows ended before a time of the run. */
  endedBefore(runMs: number): OutSlice[];
}

export function createOutstanding(lanes: number): Outstanding {
  /** The last of each lane; a lane has as many out as fit into the time for which slices are published ahead: some few. */
  const lasts = new Array<OutSlice | undefined>(lanes).fill(undefined);
  const bySecond = new Map<number, Second>();
  let count = 0;

  function get(lane: number, window: number): OutSlice | undefined {
    let slice = lasts[lane];
    while (slice && slice.window !== window) slice = slice.before;
    return slice;
  }

  function* all(): Generator<OutSlice> {
    for (const last of lasts) for (let slice = last; slice; slice = slice.before) yield slice;
  }

  function inSecond(endMs: number): Second {
    const key = secondOf(endMs);
    let second = bySecond.get(key);
    if (!second) {
      second = { slices: [], out: 0 };
      bySecond.set(key, second);
    }
    return second;
  }

  /** Takes a slice out of its lane's chain. */
  function unlink(slice: OutSlice): void {
    if (lasts[slice.lane] === slice) {
      lasts[slice.lane] = slice.before;
      return;
    }
    let later = lasts[slice.lane] as OutSlice;
    while (later.before !== slice) later = later.before as OutSlice;
    later.before = slice.before;
  }

  return {
    add(lane, window, endMs, revision) {
      const before = lasts[lane];
      const slice = { lane, window, endMs, revision, seq: undefined, isOut: true, before };
      lasts[lane] = slice;
      const second = inSecond(endMs);
      second.slices.push(slice);
      second.out++;
      count++;
    },
    delete(lane, window) {
      const slice = get(lane, window);
      if (!slice) return false;
      unlink(slice);
      slice.isOut = false;
      slice.before = undefined;
      count--;
      const second = inSecond(slice.endMs);
      second.out--;
      if (second.out === 0) bySecond.delete(secondOf(slice.endMs));
      return true;
    },
    get,
    bySequence(seq) {
      for (const slice of all()) if (slice.seq === seq) return slice;
      return undefined;
    },
    count: () => count,
    hasIn: (lane) => lasts[lane] !== undefined,
    all: () => [...all()],
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

function secondOf(endMs: number): number {
  return Math.floor(endMs / 1000);
}

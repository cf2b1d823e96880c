/**
 * The slices of a run that are out: published and not settled. Kept in columns of numbers, so that tens of thousands of them
 * are nothing that garbage collection has to look at; chained by lane, where there are few at once, and by the second in which
 * their windows end.
 */

import { NONE, Rows } from "./rows.ts";
import { createSeconds } from "./seconds.ts";

/** A slice by its place in the plan. */
export interface SlicePlace {
  readonly lane: number;
  readonly window: number;
}

/** A slice that is out. */
export interface OutSlice extends SlicePlace {
  /** The revision of the run that it is published under; unknown of one that a leader before published, until it is found. */
  readonly revision: number | undefined;
  /** Its place in the queue, once it is stored. */
  readonly seq: number | undefined;
}

export interface Outstanding {
  /** @param endMs when the slice's window ends, in milliseconds of the run; Infinity where it has none */
  add(lane: number, window: number, endMs: number, revision: number | undefined): void;
  /** @returns whether it was out */
  delete(lane: number, window: number): boolean;
  get(lane: number, window: number): OutSlice | undefined;
  /** What is known by now of a slice that is out; what is undefined is forgotten. */
  note(lane: number, window: number, known: Pick<OutSlice, "revision" | "seq">): void;
  bySequence(seq: number): SlicePlace | undefined;
  count(): number;
  /** Whether any of a lane is out. */
  hasIn(lane: number): boolean;
  all(): SlicePlace[];
  /** Those whose windows ended before a time of the run. */
  endedBefore(runMs: number): SlicePlace[];
}

/** In place of a sequence number or a revision that is not known; both count from 1. */
const UNKNOWN = 0;

export function createOutstanding(lanes: number): Outstanding {
  const rows = new Rows(lanes);
  /** The last row of each lane. */
  const lasts = new Int32Array(lanes).fill(NONE);
  const seconds = createSeconds(rows);
  let count = 0;

  function rowOf(lane: number, window: number): number {
    let row = lasts[lane] ?? NONE;
    while (row !== NONE && rows.window[row] !== window) row = rows.before[row] as number;
    return row;
  }

  function linkToLane(row: number, lane: number): void {
    rows.before[row] = lasts[lane] as number;
    lasts[lane] = row;
  }

  function unlinkFromLane(row: number, lane: number): void {
    const before = rows.before[row] as number;
    if (lasts[lane] === row) {
      lasts[lane] = before;
      return;
    }
    let later = lasts[lane] as number;
    while (rows.before[later] !== row) later = rows.before[later] as number;
    rows.before[later] = before;
  }

  function placeAt(row: number): SlicePlace {
    return { lane: rows.lane[row] as number, window: rows.window[row] as number };
  }

  function* out(): Generator<number> {
    for (const last of lasts) for (let row = last; row !== NONE; row = rows.before[row] as number) yield row;
  }

  return {
    add(lane, window, endMs, revision) {
      const row = rows.take();
      rows.lane[row] = lane;
      rows.window[row] = window;
      rows.endMs[row] = endMs;
      rows.revision[row] = revision ?? UNKNOWN;
      rows.seq[row] = UNKNOWN;
      linkToLane(row, lane);
      seconds.link(row);
      count++;
    },
    delete(lane, window) {
      const row = rowOf(lane, window);
      if (row === NONE) return false;
      unlinkFromLane(row, lane);
      seconds.unlink(row);
      rows.giveBack(row);
      count--;
      return true;
    },
    get(lane, window) {
      const row = rowOf(lane, window);
      if (row === NONE) return undefined;
      return {
        lane,
        window,
        revision: rows.revision[row] || undefined,
        seq: rows.seq[row] || undefined,
      };
    },
    note(lane, window, { revision, seq }) {
      const row = rowOf(lane, window);
      if (row === NONE) return;
      rows.revision[row] = revision ?? UNKNOWN;
      rows.seq[row] = seq ?? UNKNOWN;
    },
    bySequence(seq) {
      for (const row of out()) if (rows.seq[row] === seq) return placeAt(row);
      return undefined;
    },
    count: () => count,
    hasIn: (lane) => lasts[lane] !== NONE,
    all: () => Array.from(out(), placeAt),
    endedBefore: (runMs) => seconds.endedBefore(runMs).map(placeAt),
  };
}

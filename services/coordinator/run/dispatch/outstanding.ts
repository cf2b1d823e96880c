/**
 * The slices of a run that are out: published and not settled. Kept in columns of numbers, so that tens of thousands of them
 * are nothing that garbage collection has to look at; chained by lane, where there are few at once, and by the second in which
 * their windows end, so that looking for those whose time is over costs nothing for all the others.
 */

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

/** No row: the end of a chain. */
const NONE = -1;
/** In place of a sequence number or a revision that is not known; both count from 1. */
const UNKNOWN = 0;
const FIRST_ROWS = 64;

/** A row per slice that is out; a row that is free has the next free one in `before`. */
interface Columns {
  readonly lane: Int32Array;
  readonly window: Int32Array;
  readonly endMs: Float64Array;
  readonly revision: Int32Array;
  readonly seq: Float64Array;
  /** The one before it in its lane. */
  readonly before: Int32Array;
  /** Its neighbours in the second in which its window ends. */
  readonly earlier: Int32Array;
  readonly later: Int32Array;
}

/** The slices whose windows end in the same second. */
interface Second {
  readonly second: number;
  /** The last row of their chain. */
  last: number;
}

export function createOutstanding(lanes: number): Outstanding {
  let columns = newColumns(Math.max(FIRST_ROWS, lanes));
  /** The last row of each lane. */
  const lasts = new Int32Array(lanes).fill(NONE);
  const seconds = new Map<number, Second>();
  /** Slices that are published together mostly end in the same second. */
  let recent: Second | undefined;
  let free = NONE;
  let used = 0;
  let count = 0;

  function rowOf(lane: number, window: number): number {
    let row = lasts[lane] ?? NONE;
    while (row !== NONE && columns.window[row] !== window) row = columns.before[row] as number;
    return row;
  }

  function newRow(): number {
    if (free !== NONE) {
      const row = free;
      free = columns.before[row] as number;
      return row;
    }
    if (used === columns.lane.length) columns = grown(columns);
    return used++;
  }

  function linkToLane(row: number, lane: number): void {
    columns.before[row] = lasts[lane] as number;
    lasts[lane] = row;
  }

  function unlinkFromLane(row: number, lane: number): void {
    const before = columns.before[row] as number;
    if (lasts[lane] === row) {
      lasts[lane] = before;
      return;
    }
    let later = lasts[lane] as number;
    while (columns.before[later] !== row) later = columns.before[later] as number;
    columns.before[later] = before;
  }

  function inSecond(second: number): Second {
    if (recent?.second === second) return recent;
    recent = seconds.get(second);
    if (!recent) {
      recent = { second, last: NONE };
      seconds.set(second, recent);
    }
    return recent;
  }

  function linkToSecond(row: number, second: Second): void {
    const earlier = second.last;
    columns.earlier[row] = earlier;
    columns.later[row] = NONE;
    if (earlier !== NONE) columns.later[earlier] = row;
    second.last = row;
  }

  function unlinkFromSecond(row: number, second: Second): void {
    const earlier = columns.earlier[row] as number;
    const later = columns.later[row] as number;
    if (earlier !== NONE) columns.later[earlier] = later;
    if (later !== NONE) columns.earlier[later] = earlier;
    else second.last = earlier;
    if (second.last !== NONE) return;
    seconds.delete(second.second);
    recent = undefined;
  }

  function placeAt(row: number): SlicePlace {
    return { lane: columns.lane[row] as number, window: columns.window[row] as number };
  }

  function* rows(): Generator<number> {
    for (const last of lasts)
      for (let row = last; row !== NONE; row = columns.before[row] as number) yield row;
  }

  return {
    add(lane, window, endMs, revision) {
      const row = newRow();
      columns.lane[row] = lane;
      columns.window[row] = window;
      columns.endMs[row] = endMs;
      columns.revision[row] = revision ?? UNKNOWN;
      columns.seq[row] = UNKNOWN;
      linkToLane(row, lane);
      linkToSecond(row, inSecond(secondOf(endMs)));
      count++;
    },
    delete(lane, window) {
      const row = rowOf(lane, window);
      if (row === NONE) return false;
      unlinkFromLane(row, lane);
      unlinkFromSecond(row, inSecond(secondOf(columns.endMs[row] as number)));
      columns.before[row] = free;
      free = row;
      count--;
      return true;
    },
    get(lane, window) {
      const row = rowOf(lane, window);
      if (row === NONE) return undefined;
      return {
        lane,
        window,
        revision: columns.revision[row] || undefined,
        seq: columns.seq[row] || undefined,
      };
    },
    note(lane, window, { revision, seq }) {
      const row = rowOf(lane, window);
      if (row === NONE) return;
      columns.revision[row] = revision ?? UNKNOWN;
      columns.seq[row] = seq ?? UNKNOWN;
    },
    bySequence(seq) {
      for (const row of rows()) if (columns.seq[row] === seq) return placeAt(row);
      return undefined;
    },
    count: () => count,
    hasIn: (lane) => lasts[lane] !== NONE,
    all: () => Array.from(rows(), placeAt),
    endedBefore(runMs) {
      const ended: SlicePlace[] = [];
      for (const { second, last } of seconds.values()) {
        if (second * 1000 >= runMs) continue;
        for (let row = last; row !== NONE; row = columns.earlier[row] as number)
          if ((columns.endMs[row] as number) < runMs) ended.push(placeAt(row));
      }
      return ended;
    },
  };
}

function secondOf(endMs: number): number {
  return Math.floor(endMs / 1000);
}

function newColumns(rows: number): Columns {
  return {
    lane: new Int32Array(rows),
    window: new Int32Array(rows),
    endMs: new Float64Array(rows),
    revision: new Int32Array(rows),
    seq: new Float64Array(rows),
    before: new Int32Array(rows),
    earlier: new Int32Array(rows),
    later: new Int32Array(rows),
  };
}

/** The same rows, and as many again. */
function grown(columns: Columns): Columns {
  const larger = newColumns(columns.lane.length * 2);
  for (const name of Object.keys(columns) as (keyof Columns)[]) larger[name].set(columns[name]);
  return larger;
}

/**
 * Slices that are out by the second in which their windows end: looking for those whose time is over costs nothing for all the
 * others.
 */

import { NONE, type Rows } from "./rows.ts";

export interface Seconds {
  /** Adds a row by the end of its window. */
  link(row: number): void;
  unlink(row: number): void;
  /** Rows whose windows ended before a time of the run. */
  endedBefore(runMs: number): number[];
}

/** The slices whose windows end in the same second. */
interface Second {
  readonly second: number;
  /** The last row of their chain. */
  last: number;
}

export function createSeconds(rows: Rows): Seconds {
  const seconds = new Map<number, Second>();
  /** Slices that are published together mostly end in the same second. */
  let recent: Second | undefined;

  function secondOf(row: number): Second {
    const second = Math.floor((rows.endMs[row] as number) / 1000);
    if (recent?.second === second) return recent;
    recent = seconds.get(second);
    if (!recent) {
      recent = { second, last: NONE };
      seconds.set(second, recent);
    }
    return recent;
  }

  return {
    link(row) {
      const second = secondOf(row);
      const earlier = second.last;
      rows.earlier[row] = earlier;
      rows.later[row] = NONE;
      if (earlier !== NONE) rows.later[earlier] = row;
      second.last = row;
    },
    unlink(row) {
      const second = secondOf(row);
      const earlier = rows.earlier[row] as number;
      const later = rows.later[row] as number;
      if (earlier !== NONE) rows.later[earlier] = later;
      if (later !== NONE) rows.earlier[later] = earlier;
      else second.last = earlier;
      if (second.last !== NONE) return;
      seconds.delete(second.second);
      recent = undefined;
    },
    endedBefore(runMs) {
      const ended: number[] = [];
      for (const { second, last } of seconds.values()) {
        if (second * 1000 >= runMs) continue;
        for (let row = last; row !== NONE; row = rows.earlier[row] as number)
          if ((rows.endMs[row] as number) < runMs) ended.push(row);
      }
      return ended;
    },
  };
}

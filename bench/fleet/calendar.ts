/** What is to happen in which tick of the virtual time. */

export interface Calendar<T> {
  put(tick: number, what: T): void;
  /** Takes what stands for a tick. */
  take(tick: number): readonly T[];
}

export function createCalendar<T>(): Calendar<T> {
  const ticks = new Map<number, T[]>();
  return {
    put(tick, what) {
      const entries = ticks.get(tick);
      if (entries) entries.push(what);
      else ticks.set(tick, [what]);
    },
    take(tick) {
      const entries = ticks.get(tick) ?? [];
      ticks.delete(tick);
      return entries;
    },
  };
}

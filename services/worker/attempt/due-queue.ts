/** Things with due times, the earliest at hand: a binary heap in which anything can be moved or taken out. */

/** Something with due times. All times are on the reference clock. */
export interface DueSource {
  /** Whether it can do nothing while the worker has as many queries in flight as it may. */
  readonly needsPlace: boolean;
  /** When it next wants to be called; Infinity for never. */
  nextDueMs(): number;
  /** Does what is due by now, as far as there are places. */
  fire(nowMs: number): void;
}

export interface DueEntry {
  readonly source: DueSource;
  readonly dueMs: number;
}

export interface DueQueue {
  /** The earliest. */
  first(): DueEntry | undefined;
  has(source: DueSource): boolean;
  /** Puts a source in, or moves it. */
  set(source: DueSource, dueMs: number): void;
  remove(source: DueSource): void;
}

interface Entry {
  readonly source: DueSource;
  dueMs: number;
  /** Its place in the heap. */
  at: number;
}

export function createDueQueue(): DueQueue {
  const heap: Entry[] = [];
  const entries = new Map<DueSource, Entry>();

  function place(entry: Entry, at: number): void {
    heap[at] = entry;
    entry.at = at;
  }

  function moveUp(entry: Entry): void {
    let { at } = entry;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above] as Entry;
      if (parent.dueMs <= entry.dueMs) break;
      place(parent, at);
      at = above;
    }
    place(entry, at);
  }

  function moveDown(entry: Entry): void {
    let { at } = entry;
    for (;;) {
      let below = 2 * at + 1;
      const right = heap[below + 1];
      if (right && right.dueMs < (heap[below] as Entry).dueMs) below++;
      const child = heap[below];
      if (!child || child.dueMs >= entry.dueMs) break;
      place(child, at);
      at = below;
    }
    place(entry, at);
  }

  return {
    first: () => heap[0],
    has: (source) => entries.has(source),
    set(source, dueMs) {
      let entry = entries.get(source);
      if (!entry) {
        entry = { source, dueMs, at: heap.length };
        entries.set(source, entry);
        heap.push(entry);
      }
      entry.dueMs = dueMs;
      moveUp(entry);
      moveDown(entry);
    },
    remove(source) {
      const entry = entries.get(source);
      if (!entry) return;
      entries.delete(source);
      const last = heap.pop() as Entry;
      if (last === entry) return;
      place(last, entry.at);
      moveUp(last);
      moveDown(last);
    },
  };
}

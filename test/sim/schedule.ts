/** Virtual time: a queue of what is to happen when. Nothing waits; the time jumps from one event to the next. */

export interface Scheduled {
  cancel(): void;
}

/** A history has thousands: a class, so that each is one object without functions of its own. */
class Event implements Scheduled {
  readonly atMs: number;
  /** Events of the same time happen in the order in which they were asked for. */
  readonly order: number;
  call: (() => void) | undefined;

  constructor(atMs: number, order: number, call: () => void) {
    this.atMs = atMs;
    this.order = order;
    this.call = call;
  }

  cancel(): void {
    this.call = undefined;
  }
}

export interface Schedule {
  /** Milliseconds since the history began. */
  nowMs(): number;
  /** Something is to happen after a delay. */
  in(delayMs: number, call: () => void): Scheduled;
  /**
   * Something is to happen at a time. A delay to that time would be rounded, and what was asked for first could come last.
   */
  at(atMs: number, call: () => void): Scheduled;
  /** Moves to the next event and lets it happen. @returns false when there is none left */
  step(): boolean;
}

export function createSchedule(): Schedule {
  const heap: Event[] = [];
  let nowMs = 0;
  let order = 0;

  const isBefore = (a: Event, b: Event) => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);

  function push(event: Event): void {
    let at = heap.length;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above] as Event;
      if (!isBefore(event, parent)) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = event;
  }

  function pop(): Event | undefined {
    const first = heap[0];
    const last = heap.pop();
    if (!first || !last || first === last) return first;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      const right = heap[below + 1];
      if (right && isBefore(right, heap[below] as Event)) below++;
      const child = heap[below];
      if (!child || !isBefore(child, last)) break;
      heap[at] = child;
      at = below;
    }
    heap[at] = last;
    return first;
  }

  function at(atMs: number, call: () => void): Scheduled {
    const event = new Event(Math.max(nowMs, atMs), order++, call);
    push(event);
    return event;
  }

  return {
    nowMs: () => nowMs,
    in: (delayMs, call) => at(nowMs + delayMs, call),
    at,
    step() {
      for (let event = pop(); event; event = pop()) {
        if (!event.call) continue;
        nowMs = event.atMs;
        event.call();
        return true;
      }
      return false;
    },
  };
}

const NOW = Promise.resolve();

/**
 * Lets one event happen after the other, each when every continuation of the one before has run: node drains its microtasks
 * before the next tick.
 * @param isAtEnd asked after each event @returns how many events happened before the last one
 */
export function eachEvent(schedule: Schedule, isAtEnd: (events: number) => boolean): Promise<number> {
  let events = 0;
  return new Promise((resolve, reject) => {
    // A tick that is asked for by a tick would come before the continuations; one that a continuation asks for does not.
    const lookWhenSettled = () => process.nextTick(look);
    function next(): void {
      if (schedule.step()) void NOW.then(lookWhenSettled);
      else resolve(events);
    }
    function look(): void {
      try {
        if (isAtEnd(events)) {
          resolve(events);
          return;
        }
        events++;
        next();
      } catch (error) {
        reject(error);
      }
    }
    next();
  });
}

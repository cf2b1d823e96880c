/** How far each lane has come, in columns of numbers, so that ten thousand lanes are nothing that garbage collection has to look at. */

export class Lanes {
  /** The next window that may be published. */
  readonly nextWindow: Int32Array;
  /** The lane's next arrival index. */
  readonly first: Float64Array;
  readonly published: Int32Array;
  /** Windows that were published before, where any were: passed over when their turn comes. */
  private readonly taken = new Map<number, Set<number>>();

  constructor(lanes: number) {
    this.nextWindow = new Int32Array(lanes);
    this.first = new Float64Array(lanes);
    this.published = new Int32Array(lanes);
  }

  /** The slice of a window is published, and the lane goes on behind it. */
  publish(lane: number, window: number): void {
    this.goOnBehind(lane, window);
    this.count(lane, 1);
  }

  /** One more slice is published, or one fewer. */
  count(lane: number, change: 1 | -1): void {
    this.published[lane] = (this.published[lane] as number) + change;
  }

  goOnBehind(lane: number, window: number): void {
    if (window >= (this.nextWindow[lane] as number)) this.nextWindow[lane] = window + 1;
  }

  /** Its result has come: the next arrival is known. */
  goOnWith(lane: number, next: number | undefined): void {
    if (next !== undefined && next > (this.first[lane] as number)) this.first[lane] = next;
  }

  /** @returns whether it was not taken before */
  take(lane: number, window: number): boolean {
    const windows = this.taken.get(lane) ?? new Set();
    if (windows.has(window)) return false;
    this.taken.set(lane, windows.add(window));
    return true;
  }

  /** Passes over a window that was taken, this once. @returns whether it was */
  passOver(lane: number, window: number): boolean {
    return this.taken.get(lane)?.delete(window) === true;
  }

  /** Goes back to a window, at the latest, whose plan was changed: nothing is taken from there on. */
  goBackTo(lane: number, window: number): void {
    if (window < (this.nextWindow[lane] as number)) this.nextWindow[lane] = window;
    const windows = this.taken.get(lane) ?? [];
    for (const known of windows) if (known >= window) this.taken.get(lane)?.delete(known);
  }
}

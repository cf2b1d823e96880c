/** A table of slices that are out, in columns of numbers: it grows as it has to, and a row that was given back is used again. */

/** No row: the end of a chain. */
export const NONE = -1;
const FEWEST_ROWS = 64;

export class Rows {
  lane: Int32Array;
  window: Int32Array;
  endMs: Float64Array;
  revision: Int32Array;
  seq: Float64Array;
  /** The one before it in its lane; of a row that is free, the next free one. */
  before: Int32Array;
  /** Its neighbours in the second in which its window ends. */
  earlier: Int32Array;
  later: Int32Array;
  private free = NONE;
  private used = 0;

  constructor(rows: number) {
    const size = Math.max(FEWEST_ROWS, rows);
    this.lane = new Int32Array(size);
    this.window = new Int32Array(size);
    this.endMs = new Float64Array(size);
    this.revision = new Int32Array(size);
    this.seq = new Float64Array(size);
    this.before = new Int32Array(size);
    this.earlier = new Int32Array(size);
    this.later = new Int32Array(size);
  }

  /** A row whose columns hold anything. */
  take(): number {
    if (this.free !== NONE) {
      const row = this.free;
      this.free = this.before[row] as number;
      return row;
    }
    if (this.used === this.lane.length) this.grow();
    return this.used++;
  }

  giveBack(row: number): void {
    this.before[row] = this.free;
    this.free = row;
  }

  /** To twice the rows. */
  private grow(): void {
    const { lane, window, endMs, revision, seq, before, earlier, later } = this;
    Object.assign(this, new Rows(lane.length * 2), { used: this.used });
    this.lane.set(lane);
    this.window.set(window);
    this.endMs.set(endMs);
    this.revision.set(revision);
    this.seq.set(seq);
    this.before.set(before);
    this.earlier.set(earlier);
    this.later.set(later);
  }
}

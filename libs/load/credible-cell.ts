/** Whether a cell can be true: its distributions hold as many values as it has answers, and nothing else. */

import type { MeasuredCell } from "../stats/measured.ts";
import { isPossible, type Sparse } from "../stats/sparse.ts";

/** Seconds of the run, both included. */
export interface Seconds {
  readonly first: number;
  readonly last: number;
}

/**
 * @param isIntended whether the plan says when each query is due
 * @returns why the cell cannot be true, or undefined when it can
 */
export function whyCellIsNot(cell: MeasuredCell, seconds: Seconds, isIntended: boolean): string | undefined {
  if (cell.second < seconds.first || cell.second > seconds.last) return "cell";
  const ended = cell.ok + cell.failed + cell.timed_out;
  // What was cut short had been sent too.
  const sent = ended + cell.cancelled;
  if (sent === 0 && (cell.bytes > 0 || cell.rows > 0)) return "bytes";
  if ((cell.resent ?? 0) > sent) return "resent";
  const lag = valuesOf(cell.lag);
  const areWhole =
    valuesOf(cell.service) === cell.ok &&
    valuesOf(cell.response) === (isIntended ? cell.ok : 0) &&
    valuesOf(cell.failedService) === cell.failed + cell.timed_out &&
    (isIntended ? lag >= ended && lag <= sent : lag === 0);
  const areMore = valuesOf(cell.server) <= cell.ok && valuesOf(cell.delivery) >= 0;
  return areWhole && areMore ? undefined : "distribution";
}

/** How many values a distribution holds: none where there is none, NaN where it cannot be one. */
function valuesOf(sparse: Sparse | undefined): number {
  if (!sparse) return 0;
  return isPossible(sparse) ? sparse.count : Number.NaN;
}

/** A cell with its distributions decoded: once, for all parts of the fold that add them. */

import type { Cell } from "../protocol/result.ts";
import { readSparse, type Sparse } from "../stats/sparse.ts";

export interface MeasuredCell extends Omit<Cell, "service" | "response" | "lag" | "failed_service"> {
  readonly service: Sparse | undefined;
  readonly response: Sparse | undefined;
  readonly lag: Sparse | undefined;
  readonly failedService: Sparse | undefined;
}

/** A distribution that cannot be read is left out; the counts stand all the same. */
export function measuredCell(cell: Cell): MeasuredCell {
  const service = read(cell.service);
  // Field by field: there are hundreds of cells a second, and copying what is left of an object costs as much as decoding.
  return {
    query: cell.query,
    second: cell.second,
    ok: cell.ok,
    failed: cell.failed,
    timed_out: cell.timed_out,
    missed: cell.missed,
    lost: cell.lost,
    cancelled: cell.cancelled,
    bytes: cell.bytes,
    rows: cell.rows,
    service,
    // Where no start is intended, what users feel is the service time.
    response: cell.response === undefined ? service : read(cell.response),
    lag: read(cell.lag),
    failedService: read(cell.failed_service),
  };
}

function read(text: string | undefined): Sparse | undefined {
  return text === undefined ? undefined : readSparse(text);
}

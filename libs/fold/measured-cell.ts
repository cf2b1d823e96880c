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
export function measuredCell({ service, response, lag, failed_service, ...counts }: Cell): MeasuredCell {
  const ok = read(service);
  return {
    ...counts,
    service: ok,
    // Where no start is intended, what users feel is the service time.
    response: response === undefined ? ok : read(response),
    lag: read(lag),
    failedService: read(failed_service),
  };
}

function read(text: string | undefined): Sparse | undefined {
  return text === undefined ? undefined : readSparse(text);
}

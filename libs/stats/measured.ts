/** A result with its distributions decoded: once, for all who look at them or add them up. */

import type { Cell, RanResult, Result, VerdictResult } from "../protocol/result.ts";
import { readSparse, type Sparse } from "./sparse.ts";

export interface MeasuredCell
  extends Omit<Cell, "service" | "response" | "lag" | "failed_service" | "server" | "delivery"> {
  readonly service: Sparse | undefined;
  readonly response: Sparse | undefined;
  readonly lag: Sparse | undefined;
  readonly failedService: Sparse | undefined;
  readonly server?: Sparse | undefined;
  readonly delivery?: Sparse | undefined;
}

export interface MeasuredResult extends Omit<RanResult, "cells"> {
  readonly cells: readonly MeasuredCell[];
}

/** In place of a text that is no distribution: it holds no number of values, so it fits no cell. */
const UNREADABLE: Sparse = { sumUs: 0, minUs: 0, maxUs: 0, pairs: [], count: Number.NaN };

export function measured(result: RanResult): MeasuredResult;
export function measured(result: Result): MeasuredResult | VerdictResult;
export function measured(result: Result): MeasuredResult | VerdictResult {
  return result.kind === "ran" ? { ...result, cells: result.cells.map(measuredCell) } : result;
}

export function measuredCell(cell: Cell): MeasuredCell {
  // Field by field: there are thousands of cells a second, and copying what is left of an object costs as much as decoding.
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
    resent: cell.resent,
    service: read(cell.service),
    response: read(cell.response),
    lag: read(cell.lag),
    failedService: read(cell.failed_service),
    server: read(cell.server),
    delivery: read(cell.delivery),
  };
}

function read(text: string | undefined): Sparse | undefined {
  return text === undefined ? undefined : (readSparse(text) ?? UNREADABLE);
}

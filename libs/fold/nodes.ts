/** What each worker did for a run. */

import type { LedgerLine } from "../protocol/ledger.ts";
import { emptyCounts, LEDGER_STATES, sumOfStates } from "../protocol/ledger.ts";
import type { Report } from "../protocol/report.ts";
import type { RanResult } from "../protocol/result.ts";
import { addCell, createMeasures, figuresOf, type Measures, round } from "./figures.ts";

interface NodeBooks {
  readonly counts: ReturnType<typeof emptyCounts>;
  readonly measures: Measures;
  slices: number;
  redelivered: number;
  superseded: number;
  firstMs: number;
  lastMs: number;
  loopDelayMs: number;
  cpuCores: number;
  rssMb: number;
  clockErrorMs: number;
  lost: boolean;
}

/** A worker whose event loop ran so late could not have kept time. */
const SLOW_LOOP_MS = 200;

export interface Nodes {
  add(result: RanResult): void;
  addSuperseded(result: RanResult): void;
  lost(node: string): void;
  /** Share of results during which the worker was short of CPU. */
  shareSlow(): number;
  worstClockErrorMs(): number;
  toReport(durationMs: number): Report["nodes"];
}

export function createNodes(): Nodes {
  const nodes = new Map<string, NodeBooks>();
  let results = 0;
  let slow = 0;

  function booksOf(node: string): NodeBooks {
    let books = nodes.get(node);
    if (!books) {
      books = {
        counts: emptyCounts(),
        measures: createMeasures(),
        slices: 0,
        redelivered: 0,
        superseded: 0,
        firstMs: Number.POSITIVE_INFINITY,
        lastMs: 0,
        loopDelayMs: 0,
        cpuCores: 0,
        rssMb: 0,
        clockErrorMs: 0,
        lost: false,
      };
      nodes.set(node, books);
    }
    return books;
  }

  return {
    add(result) {
      const books = booksOf(result.node);
      const { health } = result;
      results++;
      if (health.loop_delay_p99_ms > SLOW_LOOP_MS) slow++;
      books.slices++;
      if (result.attempt > 1) books.redelivered++;
      books.firstMs = Math.min(books.firstMs, result.started_ms);
      books.lastMs = Math.max(books.lastMs, result.ended_ms);
      books.loopDelayMs = Math.max(books.loopDelayMs, health.loop_delay_p99_ms);
      books.cpuCores = Math.max(books.cpuCores, health.cpu_cores);
      books.rssMb = Math.max(books.rssMb, health.rss_mb);
      books.clockErrorMs = Math.max(books.clockErrorMs, health.clock_error_ms);
      for (const cell of result.cells) {
        addCell(books.measures, cell);
        for (const state of LEDGER_STATES) books.counts[state] += cell[state];
      }
    },
    addSuperseded(result) {
      const books = booksOf(result.node);
      for (const cell of result.cells) books.superseded += cell.ok + cell.failed + cell.timed_out;
    },
    lost(node) {
      booksOf(node).lost = true;
    },
    shareSlow: () => (results === 0 ? 0 : slow / results),
    worstClockErrorMs: () => Math.max(0, ...[...nodes.values()].map(({ clockErrorMs }) => clockErrorMs)),
    toReport(durationMs) {
      return [...nodes.entries()]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([node, books]) => ({
          node_id: node,
          state: books.lost ? ("lost" as const) : ("finished" as const),
          slices: books.slices,
          slices_redelivered: books.redelivered,
          first_ms: Number.isFinite(books.firstMs) ? round(books.firstMs, 3) : 0,
          last_ms: round(books.lastMs, 3),
          loop_delay_p99_ms_max: round(books.loopDelayMs, 3),
          cpu_cores_max: round(books.cpuCores, 3),
          rss_mb_max: round(books.rssMb, 1),
          clock_error_ms_max: round(books.clockErrorMs, 3),
          ...figuresOf(lineOf(books), books.measures, durationMs),
        }));
    },
  };
}

function lineOf({ counts, superseded }: NodeBooks): LedgerLine {
  return { planned: sumOfStates(counts), ...counts, superseded };
}

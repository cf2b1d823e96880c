/** What each worker did for a run. */

import { z } from "zod";
import { addStates, emptyCounts, LEDGER_STATES, type StateCounts, sumOfStates } from "../protocol/ledger.ts";
import type { Report } from "../protocol/report.ts";
import type { MeasuredCell, MeasuredResult } from "../stats/measured.ts";
import {
  addCell,
  createMeasures,
  figuresOf,
  type Measures,
  MeasuresSnapshot,
  measuresFromSnapshot,
  measuresToSnapshot,
  round,
} from "./figures.ts";

const NodeState = z.object({
  ok: z.number(),
  failed: z.number(),
  timed_out: z.number(),
  missed: z.number(),
  lost: z.number(),
  cancelled: z.number(),
  slices: z.number(),
  redelivered: z.number(),
  firstMs: z.number(),
  lastMs: z.number(),
  loopDelayMs: z.number(),
  cpuCores: z.number(),
  rssMb: z.number(),
  clockErrorMs: z.number(),
});

export const NodesSnapshot = z.object({
  results: z.number(),
  slow: z.number(),
  nodes: z.array(z.object({ node: z.string(), state: NodeState, measures: MeasuresSnapshot })),
});
export type NodesSnapshot = z.infer<typeof NodesSnapshot>;

interface NodeBooks {
  readonly state: z.infer<typeof NodeState>;
  readonly measures: Measures;
}

/** A worker whose event loop ran so late could not have kept time. */
const SLOW_LOOP_MS = 200;

/** Nodes that are told apart: whoever can publish can invent names. */
const MAX_NODES = 10_000;
const OTHERS = "(others)";

export interface Nodes {
  /** Adds the result that settled a slice. @param isMeasured whether a cell is in the figures */
  add(result: MeasuredResult, isMeasured: (cell: MeasuredCell) => boolean): void;
  /** Share of results during which the worker was short of CPU. */
  shareSlow(): number;
  worstClockErrorMs(): number;
  /**
   * @param superseded queries that were sent on top, by node
   * @param lost those that fell silent
   */
  toReport(
    durationMs: number,
    superseded: ReadonlyMap<string, number>,
    lost: ReadonlySet<string>,
  ): Report["nodes"];
  toSnapshot(): NodesSnapshot;
}

export function createNodes(snapshot?: NodesSnapshot): Nodes {
  const nodes = new Map<string, NodeBooks>();
  let results = snapshot?.results ?? 0;
  let slow = snapshot?.slow ?? 0;
  for (const { node, state, measures: written } of snapshot?.nodes ?? []) {
    nodes.set(node, { state, measures: measuresFromSnapshot(written) });
  }

  function booksOf(node: string, startedMs: number): NodeBooks {
    const name = nodes.has(node) || nodes.size < MAX_NODES ? node : OTHERS;
    let books = nodes.get(name);
    if (!books) {
      books = emptyBooks(startedMs);
      nodes.set(name, books);
    }
    return books;
  }

  return {
    add(result, isMeasured) {
      const { state, measures } = booksOf(result.node, result.started_ms);
      const { health } = result;
      results++;
      if (health.loop_delay_p99_ms > SLOW_LOOP_MS) slow++;
      state.slices++;
      if (result.attempt > 1) state.redelivered++;
      state.firstMs = Math.min(state.firstMs, result.started_ms);
      state.lastMs = Math.max(state.lastMs, result.ended_ms);
      state.loopDelayMs = Math.max(state.loopDelayMs, health.loop_delay_p99_ms);
      state.cpuCores = Math.max(state.cpuCores, health.cpu_cores);
      state.rssMb = Math.max(state.rssMb, health.rss_mb);
      state.clockErrorMs = Math.max(state.clockErrorMs, health.clock_error_ms);
      for (const cell of result.cells) {
        if (isMeasured(cell)) addCell(measures, cell);
        addStates(state, cell);
      }
    },
    shareSlow: () => (results === 0 ? 0 : slow / results),
    worstClockErrorMs: () =>
      [...nodes.values()].reduce((worst, { state }) => Math.max(worst, state.clockErrorMs), 0),
    toReport(durationMs, superseded, lost) {
      const names = new Set([...nodes.keys(), ...superseded.keys(), ...lost]);
      return [...names].sort().map((node) => {
        const books = nodes.get(node) ?? emptyBooks(0);
        return nodeReport(node, books, superseded.get(node) ?? 0, lost.has(node), durationMs);
      });
    },
    toSnapshot: () => ({
      results,
      slow,
      nodes: [...nodes].map(([node, { state, measures }]) => ({
        node,
        state,
        measures: measuresToSnapshot(measures),
      })),
    }),
  };
}

function emptyBooks(firstMs: number): NodeBooks {
  const health = { loopDelayMs: 0, cpuCores: 0, rssMb: 0, clockErrorMs: 0 };
  const state = { ...emptyCounts(), slices: 0, redelivered: 0, firstMs, lastMs: 0, ...health };
  return { state, measures: createMeasures() };
}

function nodeReport(
  node: string,
  { state, measures }: NodeBooks,
  superseded: number,
  isLost: boolean,
  durationMs: number,
): Report["nodes"][number] {
  const counts = emptyCounts();
  for (const of of LEDGER_STATES) counts[of] = state[of];
  return {
    node_id: node,
    state: isLost ? "lost" : "finished",
    slices: state.slices,
    slices_redelivered: state.redelivered,
    first_ms: round(state.firstMs, 3),
    last_ms: round(state.lastMs, 3),
    loop_delay_p99_ms_max: round(state.loopDelayMs, 3),
    cpu_cores_max: round(state.cpuCores, 3),
    rss_mb_max: round(state.rssMb, 1),
    clock_error_ms_max: round(state.clockErrorMs, 3),
    ...figuresOf(lineOf(counts, superseded), measures, durationMs),
  };
}

function lineOf(counts: StateCounts, superseded: number) {
  return { planned: sumOfStates(counts), ...counts, superseded };
}

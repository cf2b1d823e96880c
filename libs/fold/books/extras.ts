/**
 * What came on top of a run: results of slices that were settled before, which are extra load for the target, and results
 * that were refused. Neither settles anything.
 */

import { z } from "zod";
import type { Cell, Result } from "../../protocol/result.ts";

/** Queries that were sent on top of the plan. */
export const ExtraLoad = z.object({
  ok: z.number(),
  failed: z.number(),
  timed_out: z.number(),
  bytes: z.number(),
});
export type ExtraLoad = z.infer<typeof ExtraLoad>;

const Refusal = z.object({ count: z.number(), nodes: z.array(z.string()) });

export const ExtrasSnapshot = z.object({
  results: z.number(),
  queries: z.array(ExtraLoad),
  nodes: z.array(z.tuple([z.string(), z.number()])),
  refused: z.array(z.tuple([z.string(), Refusal])),
});
export type ExtrasSnapshot = z.infer<typeof ExtrasSnapshot>;

/** Nodes that are named: whoever can publish can invent names. */
const MAX_NODES = 10_000;
const NODES_PER_REFUSAL = 20;
const OTHERS = "(others)";

export interface Extras {
  addSuperseded(result: Result): void;
  addRefused(why: string, node: string): void;
  /** Repeated results. */
  results(): number;
  load(query?: number): ExtraLoad;
  /** Queries that were sent on top, by the node that sent them. */
  sentByNode(): ReadonlyMap<string, number>;
  /** Refused results by why, with some of the nodes that they name. */
  refused(): { why: string; count: number; nodes: string[] }[];
  toSnapshot(): ExtrasSnapshot;
}

export function createExtras(queries: number, snapshot?: ExtrasSnapshot): Extras {
  const loads = snapshot?.queries ?? Array.from({ length: queries }, emptyLoad);
  const nodes = new Map(snapshot?.nodes);
  const refused = new Map(snapshot?.refused);
  let results = snapshot?.results ?? 0;

  return {
    addSuperseded({ node, ...result }) {
      results++;
      if (result.kind !== "ran" || result.cells.length === 0) return;
      for (const cell of result.cells) addLoad(loads[cell.query] as ExtraLoad, cell);
      const name = nodes.has(node) || nodes.size < MAX_NODES ? node : OTHERS;
      nodes.set(name, (nodes.get(name) ?? 0) + sentIn(result.cells));
    },
    addRefused(why, node) {
      const refusal = refused.get(why) ?? { count: 0, nodes: [] };
      refused.set(why, refusal);
      refusal.count++;
      if (refusal.nodes.length < NODES_PER_REFUSAL && !refusal.nodes.includes(node)) refusal.nodes.push(node);
    },
    results: () => results,
    load(query) {
      const sum = emptyLoad();
      for (const load of query === undefined ? loads : [loads[query] as ExtraLoad]) addLoad(sum, load);
      return sum;
    },
    sentByNode: () => nodes,
    refused: () => [...refused].map(([why, { count, nodes: named }]) => ({ why, count, nodes: [...named] })),
    toSnapshot: () => ({ results, queries: loads, nodes: [...nodes], refused: [...refused] }),
  };
}

function emptyLoad(): ExtraLoad {
  return { ok: 0, failed: 0, timed_out: 0, bytes: 0 };
}

function addLoad(sum: ExtraLoad, { ok, failed, timed_out, bytes }: ExtraLoad): void {
  sum.ok += ok;
  sum.failed += failed;
  sum.timed_out += timed_out;
  sum.bytes += bytes;
}

function sentIn(cells: readonly Cell[]): number {
  return cells.reduce((sum, { ok, failed, timed_out }) => sum + ok + failed + timed_out, 0);
}

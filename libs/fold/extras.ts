/**
 * What came on top of a run: results of slices that were settled before, which are extra load for the target, and results
 * that were refused. Neither settles anything, so a run can be over and some still come. The report counts those up to the
 * place in the log where the run was over; so those behind the last settled slice are kept apart until that place is known.
 */

import { z } from "zod";
import type { Cell, Result } from "../protocol/result.ts";

/** Queries that were sent on top of the plan. */
export const ExtraLoad = z.object({
  ok: z.number(),
  failed: z.number(),
  timed_out: z.number(),
  bytes: z.number(),
});
export type ExtraLoad = z.infer<typeof ExtraLoad>;

/** One thing that came on top: extra load by query, or a refusal. */
const Extra = z.object({
  seq: z.number(),
  node: z.string(),
  load: z.array(ExtraLoad.extend({ query: z.number() })),
  refused: z.string().optional(),
});
type Extra = z.infer<typeof Extra>;

const Refusal = z.object({ count: z.number(), nodes: z.array(z.string()) });
type Refusal = z.infer<typeof Refusal>;

export const ExtrasSnapshot = z.object({
  results: z.number(),
  queries: z.array(ExtraLoad),
  nodes: z.array(z.tuple([z.string(), z.number()])),
  refused: z.array(z.tuple([z.string(), Refusal])),
  tail: z.array(Extra),
});
export type ExtrasSnapshot = z.infer<typeof ExtrasSnapshot>;

interface Sum {
  /** Repeated results. */
  results: number;
  readonly queries: ExtraLoad[];
  /** Queries that were sent on top, by the node that sent them. */
  readonly nodes: Map<string, number>;
  /** Refused results by why, with some of the nodes that they name. */
  readonly refused: Map<string, Refusal>;
}

/** Kept apart at most: between a run's last settled slice and its end there are few. More count, wherever the end is. */
const MAX_TAIL = 10_000;
/** Nodes that are named: whoever can publish can invent names. */
const MAX_NODES = 10_000;
const NODES_PER_REFUSAL = 20;
const OTHERS = "(others)";

export interface Extras {
  addSuperseded(result: Result, seq: number): void;
  addRefused(why: string, node: string, seq: number): void;
  /** A slice was settled: the run was not over, so all that came so far counts. */
  settled(): void;
  /** The run was over at this place in the log: what came behind it does not count. */
  endAt(seq: number): void;
  /** Repeated results. */
  results(): number;
  load(query?: number): ExtraLoad;
  sentByNode(): ReadonlyMap<string, number>;
  refused(): { why: string; count: number; nodes: string[] }[];
  toSnapshot(): ExtrasSnapshot;
}

export function createExtras(queries: number, snapshot?: ExtrasSnapshot): Extras {
  /** What counts for sure. */
  const sure = snapshot ? sumFrom(snapshot) : emptySum(queries);
  /** The same with the tail. */
  let all = snapshot ? sumFrom(snapshot) : emptySum(queries);
  let tail: Extra[] = [];

  function add(extra: Extra): void {
    addTo(all, extra);
    // Once the end is known nothing is kept apart: what comes before it counts.
    if (all === sure) return;
    tail.push(extra);
    if (tail.length > MAX_TAIL) addTo(sure, tail.shift() as Extra);
  }

  for (const extra of snapshot?.tail ?? []) add(extra);
  return {
    addSuperseded(result, seq) {
      const load = result.kind === "ran" ? loadOf(result.cells) : [];
      add({ seq, node: result.node, load });
    },
    addRefused: (why, node, seq) => add({ seq, node, load: [], refused: why }),
    settled() {
      for (const extra of tail) addTo(sure, extra);
      tail = [];
    },
    endAt(seq) {
      for (const extra of tail) if (extra.seq <= seq) addTo(sure, extra);
      tail = [];
      all = sure;
    },
    results: () => all.results,
    load: (query) => sumOf(query === undefined ? all.queries : [all.queries[query] as ExtraLoad]),
    sentByNode: () => all.nodes,
    refused: () => [...all.refused].map(([why, { count, nodes }]) => ({ why, count, nodes: [...nodes] })),
    toSnapshot: () => ({
      results: sure.results,
      queries: sure.queries,
      nodes: [...sure.nodes],
      refused: [...sure.refused],
      tail,
    }),
  };
}

function emptyLoad(): ExtraLoad {
  return { ok: 0, failed: 0, timed_out: 0, bytes: 0 };
}

function loadOf(cells: readonly Cell[]): Extra["load"] {
  return cells.map(({ query, ok, failed, timed_out, bytes }) => ({ query, ok, failed, timed_out, bytes }));
}

function sumOf(loads: readonly ExtraLoad[]): ExtraLoad {
  const sum = emptyLoad();
  for (const load of loads) addLoad(sum, load);
  return sum;
}

function addLoad(sum: ExtraLoad, { ok, failed, timed_out, bytes }: ExtraLoad): void {
  sum.ok += ok;
  sum.failed += failed;
  sum.timed_out += timed_out;
  sum.bytes += bytes;
}

function addTo(sum: Sum, { node, load, refused }: Extra): void {
  if (refused !== undefined) {
    addRefusal(sum.refused, refused, node);
    return;
  }
  sum.results++;
  let sent = 0;
  for (const { query, ...of } of load) {
    addLoad(sum.queries[query] as ExtraLoad, of);
    sent += of.ok + of.failed + of.timed_out;
  }
  const name = sum.nodes.has(node) || sum.nodes.size < MAX_NODES ? node : OTHERS;
  if (load.length > 0) sum.nodes.set(name, (sum.nodes.get(name) ?? 0) + sent);
}

function addRefusal(refused: Map<string, Refusal>, why: string, node: string): void {
  const refusal = refused.get(why) ?? { count: 0, nodes: [] };
  refused.set(why, refusal);
  refusal.count++;
  if (refusal.nodes.length < NODES_PER_REFUSAL && !refusal.nodes.includes(node)) refusal.nodes.push(node);
}

function sumFrom({ results, queries, nodes, refused }: ExtrasSnapshot): Sum {
  return {
    results,
    queries: queries.map((load) => ({ ...load })),
    nodes: new Map(nodes),
    refused: new Map(refused.map(([why, { count, nodes: named }]) => [why, { count, nodes: [...named] }])),
  };
}

function emptySum(queries: number): Sum {
  return {
    results: 0,
    queries: Array.from({ length: queries }, emptyLoad),
    nodes: new Map(),
    refused: new Map(),
  };
}

/** A run cut into a few dozen blocks of time, per query: from how they differ a comparison tells how sure its figures are. */

import { z } from "zod";
import { type Blocks as BlocksReport, COMPARED_PERCENTS, type Scatter } from "../protocol/report.ts";
import { Histogram } from "../stats/histogram.ts";
import type { MeasuredCell } from "../stats/measured.ts";
import { createRecent } from "./recent.ts";

/**
 * Blocks that a run has at most; when there are more, each becomes twice as long. Ten to thirty are right for the variance of
 * a mean over a correlated sequence: more make neighbours depend on each other, fewer make the variance itself unsure.
 * Source: B. Schmeiser, Batch size effects in the analysis of simulation output, Operations Research 30 (1982).
 */
export const MAX_BLOCKS = 32;

/** Blocks of a query that lie open at once, times some queries: results come within some seconds. */
const OPEN_BLOCKS = 60;

interface Block {
  bad: number;
  readonly service: Histogram;
}

const BlockSnapshot = z.object({
  query: z.number(),
  at: z.number(),
  bad: z.number(),
  service: z.string().optional(),
});

export const BlocksSnapshot = z.object({ lengthS: z.number(), blocks: z.array(BlockSnapshot) });
export type BlocksSnapshot = z.infer<typeof BlocksSnapshot>;

export interface Blocks {
  addCell(cell: MeasuredCell): void;
  /** @param isPaired the queries are of two sides in turn */
  report(isPaired?: boolean): BlocksReport;
  toSnapshot(): BlocksSnapshot;
}

/** @param firstS the second from which on the run is measured: there the first block begins */
export function createBlocks(queries: number, firstS = 0, snapshot?: BlocksSnapshot): Blocks {
  let lengthS = snapshot?.lengthS ?? 1;
  let byQuery = emptyBlocks(queries);
  let used = createRecent<Block>(OPEN_BLOCKS, pack);
  for (const { query, at, bad, service } of snapshot?.blocks ?? []) {
    const block = blockAt(query, at);
    block.bad = bad;
    block.service.add(Histogram.from(service));
  }

  function blockAt(query: number, at: number): Block {
    const blocks = byQuery[query] as Map<number, Block>;
    let block = blocks.get(at);
    if (!block) {
      block = { bad: 0, service: new Histogram() };
      blocks.set(at, block);
    }
    used(block);
    return block;
  }

  function coarsen(): void {
    const before = byQuery;
    byQuery = emptyBlocks(queries);
    used = createRecent(OPEN_BLOCKS, pack);
    lengthS *= 2;
    for (const [query, blocks] of before.entries()) {
      for (const [at, { bad, service }] of blocks) {
        const block = blockAt(query, Math.floor(at / 2));
        block.bad += bad;
        block.service.add(service);
      }
    }
  }

  function side(of: 0 | 1): Scatter {
    return scatterOf(merged(byQuery.filter((_, query) => query % 2 === of)), lastOf(byQuery));
  }

  return {
    addCell({ query, second, failed, timed_out: timedOut, service }) {
      const atS = second - firstS;
      while (atS >= MAX_BLOCKS * lengthS) coarsen();
      const block = blockAt(query, Math.floor(atS / lengthS));
      block.bad += failed + timedOut;
      block.service.addSparse(service);
    },
    report: (isPaired = false) => ({
      length_s: lengthS,
      totals: scatterOf(merged(byQuery), lastOf(byQuery)),
      ...(isPaired && { sides: { a: side(0), b: side(1) } }),
      queries: byQuery.map((blocks) => scatterOf(blocks, lastOf(byQuery))),
    }),
    toSnapshot: () => ({
      lengthS,
      blocks: byQuery.flatMap((blocks, query) =>
        [...blocks].map(([at, { bad, service }]) => ({ query, at, bad, service: service.encode() })),
      ),
    }),
  };
}

type BlocksOfQuery = Map<number, Block>;

function emptyBlocks(queries: number): BlocksOfQuery[] {
  return Array.from({ length: queries }, () => new Map());
}

function pack({ service }: Block): void {
  service.pack();
}

/** The last block in which anything was sent. */
function lastOf(byQuery: readonly BlocksOfQuery[]): number {
  return byQuery.reduce((last, blocks) => Math.max(last, ...blocks.keys()), -1);
}

function merged(byQuery: readonly BlocksOfQuery[]): BlocksOfQuery {
  const sum: BlocksOfQuery = new Map();
  for (const blocks of byQuery) {
    for (const [at, { bad, service }] of blocks) {
      const block = sum.get(at) ?? { bad: 0, service: new Histogram() };
      block.bad += bad;
      block.service.add(service);
      sum.set(at, block);
    }
  }
  return sum;
}

function scatterOf(blocks: BlocksOfQuery, last: number): Scatter {
  const none: Block = { bad: 0, service: new Histogram() };
  const inOrder = Array.from({ length: last + 1 }, (_, at) => blocks.get(at) ?? none);
  const whole = new Histogram();
  for (const { service } of inOrder) whole.add(service);
  const below = (percent: number) => {
    const valueMs = whole.percentileMs(percent) ?? 0;
    return inOrder.map(({ service }) => service.countTo(valueMs));
  };
  return {
    ok: inOrder.map(({ service }) => service.count),
    sum_ms: inOrder.map(({ service }) => service.sumMs),
    bad: inOrder.map(({ bad }) => bad),
    below: {
      p50: below(COMPARED_PERCENTS.p50),
      p90: below(COMPARED_PERCENTS.p90),
      p99: below(COMPARED_PERCENTS.p99),
      p99_9: below(COMPARED_PERCENTS.p99_9),
    },
  };
}

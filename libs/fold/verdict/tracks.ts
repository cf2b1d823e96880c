/** What some queries did, second by second, for as long as a rolling window over them may still ask for it. */

import { z } from "zod";
import { addStates, countsFrom, countsToList, emptyCounts, LEDGER_STATES } from "../../protocol/ledger.ts";
import { Histogram } from "../../stats/histogram.ts";
import type { MeasuredCell } from "../../stats/measured.ts";
import type { Sample } from "./judge.ts";

export const TrackSnapshot = z.array(
  z.object({
    second: z.number(),
    counts: z.array(z.number()).length(LEDGER_STATES.length),
    response: z.string().optional(),
  }),
);
export type TrackSnapshot = z.infer<typeof TrackSnapshot>;

export interface Track {
  readonly queries: ReadonlySet<number>;
  add(cell: MeasuredCell): void;
  /** The seconds [from, to) together. */
  sample(fromS: number, toS: number): Sample;
  /** Nothing more comes for the seconds before; nobody asks for those that are older than the longest window. */
  close(toS: number): void;
  toSnapshot(): TrackSnapshot;
}

/** @param keptS the longest window over these queries */
export function createTrack(
  queries: ReadonlySet<number>,
  keptS: number,
  snapshot: TrackSnapshot = [],
): Track {
  const seconds = new Map(
    snapshot.map(({ second, counts, response }) => [
      second,
      { counts: countsFrom(counts), response: Histogram.from(response) },
    ]),
  );
  let closedS = 0;

  return {
    queries,
    add(cell) {
      let second = seconds.get(cell.second);
      if (!second) {
        second = emptySample();
        seconds.set(cell.second, second);
      }
      addStates(second.counts, cell);
      second.response.addSparse(cell.response ?? cell.service);
    },
    sample(fromS, toS) {
      const sum = emptySample();
      for (let at = fromS; at < toS; at++) {
        const second = seconds.get(at);
        if (!second) continue;
        addStates(sum.counts, second.counts);
        sum.response.add(second.response);
      }
      return sum;
    },
    close(toS) {
      for (const [at, { response }] of seconds) {
        if (at < toS - keptS) seconds.delete(at);
        else if (at >= closedS && at < toS) response.pack();
      }
      closedS = toS;
    },
    toSnapshot: () =>
      [...seconds].map(([second, { counts, response }]) => ({
        second,
        counts: countsToList(counts),
        response: response.encode(),
      })),
  };
}

function emptySample() {
  return { counts: emptyCounts(), response: new Histogram() };
}

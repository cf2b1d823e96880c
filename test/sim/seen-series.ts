/** The series of a history as they are seen at the broker: one run at a time, each of them once. */

import type { RunRecord } from "../../libs/protocol/run.ts";
import { isFinal } from "../../libs/protocol/run.ts";
import type { SeriesRecord } from "../../libs/protocol/series.ts";
import type { Invariant } from "./oracle.ts";

export interface SeenSeries {
  readonly all: ReadonlyMap<string, SeriesRecord>;
  write(record: SeriesRecord, from: string): void;
  /** A run is there that was not there before. @param runs those that are known, without it */
  opened(record: RunRecord, runs: Iterable<{ readonly record: RunRecord }>): void;
  /** What must hold when all is over. @param repeatOf how many runs a series of a name is to have */
  checkEnd(
    runs: Iterable<{ readonly record: RunRecord }>,
    repeatOf: (name: string) => number | undefined,
    isClean: boolean,
  ): void;
}

export function createSeenSeries(accuse: (invariant: Invariant, words: string) => void): SeenSeries {
  const all = new Map<string, SeriesRecord>();
  const complain = (words: string) => accuse("series-once", words);

  return {
    all,
    write(record, from) {
      const { id, phase, steps } = record;
      const before = all.get(id);
      all.set(id, record);
      if (!before) return;
      if (before.phase !== "running" && before.steps.length > 0 && phase !== before.phase)
        complain(`${from} made ${id} ${phase}; it was ${before.phase}`);
      if (steps.length < before.steps.length) complain(`${from} took a step of ${id} back`);
    },
    opened({ id, series }, runs) {
      if (series === undefined) return;
      for (const { record } of runs)
        if (record.series === series && !isFinal(record.phase))
          complain(`${id} of ${series} begins while ${record.id} is ${record.phase}`);
    },
    checkEnd(runs, repeatOf, isClean) {
      const made = [...runs].map(({ record }) => record);
      for (const { id, name, phase, steps } of all.values()) {
        const repeat = repeatOf(name) ?? 0;
        const own = made.filter(({ series }) => series === id);
        const told = new Set(steps.map(({ run_id: run }) => run));
        if (phase === "running") complain(`${id} is not over`);
        if (told.size !== steps.length) complain(`${id} tells of a run twice`);
        if (phase === "completed" && (steps.length !== repeat || own.length !== repeat))
          complain(`${id} is over with ${steps.length} steps and ${own.length} runs; it asks for ${repeat}`);
        if (own.length > repeat || own.length > steps.length + 1)
          complain(`${id} has ${own.length} runs for ${steps.length} steps`);
        if (isClean && phase !== "completed") complain(`${id} without a fault is ${phase}`);
      }
    },
  };
}

/** When snapshots are written: a round over all live runs every few seconds, one run after the other. */

import { type Clock, sleep } from "../../libs/runtime/clock.ts";
import type { LiveRun } from "./live-runs.ts";
import type { Places, Snapshots } from "./snapshots.ts";

export interface SnapshotRounds {
  /** Begins no snapshot any more. */
  stop(): void;
}

/** So much of the logs is folded again after a death; more where a round takes longer. */
export const SNAPSHOT_INTERVAL_MS = 3000;
/**
 * Behind a long snapshot there is a pause: of many wide runs they would be most of the aggregator's work and memory. So ten very
 * wide runs have one each in some forty seconds.
 */
export const SNAPSHOT_CHARS_PER_MS = 1000;
/** What is short needs none. */
const SHORTEST_PAUSE_MS = 100;

/** @param live the runs that are live now @param places up to which the logs are folded now */
export function startSnapshotRounds(
  clock: Clock,
  snapshots: Pick<Snapshots, "save">,
  live: () => readonly Pick<LiveRun, "fold" | "record">[],
  places: () => Places,
): SnapshotRounds {
  let isUnderWay = false;
  let isStopped = false;

  async function round(): Promise<void> {
    if (isUnderWay) return;
    isUnderWay = true;
    for (const run of live()) {
      // Until its turn came it may have ended.
      if (isStopped || !live().includes(run)) continue;
      const chars = await snapshots.save(run.fold, run.record.revision, places());
      const pauseMs = chars / SNAPSHOT_CHARS_PER_MS;
      if (pauseMs >= SHORTEST_PAUSE_MS) await sleep(clock, pauseMs);
    }
    isUnderWay = false;
  }

  const cancel = clock.every(SNAPSHOT_INTERVAL_MS, () => void round());
  return {
    stop() {
      isStopped = true;
      cancel();
    },
  };
}

/** Muster slices: they stand for slots that wait for a run's start, and are let go when it runs. */

import { addressesOf } from "../../../libs/protocol/config/sides.ts";
import type { Log } from "../../../libs/runtime/log.ts";
import type { HeldMuster, Holding } from "./holding.ts";
import { isWaiting, type OpenedRun, type OpenedRuns } from "./opened-run.ts";
import { requireVersion } from "./required-version.ts";

export interface MusterParts {
  readonly log: Log;
  readonly holding: Holding;
  readonly runs: OpenedRuns;
  /** While it says so nothing is sent. */
  readonly isKilled: () => boolean;
  /** The number of muster slices that are held has changed. */
  readonly onMuster: () => void;
  readonly acknowledge: (entry: HeldMuster) => Promise<void>;
  /** What is wrong with a run's target, for people; undefined: nothing. */
  readonly onProblem: (run: string, problem: string | undefined) => void;
}

export interface Muster {
  /** Makes ready for the run: resolves when it could begin here. Rejects when the run cannot be opened. */
  take(entry: HeldMuster): Promise<void>;
  /** Lets the slices of a run go. */
  release(run: string): void;
  /** Lets slices go whose run no longer waits, where the leader's word was lost. */
  releaseStale(): Promise<void>;
}

/** Connections that are opened ahead of a run. */
const WARM_CONNECTIONS = 32;

export function createMuster(parts: MusterParts): Muster {
  const { log, holding, runs, onMuster } = parts;
  const warmed = new Map<string, Promise<void>>();

  /** Opens connections once per run; a target that does not answer is told, and the run's own affair. */
  function warm(run: OpenedRun): Promise<void> {
    let warming = warmed.get(run.id);
    if (!warming) {
      warming = run.session.warm(Math.min(WARM_CONNECTIONS, run.plan.slotsNeeded)).then((failure) => {
        parts.onProblem(run.id, failure && `target ${addressesOf(run.config.spec)}: ${failure}`);
        if (failure) log.warn({ run_id: run.id, failure }, "the target does not answer yet");
      });
      warmed.set(run.id, warming);
    }
    return warming;
  }

  function release(run: string): void {
    warmed.delete(run);
    for (const entry of holding.musteredFor(run)) {
      holding.release(entry);
      void parts.acknowledge(entry);
      onMuster();
    }
  }

  return {
    async take(entry) {
      const { slice } = entry;
      const run = await runs.open(slice.run, slice.revision);
      if (!parts.isKilled()) {
        await requireVersion(run.config.spec.engine, run.session);
        await warm(run);
      }
      if (!holding.has(entry)) return;
      entry.isReady = true;
      onMuster();
    },
    release,
    async releaseStale() {
      for (const run of Object.keys(holding.mustered())) {
        if (!isWaiting(await runs.record(run))) release(run);
      }
    },
  };
}

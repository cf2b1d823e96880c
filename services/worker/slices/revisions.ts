/** What a worker hears of changes in its runs: the last revision of each, and the run as it is planned then. */

import { revisionOfSlice } from "../../../libs/load/plan.ts";
import { FIRST_REVISION } from "../../../libs/protocol/change.ts";
import { messageOf } from "../../../libs/protocol/errors.ts";
import type { WorkSlice } from "../../../libs/protocol/slice.ts";
import type { Log } from "../../../libs/runtime/log.ts";
import type { OpenedRun, OpenedRuns } from "./opened-run.ts";

export interface Revisions {
  /** A word of the leader, or a slice, names a run's revision. */
  hear(run: string, revision: number): void;
  /** A run as it is planned now, as far as was heard. */
  latest(run: OpenedRun): Promise<OpenedRun>;
}

/** Changed runs that are remembered. */
const MAX_REMEMBERED = 1000;

/** @param onChanged a run that was used here is planned anew */
export function createRevisions(
  runs: OpenedRuns,
  log: Log,
  isUsed: (run: string) => boolean,
  onChanged: (run: OpenedRun) => void,
): Revisions {
  const heard = new Map<string, number>();

  async function open(run: string, revision: number): Promise<void> {
    const changed = await runs.open(run, revision);
    if (heard.get(run) === revision) onChanged(changed);
  }

  return {
    hear(run, revision) {
      if (revision <= (heard.get(run) ?? FIRST_REVISION)) return;
      heard.set(run, revision);
      if (heard.size > MAX_REMEMBERED) heard.delete(heard.keys().next().value as string);
      if (!isUsed(run)) return;
      open(run, revision).catch((error: unknown) => {
        log.warn({ run_id: run, revision, err: messageOf(error) }, "the run's revision could not be read");
        // The leader's next word tries again.
        if (heard.get(run) === revision) heard.delete(run);
      });
    },
    async latest(run) {
      let latest = run;
      for (;;) {
        const revision = heard.get(run.id) ?? FIRST_REVISION;
        if (revision <= latest.revision) return latest;
        latest = await runs.open(run.id, revision);
      }
    },
  };
}

/** Whether a slice is no longer asked for as it is: it was published before a change that holds for its time. */
export function isOutdated({ plan }: OpenedRun, slice: WorkSlice): boolean {
  return slice.kind === "open" && revisionOfSlice(plan, slice.lane, slice.window) > slice.revision;
}

/** The runs that a new leader finds live: read from the bucket, with all that is needed to drive them on. */

import type { Bucket } from "../../libs/bus/bus.ts";
import { planOf } from "../../libs/load/plan.ts";
import { validateConfig } from "../../libs/protocol/config/read.ts";
import { parseObject } from "../../libs/protocol/door.ts";
import { isLive, RunRecord, runKey, specKey } from "../../libs/protocol/run.ts";
import type { Log } from "../../libs/runtime/log.ts";
import type { StoredRun } from "./run/history/stored-run.ts";

/** @param epoch the new leader's, under which the runs go on */
export async function findLiveRuns(runs: Bucket, epoch: number, log: Log): Promise<StoredRun[]> {
  const found: StoredRun[] = [];
  for (const key of await runs.keys(runKey("*"))) {
    const entry = await runs.get(key);
    const parsed = parseObject(RunRecord, entry?.value);
    if (!entry || !parsed.ok || !isLive(parsed.value.phase)) continue;
    const record = { ...parsed.value, epoch };
    const spec = validateConfig((await runs.get(specKey(record.id, record.revision)))?.value);
    if (spec.ok) {
      const plan = planOf(spec.config, record.seed);
      found.push({ record, storedRevision: entry.revision, config: spec.config, plan, isNew: false });
    } else {
      log.error({ run_id: record.id }, "the run has no readable spec; it is left as it is");
    }
  }
  return found;
}

/** Runs that a leader before left unfinished: nobody drives them any more, so they have failed, and say so. */

import type { Bucket, Bus } from "../../libs/bus/bus.ts";
import { validateConfig } from "../../libs/protocol/config/read.ts";
import { parseObject } from "../../libs/protocol/door.ts";
import { isFinal, RunRecord, runKey, specKey } from "../../libs/protocol/run.ts";
import type { Clock } from "../../libs/runtime/clock.ts";
import type { Log } from "../../libs/runtime/log.ts";
import { createRunLog } from "./run-log.ts";

const FAILURE = "the coordinator that led the run is gone";

export async function failOrphans(
  parts: { bus: Bus; runs: Bucket; clock: Clock; log: Log },
  epoch: number,
): Promise<void> {
  const { bus, runs, clock, log } = parts;
  for (const key of await runs.keys(runKey("*"))) {
    const parsed = parseObject(RunRecord, (await runs.get(key))?.value);
    if (!parsed.ok || isFinal(parsed.value.phase)) continue;
    const { id, revision } = parsed.value;
    const spec = validateConfig((await runs.get(specKey(id, revision)))?.value);
    if (spec.ok) await bus.purgeSlices(spec.config.spec.workers.pool, id);
    const runLog = createRunLog(parts, parsed.value);
    runLog.save({ phase: "failed", failure: FAILURE, ended_ms: clock.nowMs(), epoch });
    runLog.emit({ type: "failed", reason: FAILURE });
    log.warn({ run_id: id }, FAILURE);
  }
}

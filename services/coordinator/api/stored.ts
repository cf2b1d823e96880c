/** What is stored of a run, as the verbs read it. */

import type { Bucket, Entry } from "../../../libs/bus/bus.ts";
import { validateConfig } from "../../../libs/protocol/config/read.ts";
import { parseObject } from "../../../libs/protocol/door.ts";
import { LogburstError } from "../../../libs/protocol/errors.ts";
import { RunRecord, runKey, specKey } from "../../../libs/protocol/run.ts";

/** @throws LogburstError `not_found` */
export async function runNamed(runs: Bucket, id: string): Promise<RunRecord> {
  return (await storedNamed(runs, id)).record;
}

/** A run's record with its revision in the bucket. @throws LogburstError `not_found` */
export async function storedNamed(
  runs: Bucket,
  id: string,
): Promise<{ record: RunRecord; storedRevision: number }> {
  const entry: Entry | undefined = await runs.get(runKey(id));
  const parsed = parseObject(RunRecord, entry?.value);
  if (entry && parsed.ok) return { record: parsed.value, storedRevision: entry.revision };
  throw new LogburstError("not_found", `there is no run ${id}`, { remedies: ["list the runs"] });
}

/** A run's config as it is stored. @throws LogburstError `not_found` */
export async function specOf(runs: Bucket, { id, revision }: RunRecord) {
  const spec = validateConfig((await runs.get(specKey(id, revision)))?.value);
  if (spec.ok) return spec;
  throw new LogburstError("not_found", `the config of run ${id} cannot be read`, {
    remedies: ["it may have been written by another version"],
  });
}

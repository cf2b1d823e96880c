/** Runs that came to their end while this worker was cut off: nobody says again what it did not hear. */

import { messageOf } from "../../../libs/protocol/errors.ts";
import { isFinal } from "../../../libs/protocol/run.ts";
import type { Log } from "../../../libs/runtime/log.ts";
import type { Executor } from "./executor.ts";
import type { Holding } from "./holding.ts";
import type { OpenedRuns } from "./opened-run.ts";

/** Sends nothing more of what is held of such runs. To be called when the link is back. */
export async function leaveEnded(
  holding: Holding,
  runs: OpenedRuns,
  executor: Executor,
  log: Log,
): Promise<void> {
  for (const run of holding.runs()) {
    try {
      const record = await runs.record(run);
      if (record && isFinal(record.phase)) executor.stop(run);
    } catch (error) {
      log.warn({ run_id: run, err: messageOf(error) }, "whether the run is over could not be read");
    }
  }
}

/** Keeps live runs within what is allowed: what must not go on is stopped before anything more of it is published. */

import { messageOf } from "../../../libs/protocol/errors.ts";
import type { Log } from "../../../libs/runtime/log.ts";
import type { Caps } from "../../../libs/targets/caps.ts";
import type { RunDriver } from "../run/driver.ts";
import { beyondCaps } from "./admission.ts";

export interface Keeper {
  /** Stops what must not go on. Whoever cannot be stopped now, because it is still taken over, is stopped at a later call. */
  check(): void;
}

/** @param live the runs that are driven, by id */
export function createKeeper(caps: Caps, log: Log, live: ReadonlyMap<string, RunDriver>): Keeper {
  const stopping = new Set<string>();

  async function stop(id: string, reason: string): Promise<void> {
    if (stopping.has(id)) return;
    stopping.add(id);
    try {
      await live.get(id)?.stop(reason);
    } catch (error) {
      log.warn({ run_id: id, err: messageOf(error) }, "the run is not stopped yet");
    } finally {
      stopping.delete(id);
    }
  }

  return {
    check() {
      const records = [...live.values()].map((driver) => driver.record());
      for (const { id, reason } of beyondCaps(caps, records)) void stop(id, reason);
    },
  };
}

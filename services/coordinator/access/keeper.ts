/** Keeps live runs within what is allowed: what must not go on is stopped before anything more of it is published. */

import { LogburstError, messageOf } from "../../../libs/protocol/errors.ts";
import type { KillState } from "../../../libs/protocol/kill.ts";
import type { RunRecord } from "../../../libs/protocol/run.ts";
import type { KillSwitch } from "../../../libs/runtime/kill-switch.ts";
import type { Log } from "../../../libs/runtime/log.ts";
import type { Caps } from "../../../libs/targets/caps.ts";
import type { RunDriver } from "../run/driver.ts";
import { beyondCaps, publishes } from "./admission.ts";

export interface KeeperParts {
  readonly caps: Caps;
  readonly killSwitch: Pick<KillSwitch, "killed">;
  readonly log: Log;
}

export interface Keeper {
  /** Stops what must not go on. Whoever cannot be stopped now, because it is still taken over, is stopped at a later call. */
  check(): void;
}

/** @param live the runs that are driven, by id */
export function createKeeper(
  { caps, killSwitch, log }: KeeperParts,
  live: ReadonlyMap<string, RunDriver>,
): Keeper {
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
      const killed = killSwitch.killed();
      const stops = killed ? allOf(records, reasonOf(killed)) : beyondCaps(caps, records);
      for (const { id, reason } of stops) void stop(id, reason);
    },
  };
}

function allOf(records: readonly RunRecord[], reason: string): { id: string; reason: string }[] {
  return records.filter(publishes).map(({ id }) => ({ id, reason }));
}

function reasonOf({ reason, by }: KillState): string {
  return `killed by ${by}: ${reason}`;
}

/** @throws LogburstError `killed` while the kill switch is set */
export function requireAlive(killSwitch: Pick<KillSwitch, "killed">): void {
  const state = killSwitch.killed();
  if (!state) return;
  throw new LogburstError("killed", `nothing starts while the kill switch is set: ${reasonOf(state)}`, {
    remedies: ["clear it when the reason is gone: logburst kill --clear"],
  });
}

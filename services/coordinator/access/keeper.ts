/** Keeps live runs within what is allowed: what must not go on is stopped before anything more of it is published. */

import { isDeepStrictEqual } from "node:util";
import type { BenchmarkConfig } from "../../../libs/protocol/config/schema.ts";
import { LogburstError, messageOf } from "../../../libs/protocol/errors.ts";
import type { KillState } from "../../../libs/protocol/kill.ts";
import type { RunRecord } from "../../../libs/protocol/run.ts";
import type { Clock } from "../../../libs/runtime/clock.ts";
import type { KillSwitch } from "../../../libs/runtime/kill-switch.ts";
import type { Log } from "../../../libs/runtime/log.ts";
import { demandOf } from "../../../libs/targets/demand.ts";
import type { RunDriver } from "../run/driver.ts";
import type { StoredRun } from "../run/history/stored-run.ts";
import { allowedBy, beyondCaps, type LoadLimits, lookAtTargets, publishes } from "./admission.ts";

export interface KeeperParts extends LoadLimits {
  readonly clock: Clock;
  readonly killSwitch: Pick<KillSwitch, "killed">;
  readonly log: Log;
}

export interface Keeper {
  /**
   * A run that a leader before has accepted, as it goes on under this one: its workers go by the rules of this one, and where
   * these are others its target is looked at again.
   */
  takeOver(stored: StoredRun): StoredRun;
  /** Stops what must not go on. Whoever cannot be stopped now, because it is still taken over, is stopped at a later call. */
  check(): void;
}

/** @param live the runs that are driven, by id */
export function createKeeper(parts: KeeperParts, live: ReadonlyMap<string, RunDriver>): Keeper {
  const { caps, targets, killSwitch, log, clock } = parts;
  const stopping = new Set<string>();
  /** Why runs must not go on whose targets are no longer allowed. */
  const refused = new Map<string, string>();

  /** Under which targets were looked at last. */
  let policy = targets();

  async function look(id: string, config: BenchmarkConfig): Promise<void> {
    const { refusal } = await lookAtTargets(parts, clock, config);
    if (refusal === undefined) refused.delete(id);
    else refused.set(id, `its target is no longer allowed: ${refusal}`);
  }

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

  /** What must not go on, the same run perhaps twice. */
  function* stops(records: readonly RunRecord[]): Iterable<{ id: string; reason: string }> {
    const killed = killSwitch.killed();
    for (const { id } of records.filter(publishes)) {
      const reason = killed ? reasonOf(killed) : refused.get(id);
      if (reason !== undefined) yield { id, reason };
    }
    yield* beyondCaps(caps(), records);
  }

  return {
    takeOver(stored) {
      const { record, config, plan } = stored;
      const allowed = allowedBy(parts);
      if (!isDeepStrictEqual(record.allowed, allowed)) void look(record.id, config);
      return { ...stored, record: { ...record, allowed, demand: record.demand ?? demandOf(config, plan) } };
    },
    check() {
      if (targets() !== policy) for (const [id, driver] of live) void look(id, driver.config);
      policy = targets();
      for (const id of refused.keys()) if (!live.has(id)) refused.delete(id);
      const records = [...live.values()].map((driver) => driver.record());
      for (const { id, reason } of stops(records)) if (live.get(id)?.isReady()) void stop(id, reason);
    },
  };
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

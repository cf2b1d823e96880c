/** How the leader accepts runs: while it holds the lease and has room, one by one or as the first of a series. */

import type { Plan } from "../../libs/load/plan.ts";
import type { BenchmarkConfig } from "../../libs/protocol/config/schema.ts";
import { LogburstError } from "../../libs/protocol/errors.ts";
import { type Demand, isFinal, type RunRecord } from "../../libs/protocol/run.ts";
import type { KillSwitch } from "../../libs/runtime/kill-switch.ts";
import type { Log } from "../../libs/runtime/log.ts";
import { admitRun, demandsIn, publishing, requireWithinCaps } from "./access/admission.ts";
import { requireAlive } from "./access/keeper.ts";
import { acceptRun, type IntakeParts, type Origin, withdrawRun } from "./api/intake.ts";
import type { RunDriver } from "./run/driver.ts";
import type { StoredRun } from "./run/history/stored-run.ts";
import type { SeriesKeeper } from "./series/keeper.ts";

export interface AcceptanceParts extends IntakeParts {
  readonly log: Log;
  readonly killSwitch: Pick<KillSwitch, "killed">;
  readonly epoch: number;
  readonly holds: () => boolean;
  readonly live: ReadonlyMap<string, RunDriver>;
  readonly drive: (stored: StoredRun) => RunDriver;
  /** What a leader before has accepted, as it goes on under this one. */
  readonly takeOver: (stored: StoredRun) => StoredRun;
  readonly series: () => SeriesKeeper;
}

const MAX_LIVE_RUNS = 16;
/** Each costs two consumers as long as it waits. */
const MAX_AWAITING = 100;

export function createAcceptance(parts: AcceptanceParts) {
  const { runs, log, epoch, holds, live, drive, takeOver } = parts;

  function requireLease(): void {
    if (holds()) return;
    throw new LogburstError("no_leader", "this coordinator no longer leads", {
      remedies: ["ask again in a few seconds"],
    });
  }

  function requireRoom(): void {
    requireAlive(parts.killSwitch);
    const awaiting = [...live.values()].filter(
      (driver) => driver.record().phase === "awaiting_approval",
    ).length;
    requireFewer(live.size - awaiting, MAX_LIVE_RUNS, "are live", ["wait for one to end, or stop one"]);
    requireFewer(awaiting, MAX_AWAITING, "await approval", ["have some of them approved or rejected"]);
  }

  /** Lets a run begin that was accepted before. @returns what its record says of it from now on */
  function admitStart({ created_by: by }: RunRecord, config: BenchmarkConfig, plan: Plan) {
    requireRoom();
    return admitRun(parts, parts.clock, config, plan, () => publishing(live), by);
  }

  /** @param asked what a live run is to ask for from now on */
  function requireLoad(id: string, asked: Demand): void {
    requireAlive(parts.killSwitch);
    requireWithinCaps(parts.caps(), asked, demandsIn(others(id)));
  }

  /** The runs that are live besides one. */
  const others = (id: string) => publishing(new Map([...live].filter(([other]) => other !== id)));

  /**
   * A config may ask for one run, or for a series of them: then its first one is the answer.
   * @param earlier ids of the runs before it in its plan
   * @param waits whether the request waits in the queue, where the next leader finds it
   */
  async function create(
    text: string,
    origin: Origin | undefined,
    waits: boolean,
    more: Partial<RunRecord> = {},
    earlier: readonly string[] = [],
  ): Promise<RunRecord> {
    requireLease();
    requireRoom();
    const first = await parts.series().accept(text, origin, waits, more, earlier);
    return first ?? createRun(text, origin, waits, more, earlier);
  }

  async function createRun(
    text: string,
    origin: Origin | undefined,
    waits: boolean,
    more: Partial<RunRecord>,
    earlier: readonly string[] = [],
  ): Promise<RunRecord> {
    requireLease();
    requireRoom();
    const atOnce = () => (more.phase === "created" ? [] : publishing(live));
    const accepted = await acceptRun(parts, text, epoch, origin, atOnce, more, earlier);
    // The next leader may have looked for runs before this one was stored.
    if (!holds() && !waits && !(await withdrawRun(runs, accepted))) return accepted.record;
    requireLease();
    const { id, phase, model, slots_needed } = accepted.record;
    const known = live.get(id)?.record();
    if (known || isFinal(phase) || phase === "created") return known ?? accepted.record;
    // One that was stored before, and whose answer was lost, is driven by nobody: it goes on like one that is taken over.
    if (!accepted.isNew)
      return drive(takeOver({ ...accepted, record: { ...accepted.record, epoch } })).record();
    log.info({ run_id: id, model, slots_needed }, "run accepted");
    return drive(accepted).record();
  }

  return { requireLease, requireRoom, requireLoad, others, admitStart, create, createRun };
}

function requireFewer(count: number, most: number, what: string, remedies: readonly string[]): void {
  if (count < most) return;
  throw new LogburstError("too_many_runs", `${count} runs ${what}, which is the most`, { remedies });
}

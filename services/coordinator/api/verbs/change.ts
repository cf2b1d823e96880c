/** A change of a run while it runs, by somebody who may ask for as much. */

import type { Demand, RunRecord } from "../../../../libs/protocol/run.ts";
import { changedDemand } from "../../../../libs/targets/demand.ts";
import { type ApprovalRules, requireApprovedChange } from "../../access/approval.ts";
import type { RunDriver } from "../../run/driver.ts";
import type { Caller } from "../guard.ts";

/** What can be wished of a run that is under way. */
export type Change = Parameters<RunDriver["change"]>[0];

export interface ChangeParts {
  readonly approvals: ApprovalRules;
  /** @param asked what a live run is to ask for from now on @throws LogburstError `killed`, `over_cap`, `caps_reached` */
  requireLoad(id: string, asked: Demand): void;
  /** The runs besides one that publish slices. */
  others(id: string): readonly RunRecord[];
}

/** Resolves when the change holds, and its log says who asked for it. @throws LogburstError why it does not */
export async function changeRun(
  { approvals, requireLoad, others }: ChangeParts,
  driver: RunDriver,
  wish: Change,
  caller: Caller,
): Promise<void> {
  const { id, demand } = driver.record();
  if (demand && wish.kind === "change") {
    const asked = changedDemand(demand, wish.request);
    requireLoad(id, asked);
    requireApprovedChange(approvals, driver.record(), asked, others(id), caller);
  }
  await driver.change(wish, `${caller.name} over ${caller.via}`);
}

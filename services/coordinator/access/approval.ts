/** Which runs need somebody else's word before they begin: those on targets of production, and those beyond a quota. */

import type { Bucket } from "../../../libs/bus/bus.ts";
import { parseObject } from "../../../libs/protocol/door.ts";
import { LogburstError } from "../../../libs/protocol/errors.ts";
import { includesRole } from "../../../libs/protocol/roles.ts";
import { type Approval, type Demand, RunRecord, runKey } from "../../../libs/protocol/run.ts";
import { excessOfQuota, type Quotas } from "../../../libs/targets/caps.ts";
import type { TargetRule } from "../../../libs/targets/rules.ts";
import type { Caller } from "../api/guard.ts";

export interface ApprovalRules {
  /** Targets of production. */
  readonly production: readonly TargetRule[];
  readonly quotas: Quotas;
  /** A run that nobody approves in this time is refused. */
  readonly timeoutMs: number;
}

/** What is asked, as far as approval goes. */
export interface Asked {
  readonly demand: Demand;
  readonly isProduction: boolean;
  readonly requester: string | undefined;
}

/** Whether a target is one of production, by its name or by an address that it leads to. */
export function isOfProduction(
  { production }: ApprovalRules,
  host: string,
  port: number,
  addresses: readonly string[],
): boolean {
  return production.some((rule) => [host, ...addresses].some((place) => rule.fits(place, port)));
}

/** The targets that are asked. */
function namesOf({ target, second_target: second }: Demand): string[] {
  return second === undefined ? [target] : [target, second];
}

/** Why a run needs approval; none where it does not. @param live the runs that publish slices, or are about to */
export function approvalReasons(
  { quotas }: ApprovalRules,
  { demand, isProduction, requester }: Asked,
  live: readonly RunRecord[],
): string[] {
  const own = live.flatMap((record) =>
    record.created_by === requester && record.demand ? [record.demand] : [],
  );
  const excess = excessOfQuota(quotas, requester, demand, own);
  return [
    ...(isProduction ? [`${namesOf(demand).join(" or ")} is of production`] : []),
    ...(excess ? [excess.message] : []),
  ];
}

/** What a record says of the approval that a run needs; nothing where it needs none. */
export function approvalOf(
  rules: ApprovalRules,
  asked: Asked,
  live: readonly RunRecord[],
  nowMs: number,
): Approval | undefined {
  const reasons = approvalReasons(rules, asked, live);
  return reasons.length === 0 ? undefined : { state: "awaited", reasons, until_ms: nowMs + rules.timeoutMs };
}

/**
 * The word that was given for an earlier run of the same series or plan holds for a later one on the same target that asks
 * for no more.
 * @param earlier ids of the runs before
 */
export async function withPrecedent(
  runs: Bucket,
  approval: Approval,
  asked: Demand,
  earlier: readonly string[],
): Promise<Approval> {
  for (const id of earlier) {
    const before = parseObject(RunRecord, (await runs.get(runKey(id)))?.value);
    if (!before.ok || before.value.approval?.state !== "approved" || !before.value.demand) continue;
    const { by, reasons } = before.value.approval;
    if (by !== undefined && covers(before.value.demand, asked) && isSameKind(reasons, approval.reasons))
      return { ...approval, state: "approved", by, reason: `with run ${id}` };
  }
  return approval;
}

function covers(approved: Demand, asked: Demand): boolean {
  const lengthOf = ({ duration_ms: ms = Number.POSITIVE_INFINITY }: Demand) => ms;
  return (
    namesOf(approved).join() === namesOf(asked).join() &&
    asked.rate <= approved.rate &&
    asked.users <= approved.users &&
    asked.in_flight <= approved.in_flight &&
    lengthOf(asked) <= lengthOf(approved)
  );
}

/** A word about production alone was none about a quota. */
function isSameKind(approved: readonly string[], asked: readonly string[]): boolean {
  return asked.length <= approved.length;
}

/** @throws LogburstError `forbidden` for whoever asked for the run */
export function requireAnother({ id, created_by: requester }: RunRecord, { name }: Caller): void {
  if (requester !== name) return;
  throw new LogburstError("forbidden", `${name} asked for run ${id}, and so cannot approve it`, {
    remedies: ["have it approved by another approver"],
  });
}

/**
 * A run must not come by a change to what it would have needed approval for: only one who could approve it makes such a
 * change.
 * @throws LogburstError `forbidden`
 */
export function requireApprovedChange(
  rules: ApprovalRules,
  record: RunRecord,
  asked: Demand,
  others: readonly RunRecord[],
  caller: Caller,
): void {
  const { demand, production: isProduction = false, created_by: requester, id } = record;
  if (demand && asked.rate <= demand.rate && asked.users <= demand.users) return;
  const reasons = approvalReasons(rules, { demand: asked, isProduction, requester }, others);
  if (reasons.length === 0 || (includesRole(caller.role, "approver") && caller.name !== requester)) return;
  throw new LogburstError("forbidden", `this change of run ${id} needs approval: ${reasons.join("; ")}`, {
    remedies: ["have an approver who did not ask for the run make it", "or ask for a new run with that load"],
  });
}

/** Whether a run may be: its target is allowed, wherever its name leads, and its load stays within the caps. */

import type { Plan } from "../../../libs/load/plan.ts";
import type { BenchmarkConfig } from "../../../libs/protocol/config/schema.ts";
import { targetsOf } from "../../../libs/protocol/config/sides.ts";
import type { Target } from "../../../libs/protocol/config/target.ts";
import { LogburstError } from "../../../libs/protocol/errors.ts";
import { type Demand, isFinal, type Phase, type RunRecord } from "../../../libs/protocol/run.ts";
import type { Clock } from "../../../libs/runtime/clock.ts";
import { type Caps, excessOf } from "../../../libs/targets/caps.ts";
import { demandOf } from "../../../libs/targets/demand.ts";
import { aliasOf, type Resolve } from "../../../libs/targets/lookup.ts";
import { hostAndPort, type TargetPolicy } from "../../../libs/targets/policy.ts";
import { type ApprovalRules, approvalOf, isOfProduction } from "./approval.ts";

/** What load may go where, as it is set at each moment. */
export interface LoadLimits {
  readonly targets: () => TargetPolicy;
  readonly caps: () => Caps;
  readonly approvals: ApprovalRules;
  readonly resolve: Resolve;
}

/** A name server that does not answer by now may do so for the workers, who ask again when they connect. */
const RESOLVE_LIMIT_MS = 2000;

/**
 * @param live the runs that are live
 * @param requester who asks for it
 * @returns what the run's record says of it @throws LogburstError `target_refused`, `over_cap`, `caps_reached`
 */
export async function admitRun(
  limits: LoadLimits,
  clock: Clock,
  config: BenchmarkConfig,
  plan: Plan,
  live: () => readonly RunRecord[],
  requester: string | undefined,
): Promise<Pick<RunRecord, "allowed" | "production" | "approval"> & { readonly demand: Demand }> {
  const { refusal, isProduction } = await lookAtTargets(limits, clock, config);
  if (refusal !== undefined) {
    throw new LogburstError("target_refused", refusal, {
      remedies: [
        "choose a target that is allowed",
        "or have the coordinators' LOGBURST_TARGETS name this one",
      ],
    });
  }
  const demand = demandOf(config, plan);
  const asked = { demand, isProduction, requester };
  const approval = approvalOf(limits.approvals, asked, live(), clock.nowMs());
  // Whether there is room for one that must be approved is asked when it is.
  requireWithinCaps(limits.caps(), demand, approval ? [] : demandsIn(live()));
  return {
    demand,
    allowed: allowedBy(limits),
    ...(isProduction && { production: true }),
    ...(approval && { approval }),
  };
}

/** Why a run's targets, or a page of their servers, must not be asked, if so, and whether one of them is of production. */
export async function lookAtTargets(
  { targets, approvals, resolve }: LoadLimits,
  clock: Clock,
  { spec }: BenchmarkConfig,
): Promise<{ refusal: string | undefined; isProduction: boolean }> {
  const look = async (path: string, url: string, aliases: Target["host_aliases"]) => {
    const { host: name, port } = hostAndPort(url);
    // A name that the config itself gives an address is worth no more than that address.
    const host = aliasOf(aliases, name) ?? name;
    const addresses = await inTime(clock, resolve(host));
    const refusal = targets().refusal(host, port, addresses);
    return {
      refusal: refusal === undefined ? undefined : `${path}: ${refusal}`,
      isProduction: [name, host].some((asked) => isOfProduction(approvals, asked, port, addresses)),
    };
  };
  let isProduction = false;
  for (const { path, target } of targetsOf(spec)) {
    const looked = await look(`${path}.url`, target.url, target.host_aliases);
    isProduction ||= looked.isProduction;
    // Pages that are elsewhere are read, and get no load.
    const pages = target.metrics?.enabled === false ? [] : (target.metrics?.urls ?? []);
    const looks = await Promise.all(
      pages.map((url, index) => look(`${path}.metrics.urls[${index}]`, url, target.host_aliases)),
    );
    const refused = [looked, ...looks].find(({ refusal }) => refusal !== undefined);
    if (refused) return { refusal: refused.refusal, isProduction };
  }
  return { refusal: undefined, isProduction };
}

/** The rules as a run's record has them. */
export function allowedBy({ targets }: LoadLimits): NonNullable<RunRecord["allowed"]> {
  const { rules, local } = targets().allowed;
  return { rules: [...rules], local };
}

/** @throws LogburstError `over_cap` where a run exceeds a cap by itself, `caps_reached` where it does with those that are live */
export function requireWithinCaps(caps: Caps, asked: Demand, live: readonly Demand[]): void {
  const found = excessOf(caps, asked, live);
  if (!found) return;
  const { message, remedies } = found.excess;
  throw new LogburstError(found.alone ? "over_cap" : "caps_reached", message, { remedies });
}

/**
 * The runs that must not go on because the caps leave them no room: those that came last. A leader asks before it publishes,
 * so that a lower cap, or two requests at the same moment, do not come to more load than is allowed.
 * @param records of live runs, in any order
 */
export function beyondCaps(caps: Caps, records: readonly RunRecord[]): { id: string; reason: string }[] {
  const kept: Demand[] = [];
  const beyond: { id: string; reason: string }[] = [];
  for (const { id, demand } of records.filter(publishes).sort(byAge)) {
    const found = demand && excessOf(caps, demand, kept);
    if (found) beyond.push({ id, reason: found.excess.message });
    else if (demand) kept.push(demand);
  }
  return beyond;
}

/** The runs that publish slices, or are about to. */
export function publishing(live: ReadonlyMap<string, { record(): RunRecord }>): RunRecord[] {
  return [...live.values()].map((driver) => driver.record()).filter(publishes);
}

export function demandsIn(records: readonly RunRecord[]): Demand[] {
  return records.flatMap(({ demand }) => demand ?? []);
}

/** Phases of a run under way in which it asks for nothing of the target any more, or not yet. */
const PUBLISHES_NOTHING: readonly Phase[] = ["awaiting_approval", "draining", "reporting"];

export function publishes({ phase }: RunRecord): boolean {
  return !isFinal(phase) && !PUBLISHES_NOTHING.includes(phase);
}

function byAge(a: RunRecord, b: RunRecord): number {
  return a.created_ms - b.created_ms || (a.id < b.id ? -1 : 1);
}

function inTime(clock: Clock, addresses: Promise<string[]>): Promise<string[]> {
  return new Promise((resolve) => {
    const cancel = clock.after(RESOLVE_LIMIT_MS, () => resolve([]));
    void addresses
      .catch(() => [])
      .then((found) => {
        cancel();
        resolve(found);
      });
  });
}

/** What environment and settings say of load and where it may go. */

import { isDeepStrictEqual } from "node:util";
import type { Settings } from "../../../libs/protocol/settings.ts";
import { type Environment, natsUrlOf } from "../../../libs/runtime/config.ts";
import type { HotSettings } from "../../../libs/settings/settings.ts";
import { isLocalSystem } from "../../../libs/targets/addresses.ts";
import { type Caps, readQuotas } from "../../../libs/targets/caps.ts";
import { systemResolve } from "../../../libs/targets/lookup.ts";
import { policyOf, type TargetPolicy } from "../../../libs/targets/policy.ts";
import { readRules } from "../../../libs/targets/rules.ts";
import type { LoadLimits } from "./admission.ts";

/** The limits as they are set at each moment. @throws LogburstError `bad_config` that names the variable */
export function limitsOf(environment: Environment, settings: Pick<HotSettings, "apply">): LoadLimits {
  const local = isLocalSystem(environment.LOGBURST_HTTP_HOST, natsUrlOf(environment));
  let targets: TargetPolicy | undefined;
  let caps: Caps = { total: {}, perTarget: {} };
  settings.apply((now) => {
    const next = policyOf(now.targets?.join(" "), local);
    if (!isDeepStrictEqual(next.allowed, targets?.allowed)) targets = next;
    caps = { total: capSetOf(now.caps), perTarget: capSetOf(now.target_caps) };
  });
  return {
    targets: () => targets as TargetPolicy,
    caps: () => caps,
    approvals: {
      production: readRules(environment.LOGBURST_PRODUCTION_TARGETS ?? "", "LOGBURST_PRODUCTION_TARGETS"),
      quotas: readQuotas(environment.LOGBURST_QUOTAS, "LOGBURST_QUOTAS"),
      timeoutMs: environment.LOGBURST_APPROVAL_HOURS * 3_600_000,
    },
    resolve: systemResolve,
  };
}

/** A setting's durations are in milliseconds, a cap's in seconds; what is not named has no cap. */
function capSetOf({ duration, ...caps }: NonNullable<Settings["caps"]> = {}): Caps["total"] {
  const named = Object.entries(caps).filter(([, cap]) => cap !== undefined);
  return { ...Object.fromEntries(named), ...(duration !== undefined && { duration: duration / 1000 }) };
}

/** What the environment says of load and where it may go. */

import { type Environment, natsUrlOf } from "../../../libs/runtime/config.ts";
import { isLocalSystem } from "../../../libs/targets/addresses.ts";
import { readCaps, readQuotas } from "../../../libs/targets/caps.ts";
import { systemResolve } from "../../../libs/targets/lookup.ts";
import { policyOf } from "../../../libs/targets/policy.ts";
import { readRules } from "../../../libs/targets/rules.ts";
import type { LoadLimits } from "./admission.ts";

/** @throws LogburstError `bad_config` that names the variable */
export function limitsOf(environment: Environment): LoadLimits {
  return {
    targets: policyOf(
      environment.LOGBURST_TARGETS,
      isLocalSystem(environment.LOGBURST_HTTP_HOST, natsUrlOf(environment)),
    ),
    caps: {
      total: readCaps(environment.LOGBURST_CAPS, "LOGBURST_CAPS"),
      perTarget: readCaps(environment.LOGBURST_TARGET_CAPS, "LOGBURST_TARGET_CAPS"),
    },
    approvals: {
      production: readRules(environment.LOGBURST_PRODUCTION_TARGETS ?? "", "LOGBURST_PRODUCTION_TARGETS"),
      quotas: readQuotas(environment.LOGBURST_QUOTAS, "LOGBURST_QUOTAS"),
      timeoutMs: environment.LOGBURST_APPROVAL_HOURS * 3_600_000,
    },
    resolve: systemResolve,
  };
}

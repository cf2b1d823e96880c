/** Limits on load for tests that are about something else: none, and every name leads to one ordinary address. */

import type { TargetSecrets } from "../../libs/runtime/secrets.ts";
import type { HotSettings } from "../../libs/settings/settings.ts";
import { policyFrom } from "../../libs/targets/policy.ts";
import { readRules } from "../../libs/targets/rules.ts";
import type { LoadLimits } from "../../services/coordinator/access/admission.ts";

const APPROVALS = { production: readRules("*", "test"), quotas: new Map(), timeoutMs: 3_600_000 };

const ANY = policyFrom({ rules: ["*"], local: true });

export const NO_LIMITS: LoadLimits = {
  targets: () => ANY,
  caps: () => ({ total: {}, perTarget: {} }),
  approvals: { ...APPROVALS, production: [] },
  resolve: async () => ["192.0.2.1"],
};

/** Every run must be approved. */
export const ALL_OF_PRODUCTION: LoadLimits = { ...NO_LIMITS, approvals: APPROVALS };

/** Targets without secrets. */
export const NO_SECRETS: TargetSecrets = { sealKey: undefined, folder: "/nowhere" };

/** Settings that nobody ever changes. */
export const STILL_SETTINGS: Pick<HotSettings, "state"> = {
  state: () => ({
    ...{ service: "coordinator", node: "test", version: 0, hash: "", since_ms: 0 },
    ...{ settings: {}, sources: {}, refused: [] },
  }),
};

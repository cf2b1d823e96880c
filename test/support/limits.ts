/** Limits on load for tests that are about something else: none, and every name leads to one ordinary address. */

import { policyFrom } from "../../libs/targets/policy.ts";
import type { LoadLimits } from "../../services/coordinator/access/admission.ts";

export const NO_LIMITS: LoadLimits = {
  targets: policyFrom({ rules: ["*"], local: true }),
  caps: { total: {}, perTarget: {} },
  resolve: async () => ["192.0.2.1"],
};

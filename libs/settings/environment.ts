/** The settings that a service starts with: what its environment says. */

import type { Settings } from "../protocol/settings.ts";
import type { Environment } from "../runtime/config.ts";
import { readCaps } from "../targets/caps.ts";
import { readRules } from "../targets/rules.ts";

/** @throws LogburstError `bad_config` that names the variable */
export function settingsOf(environment: Environment): Settings {
  const {
    LOG_LEVEL: log_level,
    LOGBURST_API_RATE: api_rate,
    LOGBURST_MAX_IN_FLIGHT: max_in_flight,
    LOGBURST_SLOTS: slots,
  } = environment;
  const targets = rulesOf(environment.LOGBURST_TARGETS, "LOGBURST_TARGETS");
  const trusted_proxies = rulesOf(environment.LOGBURST_TRUSTED_PROXIES, "LOGBURST_TRUSTED_PROXIES");
  const caps = capsOf(environment.LOGBURST_CAPS, "LOGBURST_CAPS");
  const target_caps = capsOf(environment.LOGBURST_TARGET_CAPS, "LOGBURST_TARGET_CAPS");
  return {
    ...{ log_level, api_rate, max_in_flight },
    ...(slots !== undefined && { slots }),
    ...(targets && { targets }),
    ...(trusted_proxies && { trusted_proxies }),
    ...(caps && { caps }),
    ...(target_caps && { target_caps }),
  };
}

function rulesOf(text: string | undefined, name: string): string[] | undefined {
  return text === undefined ? undefined : readRules(text, name).map((rule) => rule.text);
}

/** A setting's durations are in milliseconds, a cap's in seconds. */
function capsOf(text: string | undefined, name: string): Settings["caps"] {
  if (text === undefined) return undefined;
  const { duration, ...caps } = readCaps(text, name);
  return { ...caps, ...(duration !== undefined && { duration: duration * 1000 }) };
}

/** The processors that an aggregator has, by its environment. */

import type { ResultsFolder } from "../../../libs/processors/files.ts";
import { openProcessor } from "../../../libs/processors/open.ts";
import { readProcessorsFile } from "../../../libs/processors/settings.ts";
import type { Clock } from "../../../libs/runtime/clock.ts";
import { type Environment, natsUrlOf } from "../../../libs/runtime/config.ts";
import { readModules } from "../../../libs/runtime/modules.ts";
import { configSecret } from "../../../libs/runtime/secrets.ts";
import { isLocalSystem } from "../../../libs/targets/addresses.ts";
import { policyOf } from "../../../libs/targets/policy.ts";
import type { ProcessorSource } from "./processing.ts";

/**
 * @param prefix of the deployment
 * @throws LogburstError `bad_config` that names the variable
 */
export function processorsOf(
  environment: Environment,
  prefix: string,
  clock: Clock,
  folder: ResultsFolder,
): ProcessorSource {
  const rules = environment.LOGBURST_WEBHOOK_TARGETS;
  const isHere = isLocalSystem(environment.LOGBURST_HTTP_HOST, natsUrlOf(environment));
  const policyFor = (isLocal: boolean) => policyOf(rules, isLocal, "LOGBURST_WEBHOOK_TARGETS");
  const [targets, localTargets] = [policyFor(false), policyFor(isHere)];
  const common = {
    clock,
    ...folder,
    modules: readModules(environment.LOGBURST_PROCESSOR_MODULES, "LOGBURST_PROCESSOR_MODULES"),
    source: `urn:logburst:${prefix}`,
    random: Math.random,
  };
  const secrets = { sealKey: undefined, folder: environment.LOGBURST_TARGET_FILES };
  return {
    forAll: readProcessorsFile(environment.LOGBURST_PROCESSORS_FILE),
    open: (config, isLocal) =>
      openProcessor(config, {
        ...common,
        targets: isLocal ? localTargets : targets,
        secretOf: (source) => configSecret(source, secrets, isLocal),
      }),
  };
}

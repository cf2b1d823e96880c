/** `logburst render CONFIG`: prints what a cluster needs to run a config on workers of its own; for `kubectl apply -f -`. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { planOf } from "../../../libs/load/plan.ts";
import { EXIT_CODES, type ExitCode } from "../../../libs/protocol/exit-codes.ts";
import { sealConfig } from "../../../libs/runtime/secrets.ts";
import { PACKAGE_ROOT } from "../../../libs/runtime/version.ts";
import { firstRunOf } from "../../../libs/series/next.ts";
import { readConfigFile, readText } from "../config-file.ts";
import { manifestText } from "../render/manifest-text.ts";
import { renderRun, type WorkerTemplate } from "../render/manifests.ts";
import { securedTemplate } from "../render/secured.ts";
import { overridesOf, type RunOptions } from "./run.ts";

export interface RenderOptions extends Pick<RunOptions, "set" | "seed" | "target"> {
  readonly scaled: boolean;
  /** For a system whose parts speak TLS. */
  readonly tls: boolean;
  readonly image?: string;
  readonly namespace?: string;
  /** A file of settings for the workers. */
  readonly settings?: string;
}

const TEMPLATE = join(PACKAGE_ROOT, "deploy", "keda", "jobs", "scaled-job.yaml");
const NO_SETTINGS = "apiVersion: benchmark.victorialogs.io/v1\nkind: ServiceSettings\nspec: {}\n";

export function renderCommand(file: string, options: RenderOptions): ExitCode {
  const { config, document } = readConfigFile(file, overridesOf(options));
  // Objects are read by many: a secret that stands in the config is refused, as where there is no key to seal it with.
  sealConfig(document, undefined);
  const template = parse(readFileSync(TEMPLATE, "utf8"), { version: "1.1" }) as WorkerTemplate;
  const objects = renderRun(options.tls ? securedTemplate(template) : template, {
    document,
    slots: planOf(firstRunOf(config, document), config.spec.seed ?? 0).slotsNeeded,
    settings: options.settings === undefined ? NO_SETTINGS : readText(options.settings),
    ...{ scaled: options.scaled, image: options.image, namespace: options.namespace },
  });
  process.stdout.write(objects.map(manifestText).join("---\n"));
  return EXIT_CODES.passed;
}

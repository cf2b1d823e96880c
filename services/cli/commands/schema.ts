/** `logburst schema`: the documents that machines read about configs, the REST API and the messages. */

import { writeFileSync } from "node:fs";
import { customResourceDefinition } from "../../../libs/cluster/crd.ts";
import { configJsonSchema } from "../../../libs/protocol/config/schema.ts";
import { EXIT_CODES, type ExitCode } from "../../../libs/protocol/exit-codes.ts";
import { libraryJsonSchema } from "../../../libs/protocol/library/documents.ts";
import { asyncApi } from "../../../libs/protocol/verbs/asyncapi.ts";
import { openApi } from "../../../libs/protocol/verbs/openapi.ts";
import { readEnvironment } from "../../../libs/runtime/config.ts";
import { VERSION } from "../../../libs/runtime/version.ts";
import { manifestText } from "../render/manifest-text.ts";

export const SCHEMAS = ["config", "library", "openapi", "asyncapi", "crd"] as const;

export function schemaCommand(which: (typeof SCHEMAS)[number], { write }: { write?: string }): ExitCode {
  const text = which === "crd" ? crdText() : `${JSON.stringify(documentOf(which), null, 2)}\n`;
  if (write === undefined) process.stdout.write(text);
  else writeFileSync(write, text);
  return EXIT_CODES.passed;
}

const CRD_HEAD =
  "# BenchmarkConfig as a custom resource. Made by `logburst schema crd` from the schema of configs: change that one.\n";

/** As manifests are written. */
function crdText(): string {
  return CRD_HEAD + manifestText(customResourceDefinition());
}

function documentOf(which: (typeof SCHEMAS)[number]): object {
  if (which === "openapi") return openApi(VERSION);
  if (which === "asyncapi") return asyncApi(VERSION, readEnvironment().LOGBURST_PREFIX);
  return which === "library" ? libraryJsonSchema() : configJsonSchema();
}

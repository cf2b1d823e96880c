/** `logburst engines`: what targets there can be, and what of them can be asked. */

import { listEngines, loadEngines } from "../../../libs/engines/registry.ts";
import { EXIT_CODES, type ExitCode } from "../../../libs/protocol/exit-codes.ts";
import { readEnvironment } from "../../../libs/runtime/config.ts";
import { engineModulesOf } from "../../../libs/runtime/modules.ts";
import { columns } from "../columns.ts";

/** Those of this machine; a system's own are at GET /api/v1/engines. */
export async function enginesCommand({ json }: { json: boolean }): Promise<ExitCode> {
  await loadEngines(engineModulesOf(readEnvironment()));
  const engines = listEngines();
  const rows = engines.map(({ name, module, apis, stateful, telemetry }) => {
    const abilities = [...(stateful ? ["verify", "cleanup"] : []), ...(telemetry ? ["telemetry"] : [])];
    return [name, module ?? "", abilities.join(" "), apis.join(" ")];
  });
  const lines = columns(["ENGINE", "MODULE", "ABILITIES", "APIS"], rows);
  process.stdout.write(json ? `${JSON.stringify({ engines })}\n` : `${lines.join("\n")}\n`);
  return EXIT_CODES.passed;
}

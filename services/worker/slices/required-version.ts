/** Whether a target is of the version that its run is meant for. */

import type { Session } from "../../../libs/engines/engine.ts";
import type { EngineChoice } from "../../../libs/protocol/config/engines.ts";
import { LogburstError } from "../../../libs/protocol/errors.ts";

/** A run that is meant for a version of its target begins on no other, and on none that nobody can ask. @throws LogburstError */
export async function requireVersion(
  { name, version: wanted }: Pick<EngineChoice, "name" | "version">,
  { probe }: Pick<Session, "probe">,
): Promise<void> {
  if (wanted === undefined) return;
  if (!probe)
    throw new LogburstError("conflict", `the engine ${name} cannot ask its target for its version`, {
      remedies: ["remove engine.version, or give the engine the ability to probe"],
    });
  const { version, second = version } = await probe();
  const others = [...new Set([version, second])].filter((found) => !isOf(found, wanted));
  if (others.length === 0) return;
  throw new LogburstError(
    "conflict",
    `the target is ${name} ${others.map((found) => found || "of an unknown version").join(" and ")}, and the run is meant for ${wanted}`,
    { remedies: ["change engine.version, or the target"] },
  );
}

function isOf(found: string, wanted: string): boolean {
  return found === wanted || found.startsWith(`${wanted}.`);
}

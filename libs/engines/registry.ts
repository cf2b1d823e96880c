/** The engines that come with Logburst, by the name that a config gives. */

import { LogburstError } from "../protocol/errors.ts";
import type { Engine } from "./engine.ts";
import { victoriaLogs } from "./victorialogs/engine.ts";

const ENGINES: readonly Engine[] = [victoriaLogs];

export function engineNamed(name: string): Engine {
  const engine = ENGINES.find((candidate) => candidate.name === name);
  if (engine) return engine;
  throw new LogburstError("bad_config", `"${name}" is not an engine`, {
    remedies: [`write one of ${ENGINES.map((candidate) => candidate.name).join(", ")}`],
  });
}

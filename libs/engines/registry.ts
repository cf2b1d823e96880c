/** The engines of this process: those that come with Logburst, and those that its environment lets in from outside. */

import { ENGINES, type EngineChoice } from "../protocol/config/engines.ts";
import { LogburstError, messageOf } from "../protocol/errors.ts";
import type { EngineEntry } from "../protocol/verbs/engines.ts";
import { elasticsearch, openSearch } from "./elasticsearch/engine.ts";
import type { Engine } from "./engine.ts";
import { etcd } from "./etcd/engine.ts";
import { http } from "./http/engine.ts";
import { loki } from "./loki/engine.ts";
import { victoriaLogs } from "./victorialogs/engine.ts";

/** The engines that come with Logburst, by the name that a config gives. */
const BUILT_IN: readonly Engine[] = [victoriaLogs, loki, elasticsearch, openSearch, etcd, http];

/** Engines from outside, by the module that a config names. */
const loaded = new Map<string, Engine>();

/**
 * Loads engines from outside: once, when a service starts.
 * @param modules what a config may name, and what is imported for it
 * @throws LogburstError `bad_config` for a module that has no engine
 */
export async function loadEngines(modules: ReadonlyMap<string, string>): Promise<void> {
  for (const [name, specifier] of modules) loaded.set(name, await importEngine(name, specifier));
}

async function importEngine(name: string, specifier: string): Promise<Engine> {
  try {
    const { engine } = (await import(specifier)) as { engine?: Partial<Engine> };
    if (typeof engine?.name !== "string" || typeof engine.open !== "function")
      throw new Error("it does not export an engine: {name, open}");
    return engine as Engine;
  } catch (cause) {
    throw new LogburstError("bad_config", `LOGBURST_ENGINE_MODULES: ${name}: ${messageOf(cause)}`, {
      remedies: ["see README, Add an engine"],
      cause,
    });
  }
}

/** The engine that a config chooses. @throws LogburstError `bad_config` */
export function engineOf({ name, module }: EngineChoice): Engine {
  if (module === undefined) return builtIn(name);
  const engine = loaded.get(module);
  if (engine?.name === name) return engine;
  const message = engine
    ? `the module "${module}" has the engine "${engine.name}", and not "${name}"`
    : `the module "${module}" is not allowed here`;
  throw new LogburstError("bad_config", message, {
    remedies: [
      engine
        ? `write name: ${engine.name}`
        : "have LOGBURST_ENGINE_MODULES name it, for coordinators and workers",
    ],
  });
}

function builtIn(name: string): Engine {
  const engine = BUILT_IN.find((candidate) => candidate.name === name);
  if (engine) return engine;
  throw new LogburstError("bad_config", `"${name}" is not an engine`, {
    remedies: [`write one of ${BUILT_IN.map((candidate) => candidate.name).join(", ")}`],
  });
}

/** All engines of this process, as a list shows them. */
export function listEngines(): EngineEntry[] {
  const entryOf = ({ name, isStateful = false, telemetry }: Engine): EngineEntry => {
    const { apis = {}, options = [] } = ENGINES[name] ?? {};
    const known = { apis: Object.keys(apis), options: [...options] };
    return { name, ...known, stateful: isStateful, telemetry: telemetry !== undefined };
  };
  const outside = [...loaded].map(([module, engine]) => ({
    ...entryOf(engine),
    module,
    apis: [],
    options: [],
  }));
  return [...BUILT_IN.map(entryOf), ...outside];
}

/** Modules from outside that an environment lets in. */

import { isAbsolute } from "node:path";
import { pathToFileURL } from "node:url";
import { MODULE_NAME } from "../protocol/config/scalars.ts";
import { LogburstError } from "../protocol/errors.ts";
import type { Environment } from "./config.ts";

/** Modules that may be loaded: the name that a config gives, and what is imported. */
export type AllowedModules = ReadonlyMap<string, string>;

/**
 * Modules that configs may name: names of installed packages, or name=/path/to/file.mjs, separated by commas or blanks.
 * @param variable of the environment, for the error's words
 * @throws LogburstError `bad_config`
 */
export function readModules(text: string | undefined, variable: string): AllowedModules {
  const words = (text ?? "").split(/[\s,]+/).filter((word) => word !== "");
  return new Map(
    words.map((word) => {
      const [name = "", path] = word.split("=");
      if (MODULE_NAME.test(name) && (path === undefined || isAbsolute(path)))
        return [name, path === undefined ? name : pathToFileURL(path).href] as const;
      throw new LogburstError("bad_config", `${variable}: "${word}" is not a module`, {
        remedies: ["write a package's name, or name=/path/to/file.mjs"],
      });
    }),
  );
}

/** The modules that may be engines. @throws LogburstError `bad_config` */
export function engineModulesOf({ LOGBURST_ENGINE_MODULES: text }: Environment): AllowedModules {
  return readModules(text, "LOGBURST_ENGINE_MODULES");
}

/** The web server and the other load generators that a worker is measured beside; fetched into the cache when missing. */

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { childEnvironment, type Environment } from "../../libs/runtime/config.ts";
import { PACKAGE_ROOT } from "../../libs/runtime/version.ts";
import { cacheFolder } from "../../services/cli/local/programs.ts";

export interface Tools {
  /** Where a program stands that was fetched; undefined when it could not be. */
  path(program: string): string | undefined;
  /** For the environment of a program that was fetched: where its libraries are. */
  readonly libraries: string;
}

/** Finds what was fetched before, or fetches it; what then is still missing is left out of the bench. */
export function obtainTools(environment: Environment): Tools {
  const folder = join(cacheFolder(environment), "bench");
  if (!["bin/ab", "node_modules/autocannon"].every((path) => existsSync(join(folder, path)))) {
    const script = join(PACKAGE_ROOT, "bench", "worker", "get-tools.sh");
    spawnSync("bash", [script, folder], { stdio: ["ignore", 2, 2], env: childEnvironment({}) });
  }
  return {
    path(program) {
      const inFolder = program.includes("/") ? join(folder, program) : join(folder, "bin", program);
      return existsSync(inFolder) ? inFolder : undefined;
    },
    libraries: join(folder, "lib"),
  };
}

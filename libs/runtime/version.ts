/** This build's version, from its package.json. */

import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of package.json: the nearest one above this file. */
export const PACKAGE_ROOT = findPackageRoot(dirname(fileURLToPath(import.meta.url)));

export const VERSION = String(JSON.parse(readFileSync(join(PACKAGE_ROOT, "package.json"), "utf8")).version);

function findPackageRoot(folder: string): string {
  try {
    readFileSync(join(folder, "package.json"));
    return folder;
  } catch (error) {
    const above = dirname(folder);
    if (above === folder) throw new Error("no package.json above the program", { cause: error });
    return findPackageRoot(above);
  }
}

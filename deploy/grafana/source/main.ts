/** Writes the files that are made of code: npm run dashboards. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { PACKAGE_ROOT } from "../../../libs/runtime/version.ts";
import { madeFiles } from "./made.ts";

for (const [file, text] of madeFiles()) writeFileSync(join(PACKAGE_ROOT, file), text);

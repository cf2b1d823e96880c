/** Texts that were looked at and kept. */

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PACKAGE_ROOT } from "../../libs/runtime/version.ts";

/** Tests run from dist/, but golden files are sources. */
const GOLDEN = join(PACKAGE_ROOT, "test", "golden");

/** A text is as it was; UPDATE_GOLDEN=1 accepts a change. */
export function assertGolden(name: string, text: string): void {
  const file = join(GOLDEN, name);
  if (process.env.UPDATE_GOLDEN === "1") writeFileSync(file, text);
  assert.equal(text, readFileSync(file, "utf8"));
}

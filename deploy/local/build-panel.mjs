/** Builds the panel into dist/panel, unless what is there was built of the same sources. Needs nothing from elsewhere. */

import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const out = join(root, "dist", "panel");
/** Which sources the built panel is of. */
const stamp = join(out, ".built-from");

/** Folders that the panel is made of, and what else decides how it comes out. */
const SOURCES = ["services/coordinator/panel", "libs/report"];
const ALONE = ["package-lock.json", "deploy/local/build-panel.mjs"];

/** The first browsers that know all that the style sheets use. */
const BROWSERS = ["chrome123", "firefox120", "safari17.5"];

function sourcesHash() {
  const hash = createHash("sha256");
  const files = SOURCES.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name)),
  );
  for (const file of [...files, ...ALONE.map((file) => join(root, file))].sort())
    hash.update(file.slice(root.length)).update("\0").update(readFileSync(file)).update("\0");
  return hash.digest("hex");
}

const sources = sourcesHash();
if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== sources) {
  await build({
    configFile: false,
    root: join(root, "services", "coordinator", "panel"),
    base: "/",
    logLevel: "warn",
    oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
    build: {
      outDir: out,
      emptyOutDir: true,
      target: BROWSERS,
      // All of it is one page, and no file may become part of a style sheet or of the page: the policy lets in files alone.
      assetsInlineLimit: 0,
      modulePreload: false,
    },
  });
  writeFileSync(stamp, sources);
}

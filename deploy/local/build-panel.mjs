/** Builds what a browser shows, unless what is there was built of the same sources: the panel, and the page of a report. Needs nothing from elsewhere. */

import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { viteSingleFile } from "vite-plugin-singlefile";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const panel = join(root, "services", "coordinator", "panel");
const panelOut = join(root, "dist", "panel");
const reportOut = join(root, "dist", "report");
/** Which sources the built panel is of. */
const stamp = join(panelOut, ".built-from");

/** Folders that the panel is made of, and what else decides how it comes out. */
const SOURCES = ["services/coordinator/panel", "libs/report"];
const ALONE = ["package-lock.json", "deploy/local/build-panel.mjs"];

/** The first browsers that know all that the style sheets use. */
const BROWSERS = ["chrome123", "firefox120", "safari17.5"];

const COMMON = {
  configFile: false,
  logLevel: "warn",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
};

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

async function buildPanel() {
  await build({
    ...COMMON,
    root: panel,
    base: "/",
    build: {
      outDir: panelOut,
      emptyOutDir: true,
      target: BROWSERS,
      // All of it is one page, and no file may become part of a style sheet or of the page: the policy lets in files alone.
      assetsInlineLimit: 0,
      modulePreload: false,
    },
  });
}

/** The page of a report with its script and its styles in it, and holes for what the report says. */
async function buildReportPage() {
  await build({
    ...COMMON,
    root: join(panel, "report"),
    plugins: [viteSingleFile({ removeViteModuleLoader: true })],
    build: { outDir: reportOut, emptyOutDir: true, target: BROWSERS },
  });
  const file = join(reportOut, "page.html");
  renameSync(join(reportOut, "index.html"), file);
  const page = readFileSync(file, "utf8");
  const scripts = [...page.matchAll(/<script type="module"[^>]*>(.*?)<\/script>/gs)].map(([, text]) => text);
  const hashes = scripts.map((text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`);
  // Should the escaping ever fail, the browser itself loads nothing and runs nothing but this script.
  const policy = `default-src 'none'; script-src ${hashes.join(" ")}; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'`;
  const meta = `<meta http-equiv="Content-Security-Policy" content="${policy}" />`;
  writeFileSync(
    file,
    page.replace("<!--LOGBURST-POLICY-->", () => meta),
  );
}

/** The same components for where there is no browser: what makes a report's markup. */
async function buildReportMarkup() {
  await build({
    ...COMMON,
    root: join(panel, "report"),
    ssr: { noExternal: true },
    build: {
      outDir: reportOut,
      emptyOutDir: false,
      ssr: "markup.tsx",
      target: "node20",
      rolldownOptions: { output: { format: "cjs", entryFileNames: "markup.cjs" } },
    },
  });
}

const sources = sourcesHash();
const isBuilt = existsSync(stamp) && existsSync(reportOut) && readFileSync(stamp, "utf8") === sources;
if (!isBuilt) {
  await buildPanel();
  await buildReportPage();
  await buildReportMarkup();
  writeFileSync(stamp, sources);
}

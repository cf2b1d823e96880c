/** The house rules, as far as a program can hold them: layers, sizes, forbidden words. */

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { test } from "node:test";
import { METRICS } from "../libs/runtime/metrics.ts";
import { PACKAGE_ROOT } from "../libs/runtime/version.ts";

const MAX_FILE_LINES = 300;
const MAX_FUNCTION_LINES = 70;

/** Sources below a folder, as paths from the package's root. */
function sourcesBelow(folder: string): string[] {
  const root = join(PACKAGE_ROOT, folder);
  if (!existsSync(root)) return [];
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(tsx?|mjs)$/.test(entry.name))
    .map((entry) => relative(PACKAGE_ROOT, join(entry.parentPath, entry.name)))
    .sort();
}

const read = (file: string) => readFileSync(join(PACKAGE_ROOT, file), "utf8");
const SOURCES = ["bin", "libs", "services", "bench"].flatMap(sourcesBelow);
const ALL = [...SOURCES, ...sourcesBelow("test"), ...sourcesBelow("deploy")];

/** Files that a file imports, as paths from the root; packages are left out. */
function importsOf(file: string): string[] {
  return [...read(file).matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)].map(([, path = ""]) =>
    relative(PACKAGE_ROOT, resolve(PACKAGE_ROOT, dirname(file), path)),
  );
}

/** Packages that a file imports. */
function packagesOf(file: string): string[] {
  return [...read(file).matchAll(/from "([^".][^"]*)"/g)]
    .map(([, name = ""]) => name)
    .filter((name) => !name.startsWith("node:"));
}

/** What each layer may import besides itself. The order is that of the data: protocol, arithmetic, edges, services, door. */
const LAYERS: Readonly<Record<string, readonly string[]>> = {
  "libs/protocol": [],
  "libs/load": ["libs/stats", "libs/protocol"],
  "libs/stats": ["libs/protocol"],
  "libs/fold": ["libs/load", "libs/compare", "libs/stats", "libs/runtime", "libs/protocol"],
  "libs/compare": ["libs/stats", "libs/protocol"],
  "libs/processors": ["libs/report", "libs/targets", "libs/runtime", "libs/protocol"],
  "libs/plans": ["libs/protocol"],
  "libs/series": ["libs/report", "libs/protocol"],
  "libs/report": ["libs/protocol", "libs/stats"],
  "libs/targets": ["libs/load", "libs/protocol"],
  "libs/settings": ["libs/targets", "libs/runtime", "libs/bus", "libs/protocol"],
  "libs/engines": ["libs/load", "libs/protocol"],
  "libs/bus": ["libs/protocol"],
  "libs/cluster": ["libs/protocol"],
  "libs/runtime": ["libs/bus", "libs/stats", "libs/protocol"],
  // A page in a browser: it knows the messages by their types, and has the words for figures from the report.
  "services/coordinator/panel": ["libs/protocol", "libs/report", "libs/stats"],
  "services/coordinator": ["libs"],
  "services/worker": ["libs"],
  "services/aggregator": ["libs"],
  "services/cli": ["libs"],
  bin: ["services"],
  // Benches measure the system from outside and its cores from inside, on the servers that tests use.
  bench: ["libs", "services", "test/support"],
};

const layerOf = (file: string) => Object.keys(LAYERS).find((layer) => file.startsWith(`${layer}/`));
const isBelow = (file: string, folders: readonly string[]) =>
  folders.some((folder) => file.startsWith(`${folder}/`));

test("imports run one way: services to libs, libs to the protocol, no service to another", () => {
  const wrong = SOURCES.flatMap((file) => {
    const layer = layerOf(file);
    assert.ok(layer, `${file} stands in no layer`);
    return importsOf(file)
      .filter((imported) => !isBelow(imported, [layer, ...(LAYERS[layer] ?? [])]))
      .map((imported) => `${file} imports ${imported}`);
  });
  assert.deepEqual(wrong, []);
  assert.ok(SOURCES.length > 80, "the sources were found");
});

test("NATS is known in libs/bus alone, undici as a load generator in libs/engines, zod and hono where they belong", () => {
  const homes: Readonly<Record<string, readonly string[]>> = {
    nats: ["libs/bus"],
    hono: ["libs/runtime", "services/coordinator"],
    "prom-client": ["libs/runtime", "services"],
    commander: ["services/cli"],
    pino: ["libs/runtime"],
    "@kubernetes/client-node": ["libs/cluster"],
    croner: ["libs/plans"],
    jose: ["services/coordinator/access"],
    undici: ["libs/engines", "services/cli", "bench/worker"],
    preact: ["services/coordinator/panel"],
    "preact/hooks": ["services/coordinator/panel"],
    "preact-render-to-string": ["services/coordinator/panel/report"],
    "@preact/signals": ["services/coordinator/panel"],
    uplot: ["services/coordinator/panel"],
  };
  const wrong = SOURCES.flatMap((file) =>
    packagesOf(file)
      .filter((name) => name in homes && !isBelow(file, homes[name] ?? []))
      .map((name) => `${file} imports ${name}`),
  );
  assert.deepEqual(wrong, []);
});

test("the panel is no part of the server, and has nothing in it that only servers need", () => {
  const panel = "services/coordinator/panel";
  const [inside, outside] = [true, false].map((is) =>
    SOURCES.filter((file) => isBelow(file, [panel]) === is),
  );
  const imported = outside?.flatMap((file) => importsOf(file).filter((path) => isBelow(path, [panel])));
  assert.deepEqual(imported, [], "the server serves the built panel, and imports none of it");
  // A schema would bring all of zod into the browser.
  const withSchemas = inside?.flatMap((file) =>
    [...read(file).matchAll(/^import (?!type )[^;]*? from "([^"]+)"/gm)]
      .map(([, path = ""]) => relative(PACKAGE_ROOT, resolve(PACKAGE_ROOT, dirname(file), path)))
      .filter((path) => isBelow(path, ["libs"]) && /from "zod"/.test(read(path)))
      .map((path) => `${file} imports ${path}`),
  );
  assert.deepEqual(withSchemas, []);
  const raw = inside?.filter((file) =>
    /dangerouslySetInnerHTML|\.innerHTML|\.outerHTML|insertAdjacentHTML/.test(read(file)),
  );
  assert.deepEqual(raw, [], "what comes from outside is text");
  assert.ok((inside?.length ?? 0) > 40, "the panel's sources were found");
});

test("files are short, and begin with a sentence on what they are for", () => {
  const wrong = ALL.flatMap((file) => {
    const lines = read(file).split("\n");
    const first = lines[0]?.startsWith("#!") ? (lines[1] ?? "") : (lines[0] ?? "");
    return [
      ...(lines.length - 1 > MAX_FILE_LINES ? [`${file} has ${lines.length - 1} lines`] : []),
      ...(first.startsWith("/**") ? [] : [`${file} does not begin with a doc comment`]),
    ];
  });
  assert.deepEqual(wrong, []);
});

/**
 * Functions by name, with the lines that are their own: those of a named function inside them count for that one. Read
 * from the indentation, which the formatter keeps.
 */
function functionsOf(file: string): { name: string; ownLines: number }[] {
  const found: { name: string; ownLines: number }[] = [];
  const open: { name: string; indent: string; ownLines: number }[] = [];
  for (const line of read(file).split("\n")) {
    const indent = /^ */.exec(line)?.[0] ?? "";
    const current = open.at(-1);
    if (current) current.ownLines++;
    if (current && line.startsWith(`${current.indent}}`) && indent === current.indent) {
      found.push({ name: current.name, ownLines: current.ownLines });
      open.pop();
      continue;
    }
    const begins =
      /^ *(?:export )?(?:async )?function\*? (\w+)/.exec(line) ??
      /^ {2}(?:private |async |static )*(\w+)\(.*\{$/.exec(line);
    if (begins && !/\}$/.test(line)) open.push({ name: begins[1] ?? "", indent, ownLines: 1 });
  }
  return found;
}

test("functions are short", () => {
  const all = ALL.flatMap((file) => functionsOf(file).map((entry) => ({ file, ...entry })));
  assert.ok(all.length > 300, "functions were found");
  const wrong = all.filter(({ ownLines }) => ownLines > MAX_FUNCTION_LINES);
  assert.deepEqual(
    wrong.map(({ file, name, ownLines }) => `${file}: ${name} has ${ownLines} lines of its own`),
    [],
  );
});

/** Words that have one home. */
const HOMES: readonly [what: RegExp, why: string, homes: readonly string[]][] = [
  [
    /\bDate\.now\(|\bperformance\.now\(/,
    "the time comes from libs/runtime/clock.ts, and in a browser from the panel's own",
    ["libs/runtime/clock.ts", "services/coordinator/panel/clock.ts"],
  ],
  [/\bprocess\.env\b/, "the environment is read in libs/runtime/config.ts", ["libs/runtime/config.ts"]],
  [/\bMath\.random\(/, "random numbers come from libs/load/random.ts", []],
  [/\b(FIXME|TODO|XXX|HACK)\b/, "what is not done is an issue", []],
  [/setInterval\(async/, "an interval that overlaps itself", []],
  [/\bconsole\.(log|error|warn)\(/, "services log, the command line writes", []],
];

test("the time, the environment and chance have one home each, and nothing is left undone", () => {
  const wrong = SOURCES.flatMap((file) =>
    HOMES.filter(([what, , homes]) => !homes.includes(file) && what.test(read(file))).map(
      ([, why]) => `${file}: ${why}`,
    ),
  );
  assert.deepEqual(wrong, []);
});

test("subjects and streams are spelled out in the table of names alone", () => {
  const spelled = /["'`](lb\.(slice|result|event|heartbeat|control|live|api|request)|LB_[A-Z]+)/;
  const wrong = SOURCES.filter(
    (file) =>
      file !== "libs/protocol/names.ts" && spelled.test(read(file).replace(/\/\*\*[\s\S]*?\*\//g, "")),
  );
  assert.deepEqual(wrong, []);
});

test("metric names are well formed and counters end in _total", () => {
  for (const [name, { kind, help }] of Object.entries(METRICS)) {
    assert.match(name, /^(coordinator|worker|logburst)_[a-z_]+$/);
    assert.ok(help.length > 0);
    if (kind === "counter") assert.match(name, /_total$/);
  }
});

/** Every file of the checkout that is not made from others. */
function keptFiles(folder = ""): string[] {
  const made = /^(node_modules|dist|results|\.git|\.cache)$/;
  return readdirSync(join(PACKAGE_ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (made.test(entry.name)) return [];
    return entry.isDirectory() ? keptFiles(path) : [path];
  });
}

test("no host of a package registry and no path of a machine stands in any file that is kept", () => {
  const forbidden = /registry\.npmjs|deb\.debian|archive\.ubuntu|snapshot\.debian|\/root\/|\/home\/\w+\//;
  const wrong = keptFiles().filter((file) => file !== "test/tidy.test.ts" && forbidden.test(read(file)));
  assert.deepEqual(wrong, []);
});

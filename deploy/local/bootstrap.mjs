/**
 * From a fresh checkout to a built one, and on to what was asked for. Plain JavaScript without dependencies: it runs
 * before anything is installed.
 *   node bootstrap.mjs                 installs dependencies and builds, where needed
 *   node bootstrap.mjs demo [OPTION…]  and runs the demo
 *   node bootstrap.mjs test [FILE…]    and fetches servers and tools and runs the tests, all or those named
 *   node bootstrap.mjs chaos [OPTION…] and fetches the servers and drives every fault on real processes
 */

import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const modules = join(root, "node_modules");
/** Which lock file the installed dependencies are of. */
const stamp = join(modules, ".installed-from");
const program = join(root, "dist", "bin", "logburst.js");

/** One test file may take so long; the longest ones build nothing and wait for real servers. */
const TEST_TIMEOUT_MS = 300_000;
/** Test files that mostly wait for servers run side by side. */
const FILES_AT_ONCE = 3;
/** Tests in these folders measure time and load: others would disturb them, so they run one file at a time, at the end. */
const TIMED = ["chaos", "timed"];

function step(what, work) {
  const startedMs = performance.now();
  const words = work();
  process.stderr.write(`${what}: ${words}, ${((performance.now() - startedMs) / 1000).toFixed(1)} s\n`);
}

/** Runs a command that must succeed; otherwise ends with its exit code. */
function run(command, args, options = {}) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: "inherit", ...options });
  if (status === 0) return;
  if (error) process.stderr.write(`error: ${command} could not be started: ${error.message}\n`);
  process.exit(status ?? 1);
}

/** The same beside others; what it says comes on stderr. */
async function runBeside(command, args) {
  const child = spawn(command, args, { cwd: root, stdio: ["ignore", 2, 2] });
  const [code] = await once(child, "close");
  if (code !== 0) process.exit(code ?? 1);
}

function requireNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 18)) return;
  process.stderr.write(
    `error: this is Node ${process.version}; 20.18 is the oldest that works\n  remedy: install a newer Node\n`,
  );
  process.exit(1);
}

function install() {
  const lock = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === lock) return "they are there";
  process.stderr.write("dependencies: npm ci …\n");
  run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], { stdio: ["ignore", 2, 2] });
  writeFileSync(stamp, lock);
  return "installed";
}

function build() {
  const stdio = ["ignore", 2, 2];
  const compiler = join(modules, "typescript", "bin", "tsc");
  const panel = join(root, "services", "coordinator", "panel");
  for (const project of [root, panel]) run(process.execPath, [compiler, "-p", project], { stdio });
  run(process.execPath, [join(root, "deploy", "local", "build-panel.mjs")], { stdio });
  return "built";
}

/** The test files as compiled, from the sources that are there: what was deleted or renamed is not run again. */
function testFiles(folder = join(root, "test")) {
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => a.name.localeCompare(b.name))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return testFiles(path);
      return entry.name.endsWith(".test.ts")
        ? [join(root, "dist", relative(root, path).replace(/\.ts$/, ".js"))]
        : [];
    });
}

function fetchServers() {
  run(process.execPath, [program, "setup"], { stdio: ["ignore", 2, 2] });
}

/** The servers and tools of the tests, fetched side by side: much of the time goes by waiting for a mirror. */
async function fetchForTests() {
  const tools = join(process.env.LOGBURST_CACHE_DIR ?? join(root, ".cache"), "tools");
  await Promise.all([
    runBeside(process.execPath, [program, "setup"]),
    runBeside(process.execPath, [program, "setup", "etcd"]),
    runBeside("bash", [join(root, "deploy", "local", "get-test-tools.sh"), tools]),
    runBeside(process.execPath, [join(root, "dist", "test", "support", "fetch-browser.js")]),
  ]);
}

/** @returns whether all of them passed */
function passes(files, atOnce) {
  const options = [
    `--test-concurrency=${atOnce}`,
    `--test-timeout=${TEST_TIMEOUT_MS}`,
    "--enable-source-maps",
  ];
  if (files.length === 0) return true;
  return (
    spawnSync(process.execPath, ["--test", ...options, ...files], { cwd: root, stdio: "inherit" }).status ===
    0
  );
}

async function test(named) {
  await fetchForTests();
  const files =
    named.length > 0
      ? named.map((file) => join(root, "dist", relative(root, join(root, file)).replace(/\.ts$/, ".js")))
      : testFiles();
  const isTimed = (file) => TIMED.some((folder) => file.startsWith(join(root, "dist", "test", folder)));
  const results = [
    passes(
      files.filter((file) => !isTimed(file)),
      FILES_AT_ONCE,
    ),
    passes(files.filter(isTimed), 1),
  ];
  if (results.includes(false)) process.exit(1);
}

function chaos(options) {
  fetchServers();
  run(process.execPath, ["--enable-source-maps", join(root, "dist", "test", "chaos", "main.js"), ...options]);
}

requireNode();
step("dependencies", install);
step("build", build);
const [command, ...rest] = process.argv.slice(2);
if (command === "test") await test(rest);
else if (command === "chaos") chaos(rest);
else if (command !== undefined) run(process.execPath, [program, command, ...rest]);

/** README and ARCHITECTURE tell the truth, as far as a program can tell. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { API_PARAMS } from "../libs/protocol/config/queries.ts";
import { readConfig } from "../libs/protocol/config/read.ts";
import { EXIT_CODES } from "../libs/protocol/exit-codes.ts";
import { namesFor } from "../libs/protocol/names.ts";
import { Settings } from "../libs/protocol/settings.ts";
import { STREAMS } from "../libs/protocol/verbs/streams.ts";
import { VERBS } from "../libs/protocol/verbs/table.ts";
import { API_ROOT } from "../libs/protocol/verbs/verb.ts";
import { PACKAGE_ROOT } from "../libs/runtime/version.ts";
import { readSettings } from "../libs/settings/read.ts";

const read = (file: string) => readFileSync(join(PACKAGE_ROOT, file), "utf8");
const README = read("README.md");
const ARCHITECTURE = read("ARCHITECTURE.md");

/** Code blocks of a language. */
const blocks = (language: string) =>
  [...README.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, "g"))].map(
    ([, text = ""]) => text,
  );

test("the README's config is valid, as is every config that comes along", () => {
  const [yaml = ""] = blocks("yaml");
  for (const text of [yaml, read("config/demo.yaml")]) {
    const config = readConfig(text);
    assert.ok(config.ok, JSON.stringify(config));
  }
});

test("the README's settings are valid", () => {
  const text = blocks("yaml").find((block) => block.includes("kind: ServiceSettings")) ?? "";
  const read = readSettings(text);
  assert.ok(read.ok, JSON.stringify(read));
  assert.deepEqual(Object.keys(read.settings).sort(), Object.keys(Settings.shape).sort());
});

test("the table of exit codes is the code's", () => {
  const table = [...README.matchAll(/^\| (\d+) \| /gm)].map(([, code]) => Number(code));
  assert.deepEqual(table, Object.values(EXIT_CODES));
});

test("the table of variables names every variable that the code reads, and no other", () => {
  const known = [...read("libs/runtime/config.ts").matchAll(/^ {2}([A-Z][A-Z_]+):/gm)].map(
    ([, name]) => name,
  );
  const scripts = [...read("deploy/local/debian-packages.sh").matchAll(/# +(LOGBURST_[A-Z_]+) {2}/g)].map(
    ([, name]) => name,
  );
  const internal = ["PATH", "LOGBURST_SAMPLE_LOG"];
  const rows = README.split("\n").filter((line) => /^\| `[A-Z]/.test(line));
  const told = rows.flatMap((line) =>
    [...(line.split("|")[1] ?? "").matchAll(/`([A-Z_]+)`/g)].map(([, name]) => name),
  );
  assert.deepEqual(
    told.sort(),
    [...known, ...scripts].filter((name) => !internal.includes(String(name))).sort(),
  );
});

test("every endpoint stands in the README, and its subjects and paths are the code's", () => {
  for (const api of Object.keys(API_PARAMS)) assert.ok(README.includes(`\`${api}\``), api);
  const { subjects } = namesFor();
  for (const subject of [subjects.requestRun, subjects.api("run.create")])
    assert.ok(README.includes(subject), subject);
  const routes = [...Object.values(VERBS), ...Object.values(STREAMS)].map(({ path }) => API_ROOT + path);
  for (const [, path = ""] of README.matchAll(/127\.0\.0\.1:8080(\/[^\s?']*)/g)) {
    assert.ok(routes.includes(path.replace("RUN_ID", "{id}")), path);
  }
});

test("every command and option that the README uses is known to the program", () => {
  const program = join(PACKAGE_ROOT, "dist", "bin", "logburst.js");
  const helpOf = (...args: string[]) =>
    execFileSync(process.execPath, [program, ...args, "--help"], { encoding: "utf8" });
  const commands = new Set(
    [
      ...README.matchAll(
        /logburst (run|validate|report|list|show|start|approve|reject|stop|kill|pause|resume|change|apply|settings|audit|clone|annotate|delete|nodes|logs|library|launch|executions|execution|schedules|schedule|schema|engines|doctor|demo|import|coordinator|worker|aggregator)\b/g,
      ),
    ].map(([, name]) => String(name)),
  );
  assert.ok(commands.size >= 7);
  const all = helpOf();
  for (const command of commands) assert.ok(all.includes(`  ${command}`), command);
  const run = helpOf("run");
  for (const line of blocks("sh")
    .join("\n")
    .split("\n")
    .filter((text) => text.startsWith("logburst run"))) {
    for (const [option] of line.split("#")[0]?.matchAll(/--[a-z]+/g) ?? [])
      assert.ok(run.includes(option), `run ${option}`);
  }
});

test("every file and folder that ARCHITECTURE names is there", () => {
  const folders = [
    "",
    "test",
    "libs",
    "services",
    "services/coordinator",
    "services/worker",
    "services/aggregator",
    "services/cli",
    "libs/fold",
    "libs/load",
    "libs/protocol",
    "libs/runtime",
    "libs/engines",
  ];
  const named = [
    ...ARCHITECTURE.matchAll(/`([\w/.-]+(?:\.ts|\/))`/g),
    ...ARCHITECTURE.matchAll(/`((?:libs|services|deploy|test|bin)\/[\w/.-]+)`/g),
  ];
  const missing = named
    .map(([, path = ""]) => path)
    .filter((path) => !folders.some((folder) => existsSync(join(PACKAGE_ROOT, folder, path))));
  assert.deepEqual(missing, []);
  assert.ok(named.length > 30);
});

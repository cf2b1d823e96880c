/** Processors that come with Logburst and those from outside: what they leave behind, and what they cannot do. */

import assert from "node:assert/strict";
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { decide } from "../../libs/processors/gate.ts";
import { openProcessor } from "../../libs/processors/open.ts";
import { readProcessorsFile } from "../../libs/processors/settings.ts";
import { ProcessorConfig } from "../../libs/protocol/config/processors.ts";
import { readConfig } from "../../libs/protocol/config/read.ts";
import type { RunEnded } from "../../libs/protocol/processing.ts";
import { renderReport } from "../../libs/report/formats.ts";
import { systemClock } from "../../libs/runtime/clock.ts";
import { readModules } from "../../libs/runtime/modules.ts";
import { type KeyRing, openedFile, readRing } from "../../libs/runtime/sealed-objects.ts";
import { PACKAGE_ROOT } from "../../libs/runtime/version.ts";
import { policyOf } from "../../libs/targets/policy.ts";
import { logburstIn } from "../support/cli.ts";
import { documentOf } from "../support/configs.ts";
import { eventually } from "../support/eventually.ts";
import { exampleReport } from "../support/example-report.ts";
import { temporaryFolder } from "../support/folders.ts";

const FIXTURES = join(PACKAGE_ROOT, "test", "fixtures");
const EXAMPLE = `logburst-processor-example=${join(FIXTURES, "processor-example", "index.mjs")}`;
const MISBEHAVING = `misbehaving=${join(FIXTURES, "processor-misbehaving.mjs")}`;

const ended: RunEnded = {
  ...{ id: "run-1.end", run: "run-1", at: exampleReport.ended_at, name: "example", phase: "completed" },
  ...{ verdict: "passed", exit_code: 0, report: exampleReport },
};
const failed: RunEnded = {
  ...{ id: "run-1.end", run: "run-1", at: exampleReport.ended_at, name: "example", phase: "failed" },
  ...{ exit_code: 1, failure: "no worker came" },
};

function open(config: object, resultsDir: string, modules = "", storeKeys?: () => KeyRing) {
  return openProcessor(ProcessorConfig.parse(config), {
    ...{ clock: systemClock, source: "urn:logburst:lb", random: () => 0, resultsDir, storeKeys },
    targets: policyOf(undefined, true),
    secretOf: () => "",
    modules: readModules(modules, "LOGBURST_PROCESSOR_MODULES"),
  });
}

const signal = () => new AbortController().signal;

test("files are the report's faces in a folder of the run's own; a run without a report leaves none", async () => {
  using folder = temporaryFolder();
  const files = open(
    { type: "files", path: "nightly", formats: ["json", "junit", "prometheus"] },
    folder.path,
  );
  await files.end?.(failed, signal());
  await files.end?.(ended, signal());
  const written = join(folder.path, "nightly", "run-1");
  assert.deepEqual(readdirSync(written).sort(), ["report.json", "report.junit.xml", "report.prom"]);
  assert.deepEqual(JSON.parse(readFileSync(join(written, "report.json"), "utf8")), exampleReport);
});

test("files are sealed where the aggregator seals what it stores, and open wherever they are moved", async () => {
  using folder = temporaryFolder();
  const keys = () => readRing("k1 first-key-of-this-test");
  const files = open({ type: "files", path: ".", formats: ["json", "csv"] }, folder.path, "", keys);
  await files.end?.(ended, signal());
  const written = join(folder.path, "run-1");
  assert.deepEqual(readdirSync(written).sort(), ["report.csv.sealed", "report.json.sealed"]);
  const moved = join(folder.path, "moved");
  copyFileSync(join(written, "report.json.sealed"), moved);
  const sealed = readFileSync(moved, "utf8");
  assert.doesNotMatch(sealed, /verdict|first-key/);
  assert.deepEqual(JSON.parse(openedFile(sealed, keys)), exampleReport);
  assert.throws(() => openedFile(sealed, undefined), /sealed with the key k1, which is not known here/);
  assert.throws(() => openedFile(sealed.slice(0, 60), keys), /sealed and not whole/);

  const keysFile = join(folder.path, "keys");
  writeFileSync(keysFile, "k2 second-key-of-this-test\nk1 first-key-of-this-test\n");
  const environment = { LOGBURST_STORE_KEYS_FILE: keysFile };
  const shown = await logburstIn(environment, "report", moved, "--format", "json");
  assert.deepEqual(JSON.parse(shown.out), exampleReport);
  const table = await logburstIn(environment, "unseal", join(written, "report.csv.sealed"));
  assert.equal(table.out, renderReport(exampleReport, "csv"));
  const refused = await logburstIn({}, "unseal", moved);
  assert.equal(refused.code, 1);
  assert.match(refused.err, /LOGBURST_STORE_KEYS_FILE/);
});

test("no processor writes outside of the aggregator's folder", () => {
  using folder = temporaryFolder();
  for (const path of ["..", "/etc", "a/../../b", `${folder.path}-beside`])
    for (const type of ["files", "gate"])
      assert.throws(() => open({ type, path }, folder.path), /is not below LOGBURST_RESULTS_DIR/, path);
});

test("the gate leaves a decision and an exit code, for every end that a run can come to", async () => {
  using folder = temporaryFolder();
  await open({ type: "gate" }, folder.path).end?.({ ...ended, verdict: "failed", exit_code: 99 }, signal());
  const written = join(folder.path, "run-1");
  assert.equal(readFileSync(join(written, "exit-code"), "utf8"), "99\n");
  const { decision, thresholds } = JSON.parse(readFileSync(join(written, "gate.json"), "utf8"));
  assert.equal(decision, "fail");
  assert.equal(thresholds.length, exampleReport.thresholds.length);

  const inconclusive: RunEnded = { ...ended, verdict: "inconclusive", exit_code: 98 };
  const outcome = (end: RunEnded, when: "fail" | "pass") => {
    const { decision: word, exit_code: code } = decide(end, when);
    return [word, code];
  };
  assert.deepEqual(outcome(ended, "fail"), ["pass", 0]);
  assert.deepEqual(outcome(inconclusive, "fail"), ["fail", 98]);
  assert.deepEqual(outcome(inconclusive, "pass"), ["pass", 0]);
  assert.deepEqual(outcome({ ...inconclusive, phase: "stopped", exit_code: 105 }, "pass"), ["fail", 105]);
  assert.deepEqual(outcome(failed, "pass"), ["fail", 1]);
  assert.deepEqual(decide(failed, "fail").reasons, ["no worker came"]);
});

test("the example package writes a line for each run, once, whatever is repeated", async () => {
  using folder = temporaryFolder();
  const file = join(folder.path, "runs.txt");
  const config = { type: "module", module: "logburst-processor-example", options: { file } };
  const example = open(config, folder.path, EXAMPLE);
  const window = { length_s: 10, from_s: 0, to_s: 10, slices_expected: 1, slices_settled: 1, complete: true };
  await example.window?.(
    {
      id: "w",
      run: "run-1",
      at: "",
      window: { ...window, completed_per_s: 1, error_rate: 0 },
      thresholds: [],
    },
    signal(),
  );
  await example.end?.(ended, signal());
  await example.end?.(ended, signal());
  await example.end?.({ ...failed, id: "run-2.end", run: "run-2" }, signal());
  await example.close?.();
  const p99Ms = exampleReport.totals.service_ms.p99;
  assert.equal(
    readFileSync(file, "utf8"),
    `run-1 passed p99=${p99Ms} windows=1\nrun-2 no worker came p99=- windows=0\n`,
  );
});

test("a module that loops, hangs, throws or ends its process loses its thread at most, and the next call finds another", async () => {
  using folder = temporaryFolder();
  for (const [deed, why] of [
    ["loop", /too slow/],
    ["hang", /too slow/],
    ["exit", /its thread ended/],
    ["throw", /this is wrong/],
    ["later", undefined],
  ] as const) {
    const file = join(folder.path, deed);
    const options = { deed, file };
    const module = open({ type: "module", module: "misbehaving", options }, folder.path, MISBEHAVING);
    const abort = new AbortController();
    const call = Promise.resolve(module.end?.(ended, abort.signal));
    call.catch(() => undefined);
    // It has begun, and this process is as well as before.
    while (!readdirSync(folder.path).includes(deed)) await new Promise((resolve) => setTimeout(resolve, 5));
    if (deed === "loop" || deed === "hang") abort.abort(new Error("too slow"));
    if (why) await assert.rejects(call, why);
    else await call.catch(() => undefined);
    // One that nobody waits for may end the thread under the next call.
    if (deed !== "later") await module.end?.({ ...ended, id: "run-2.end" }, signal());
    else await eventually("another thread", () => module.end?.(ended, signal())?.then(() => true));
    assert.match(readFileSync(file, "utf8"), /^run-1.end\nrun-[12].end\n/, deed);
    await module.close?.();
  }
});

test("a config can load no code but what the settings name", () => {
  using folder = temporaryFolder();
  assert.throws(
    () => open({ type: "module", module: "logburst-processor-example" }, folder.path),
    /module "logburst-processor-example" is not allowed here/,
  );
  const path = join(FIXTURES, "processor-example", "index.mjs");
  for (const module of [
    path,
    pathToFileURL(path).href,
    "./index.mjs",
    "../a",
    "node:fs",
    "a/b/c",
    "data:,x",
    "A",
  ]) {
    const read = readConfig(JSON.stringify(documentOf({ processors: [{ type: "module", module }] })));
    assert.ok(!read.ok, module);
  }
  assert.throws(() => readModules("../here", "X"), /"..\/here" is not a module/);
  assert.deepEqual(
    [...readModules("@team/a, b=/c/d.mjs", "X")],
    [
      ["@team/a", "@team/a"],
      ["b", "file:///c/d.mjs"],
    ],
  );
});

test("what is wrong with processors is said in words, without what may be secret", () => {
  const problems = (processor: object) => {
    const read = readConfig(JSON.stringify(documentOf({ processors: [processor as never] })));
    assert.ok(!read.ok);
    return read.problems.map(({ path, message }) => `${path} ${message}`).join();
  };
  assert.match(problems({ type: "webhook" }), /spec.processors\[0\] has no url/);
  assert.match(problems({ type: "webhook", url: "ftp://s3cret" }), /url is not an http or https address/);
  assert.match(problems({ type: "webhook", url: "http://a:s3cret@b/" }), /carries a user name or password/);
  assert.match(problems({ type: "webhook", url: "http://a/", timeout: "1h" }), /timeout is out of bounds/);
  for (const processor of [
    { type: "webhook", url: 7, secret_from: "s3cret" },
    { type: "webhook", url: "http://a/", secret: "s3cret" },
    { type: "webhook", url_from: "http://a/s3cret" },
    { type: "webhook", url: "http://a:s3cret@b/", secret_from: { env: "s3cret s3cret" } },
  ])
    assert.doesNotMatch(problems(processor), /s3cret/);
});

test("the processors of every run stand in a file; what is wrong with it is said at the start", () => {
  using folder = temporaryFolder();
  const file = join(folder.path, "processors.yaml");
  const read = (text: string) => {
    writeFileSync(file, text);
    return readProcessorsFile(file);
  };
  assert.deepEqual(readProcessorsFile(undefined), []);
  assert.deepEqual(read("processors: [{type: gate}]"), [{ type: "gate", path: ".", inconclusive: "fail" }]);
  assert.throws(() => read("processors: [{type: webhook}]"), /processors\[0\]: has no url/);
  assert.throws(() => read("processors: [{type: nothing}]"), /processors\[0\].type/);
  assert.throws(
    () => read("processors: {s3cret: [}"),
    (error: Error) => !error.message.includes("s3cret"),
  );
  assert.throws(() => readProcessorsFile(join(folder.path, "none")), /LOGBURST_PROCESSORS_FILE/);
});

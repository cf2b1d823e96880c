/** Settings that change while a service runs: where they come from, whose word counts, and what becomes of bad ones. */

import assert from "node:assert/strict";
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setImmediate as settled } from "node:timers/promises";
import fc from "fast-check";
import { formatProblem } from "../../libs/protocol/config/problems.ts";
import { readEnvironment } from "../../libs/runtime/config.ts";
import { createLog } from "../../libs/runtime/log.ts";
import { createRegistry } from "../../libs/runtime/metrics.ts";
import { changesBetween, hashOf, inForce } from "../../libs/settings/in-force.ts";
import { readSettings } from "../../libs/settings/read.ts";
import { startSettings } from "../../libs/settings/settings.ts";
import { readText, watchFile } from "../../libs/settings/watch-file.ts";
import { temporaryFolder } from "../support/folders.ts";
import { manualClock } from "../support/manual-clock.ts";

const textOf = (spec: string) =>
  `apiVersion: benchmark.victorialogs.io/v1\nkind: ServiceSettings\nspec:\n${spec.replaceAll(/^/gm, "  ")}\n`;

test("a file has the last word, then what is set for all, then the environment; a worker's targets are not set by the bus", () => {
  const layers = {
    environment: { log_level: "info", targets: ["*"], slots: 4, max_in_flight: 10, api_rate: 50 },
    bucket: { targets: ["b"], slots: 8, max_in_flight: 20 },
    file: { max_in_flight: 30 },
  } as const;
  const mutable = structuredClone(layers) as unknown as Parameters<typeof inForce>[1];
  assert.deepEqual(inForce("worker", mutable), {
    settings: { log_level: "info", targets: ["*"], slots: 8, max_in_flight: 30 },
    sources: { log_level: "environment", targets: "environment", slots: "bucket", max_in_flight: "file" },
  });
  assert.deepEqual(inForce("coordinator", mutable).settings, {
    log_level: "info",
    targets: ["b"],
    api_rate: 50,
  });
  assert.deepEqual(inForce("aggregator", mutable).settings, { log_level: "info" });
});

test("equal settings have equal hashes in whatever order they are written, and what differs is told", () => {
  const a = { caps: { rate: 1, users: 2 }, slots: 3 };
  const b = { slots: 3, caps: { users: 2, rate: 1 } };
  assert.equal(hashOf(a), hashOf(b));
  assert.deepEqual(changesBetween(a, b), []);
  assert.notEqual(hashOf(a), hashOf({ ...a, slots: 4 }));
  assert.deepEqual(changesBetween(a, { caps: { rate: 1 }, api_rate: 5 }), [
    { key: "caps", from: { rate: 1, users: 2 }, to: { rate: 1 } },
    { key: "slots", from: 3 },
    { key: "api_rate", to: 5 },
  ]);
});

test("bad settings are refused as a whole, each problem with its line, its field and a remedy", () => {
  const cases: [string, RegExp][] = [
    ["targetz: [a]", /^f:4:3 spec\.targetz: is not a known key; did you mean targets\?$/],
    ["slots: 0", /^f:4:10 spec\.slots: 0 is too small; write at least 1$/],
    ["targets: [good, 'a b']", /^f:4:19 spec\.targets\[1\]: "a b" is not a rule; write one such as /],
    ["trusted_proxies: [300.1.1.1]", /^f:4:21 spec\.trusted_proxies\[0\]: "300\.1\.1\.1" is not a rule; /],
    [
      "caps:\n  duration: for ever",
      /^f:5:15 spec\.caps\.duration: "for ever" is not a duration; write seconds/,
    ],
    ["caps: {rat: 1}", /^f:4:10 spec\.caps\.rat: is not a known key; did you mean rate\?$/],
    ["log_level: loud", /^f:4:14 spec\.log_level: "loud" is not known; write one of trace, debug/],
    ["slots: [", /^f:\d+:\d+ \(YAML\): .*; correct the syntax$/],
  ];
  for (const [spec, shown] of cases) {
    const read = readSettings(textOf(`${spec}`));
    assert.ok(!read.ok, spec);
    assert.equal(read.problems.length, 1);
    assert.match(formatProblem(read.problems[0] as never, "f"), shown);
  }
  const good = readSettings(
    textOf("targets: ['*.logs.example', '10.0.0.0/8:9000-9999']\ncaps: {duration: 1h}"),
  );
  assert.ok(good.ok);
  assert.equal(good.settings.caps?.duration, 3_600_000);
});

test("no text whatever makes reading settings fail otherwise than by problems", () => {
  const good = textOf("targets: [a]\ncaps: {rate: 10, duration: 1h}\nslots: 4");
  const cut = fc.tuple(fc.nat(good.length), fc.nat(10), fc.string({ unit: "binary", maxLength: 8 }));
  fc.assert(
    fc.property(fc.oneof(fc.string(), cut), (drawn) => {
      const text =
        typeof drawn === "string"
          ? drawn
          : good.slice(0, drawn[0]) + drawn[2] + good.slice(drawn[0] + drawn[1]);
      const read = readSettings(text);
      if (!read.ok) assert.ok(read.problems.every(({ path, message, remedy }) => path && message && remedy));
    }),
    { numRuns: 300 },
  );
});

/** A watched file whose text is given by hand, and what was told of it. */
function watched(first: string) {
  const clock = manualClock();
  const told: string[] = [];
  let text: string | undefined = first;
  const ears = { changed: (now: string) => told.push(now), gone: () => told.push("gone") };
  const read = async () => text ?? Promise.reject(new Error("ENOENT"));
  const watch = watchFile("f", first, clock, ears, read);
  return {
    told,
    watch,
    async says(next: string | undefined, times = 1) {
      text = next;
      for (let at = 0; at < times; at++) {
        clock.advance(500);
        await settled();
      }
    },
  };
}

test("what a file says counts when it was read twice; a file that is half written, or away for a moment, does not", async () => {
  const { told, says, watch } = watched("a");
  await says("a", 3);
  await says("half of ");
  await says("half of b");
  assert.deepEqual(told, []);
  await says("half of b", 3);
  assert.deepEqual(told, ["half of b"]);
  await says(undefined, 3);
  assert.deepEqual(told, ["half of b", "gone"]);
  await says("half of b", 2);
  await says("c");
  await says(undefined);
  await says("c", 2);
  assert.deepEqual(told, ["half of b", "gone", "gone", "c"]);
  watch.close();
  await says("d", 3);
  assert.deepEqual(told.at(-1), "c");
});

test("a ConfigMap's file is read anew when its folder is swapped, and so is one that an editor replaces", async () => {
  using folder = temporaryFolder();
  const path = (...parts: string[]) => join(folder.path, ...parts);
  const mount = (version: string, text: string) => {
    mkdirSync(path(version));
    writeFileSync(path(version, "settings.yaml"), text);
    symlinkSync(version, path("..data_tmp"));
    renameSync(path("..data_tmp"), path("..data"));
  };
  mount("..1", "one");
  symlinkSync(join("..data", "settings.yaml"), path("settings.yaml"));
  const clock = manualClock();
  const told: string[] = [];
  const ears = { changed: (text: string) => told.push(text), gone: (why: string) => told.push(why) };
  let reads = 0;
  const watch = watchFile(
    path("settings.yaml"),
    await readText(path("settings.yaml")),
    clock,
    ears,
    async (file) => {
      const text = await readText(file);
      reads++;
      return text;
    },
  );
  const twice = async () => {
    for (let at = 0; at < 3; at++) {
      const before = reads;
      clock.advance(500);
      while (reads === before) await settled();
      await settled();
    }
  };
  mount("..2", "two");
  rmSync(path("..1"), { recursive: true });
  await twice();
  assert.deepEqual(told, ["two"]);
  writeFileSync(path("new"), "three");
  renameSync(path("new"), path("settings.yaml"));
  await twice();
  writeFileSync(path("settings.yaml"), "four");
  await twice();
  assert.deepEqual(told, ["two", "three", "four"]);
  watch.close();
});

/** A worker's settings over a file that is written by hand. */
async function startedWith(first: string) {
  const clock = manualClock();
  const registry = createRegistry("worker");
  let text = first;
  const settings = await startSettings({
    ...{ service: "worker", node: "w1", clock, registry },
    log: createLog("worker", "w1", "silent"),
    environment: { ...readEnvironment({}), LOGBURST_SETTINGS: "f", LOGBURST_SLOTS: 2 },
    read: async () => text,
  });
  return {
    settings,
    refused: async () =>
      (await registry.metrics()).match(/^logburst_settings_refused_total\{.*\} (\d+)$/m)?.[1],
    async says(next: string) {
      text = next;
      for (let at = 0; at < 3; at++) {
        clock.advance(500);
        await settled();
      }
    },
  };
}

test("what is good is in force from then on, what is bad is refused and the old kept, and each version has its number", async () => {
  const { settings, says, refused } = await startedWith(textOf("slots: 3"));
  const seen: (number | undefined)[] = [];
  settings.apply(({ slots }) => seen.push(slots));
  assert.deepEqual([settings.state().version, settings.current().slots], [0, 3]);
  const { hash } = settings.state();

  await says(textOf("slots: 5"));
  assert.equal(settings.state().version, 1);
  assert.notEqual(settings.state().hash, hash);
  await says(textOf("slots: 9\nmax_in_flight: none"));
  assert.deepEqual([settings.state().version, settings.current().slots, await refused()], [1, 5, "1"]);
  assert.match(
    formatProblem(settings.state().refused[0]?.problems[0] as never, "f"),
    /^f:5:\d+ spec\.max_in_flight: /,
  );
  await says(textOf("slots: 3"));
  assert.deepEqual(
    [settings.state().version, settings.state().hash, settings.state().refused],
    [2, hash, []],
  );
  await says(textOf("log_level: silent"));
  assert.deepEqual(settings.state().sources, {
    log_level: "file",
    slots: "environment",
    max_in_flight: "environment",
  });
  assert.deepEqual(seen, [3, 5, 3, 2]);
  settings.close();
});

test("a service does not start with a file that is bad or not there: it has nothing else to go on with", async () => {
  await assert.rejects(startedWith(textOf("slots: many")), (error: Error & { remedies?: string[] }) => {
    assert.match(error.message, /settings' file f has 1 problem/);
    return /^f:4:10 spec\.slots: "many" is not a number/.test(error.remedies?.[0] ?? "");
  });
  await assert.rejects(readText("/no/such/file"), /ENOENT/);
});

/** The library on a real bucket: what is put there, at which revision, by whom or by which file; and schedules that start things. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Bucket, Bus } from "../../libs/bus/bus.ts";
import { connectBus } from "../../libs/bus/connect.ts";
import { ConfigProblems } from "../../libs/protocol/config/problems.ts";
import { LIBRARY_LIMITS } from "../../libs/protocol/library/documents.ts";
import type { Execution } from "../../libs/protocol/library/execution.ts";
import { createLog } from "../../libs/runtime/log.ts";
import { newSealKey } from "../../libs/runtime/seal.ts";
import { loadFiles } from "../../services/coordinator/library/folder.ts";
import {
  allEntries,
  createLibrary,
  entryNamed,
  shownEntry,
} from "../../services/coordinator/library/store.ts";
import type { StartOfExecution } from "../../services/coordinator/plans/executions.ts";
import { createSchedules, executionId, statusOf } from "../../services/coordinator/plans/schedules.ts";
import { documentOf } from "../support/configs.ts";
import { eventually } from "../support/eventually.ts";
import { manualClock } from "../support/manual-clock.ts";
import { type NatsServer, startNats } from "../support/servers.ts";

const MINUTE = 60_000;
const log = createLog("coordinator", "test", "silent");
const clock = manualClock(Date.UTC(2026, 0, 1));
const api = { by: "olga", source: "api" } as const;
const head = { apiVersion: "benchmark.victorialogs.io/v1" };

let nats: NatsServer;
let bus: Bus;
let library: Bucket;
let store: ReturnType<typeof createLibrary>;

before(async () => {
  nats = await startNats();
  bus = await connectBus({ url: nats.url, prefix: "lb", name: "test", waitForServer: false });
  await bus.provision(1);
  library = await bus.libraryBucket();
  store = createLibrary({ library, clock, sealKey: newSealKey(), requireLease: () => undefined });
});
after(async () => {
  await bus.close();
  await nats[Symbol.asyncDispose]();
});

const scenario = (name: string, spec: object = {}) =>
  JSON.stringify({ ...documentOf(spec), metadata: { name } });
const suite = (name: string, ...scenarios: string[]) =>
  JSON.stringify({
    ...head,
    kind: "Suite",
    metadata: { name },
    spec: { scenarios: scenarios.map((each) => ({ scenario: each })) },
  });
const schedule = (name: string, spec: object = {}) =>
  JSON.stringify({
    ...head,
    kind: "Schedule",
    metadata: { name },
    spec: { cron: "* * * * *", scenario: "one", grace: "3m", ...spec },
  });

test("an entry changes only at the revision that was seen, and an equal one stays as it is", async () => {
  const first = await store.put(scenario("one"), { ...api, revision: 0 });
  assert.equal((await store.put(scenario("one"), api)).revision, first.revision);
  const changed = await store.put(scenario("one", { seed: 2 }), { ...api, revision: first.revision });
  assert.ok(changed.revision > first.revision);
  for (const revision of [0, first.revision]) {
    await assert.rejects(store.put(scenario("one"), { ...api, revision }), { code: "outdated" });
    await assert.rejects(store.remove("scenario", "one", { ...api, revision }), { code: "outdated" });
  }
  const shown = shownEntry(await entryNamed(library, "scenario", "one"));
  assert.deepEqual([shown.revision, shown.changed_by, shown.source], [changed.revision, "olga", "api"]);
});

test("what names something that is not there is refused, and what is named cannot be deleted", async () => {
  await assert.rejects(store.put(suite("s", "one", "none"), api), (error) => {
    assert.ok(error instanceof ConfigProblems);
    assert.deepEqual(
      error.problems.map(({ path, message }) => [path, message]),
      [["spec.scenarios[1].scenario", "there is no scenario none in the library"]],
    );
    return true;
  });
  await store.put(suite("s", "one"), api);
  await assert.rejects(store.remove("scenario", "one", api), /scenario one is used by suite s/);
  await store.remove("suite", "s", api);
  await assert.rejects(entryNamed(library, "suite", "s"), { code: "not_found" });
  const again = await store.put(suite("s", "one"), { ...api, revision: 0 });
  assert.ok(again.revision > 0);
  await store.remove("suite", "s", api);
});

test("what was deleted takes no room in the library, however much of it there was", async () => {
  const names = Array.from({ length: LIBRARY_LIMITS.entries }, (_, at) => `scenario.gone-${at}`);
  await Promise.all(names.map((name) => library.put(name, {})));
  await Promise.all(names.map((name) => library.delete(name)));
  const known = await store.put(scenario("late"), api);
  await store.remove("scenario", "late", { ...api, revision: known.revision });
});

test("a secret that stands in a scenario is sealed before it is stored, and hidden where it is shown", async () => {
  const target = { url: "http://localhost:1", auth: { type: "bearer", token: "s3cret-in-a-scenario" } };
  const known = await store.put(scenario("sealed", { target }), api);
  for (const value of [known.stored, shownEntry(known)])
    assert.ok(!JSON.stringify(value).includes("s3cret-in-a-scenario"));
  assert.match(JSON.stringify(shownEntry(known)), /\(hidden\)/);
});

test("files of a folder come and go with it; a bad one harms no other, and nobody else changes them", async () => {
  const file = (name: string, text: string) => ({ file: name, text });
  const [filed, bad, group] = [
    file("a.yaml", scenario("filed")),
    file("b.yaml", "kind: Cake"),
    file("c.yaml", suite("group", "filed")),
  ];
  await loadFiles([group, bad, filed], store, library, log);
  const brought = async () =>
    (await allEntries(library)).filter(({ stored }) => stored.source === "file").map(({ item }) => item.name);
  assert.deepEqual(await brought(), ["filed", "group"]);
  const { revision } = await entryNamed(library, "scenario", "filed");
  await assert.rejects(store.put(scenario("filed", { seed: 7 }), api), { code: "conflict" });
  await assert.rejects(store.remove("suite", "group", api), /comes from a file/);
  await loadFiles([group, filed], store, library, log);
  assert.equal((await entryNamed(library, "scenario", "filed")).revision, revision, "nothing has changed");
  await loadFiles([filed, bad], store, library, log);
  assert.deepEqual(await brought(), ["filed", "group"], "with a bad file nobody knows what it was to bring");
  await loadFiles([], store, library, log);
  assert.deepEqual(await brought(), []);
});

/** A leader that keeps schedules; what it starts is noted. */
async function leadSchedules(started: StartOfExecution[], isLive: (id: string) => boolean = () => false) {
  let isLed = true;
  let dies = false;
  const schedules = await createSchedules({
    ...{ library, clock, log, isLive },
    holds: () => isLed,
    async start(asked) {
      if (dies) throw new Error("the leader is dead");
      if (!started.some(({ id }) => id === asked.id)) started.push(asked);
      return {} as Execution;
    },
  });
  return {
    ...schedules,
    /** From now on it decides, and makes nothing more. */
    die: () => {
      dies = true;
    },
    depose: () => {
      isLed = false;
    },
  };
}

async function firesOf(name: string) {
  return (await statusOf(library, await entryNamed(library, "schedule", name), clock.nowMs())).fires;
}

const outcomes = async (name: string) => (await firesOf(name)).map(({ outcome }) => outcome);

test("a start is made once: also where its leader dies between deciding and making it, or another looks too", async () => {
  await store.put(schedule("every-minute"), api);
  const started: StartOfExecution[] = [];
  const first = await leadSchedules(started);
  const other = await leadSchedules(started);
  const look = () => [first, other].forEach((leader) => void leader.check());
  clock.advance(MINUTE);
  await eventually("the start", async () => {
    look();
    return (await firesOf("every-minute")).length === 1;
  });
  assert.equal(started.length, 1);
  const [start] = started;
  const fireMs = clock.nowMs();
  assert.deepEqual(
    [start?.id, start?.schedule, start?.fireMs, start?.by, start?.kind, start?.name],
    [executionId("every-minute", fireMs), "every-minute", fireMs, "olga", "scenario", "one"],
  );
  other.depose();
  first.die();
  clock.advance(MINUTE);
  const pending = async () =>
    JSON.stringify((await library.get("fired.every-minute"))?.value).includes("pending");
  await eventually("the decision", async () => {
    first.check();
    return pending();
  });
  first.depose();
  clock.advance(2 * MINUTE);
  const next = await leadSchedules(started);
  await eventually("the starts of the time without a leader", async () => {
    next.check();
    return (await firesOf("every-minute")).length === 4;
  });
  assert.deepEqual(await outcomes("every-minute"), ["started", "started", "missed", "started"]);
  assert.deepEqual(
    started.map(({ fireMs: atMs = 0 }) => (atMs - fireMs) / MINUTE),
    [0, 1, 3],
  );
  next.depose();
  await store.remove("schedule", "every-minute", api);
});

test("a start is skipped while the one before runs, missed where it is too late, and not made while it is paused", async () => {
  const known = await store.put(schedule("busy"), api);
  const started: StartOfExecution[] = [];
  let isBusy = true;
  const leader = await leadSchedules(started, () => isBusy);
  const after = async (minutes: number, fires: number) => {
    clock.advance(minutes * MINUTE);
    await eventually(`${fires} starts`, async () => {
      leader.check();
      return (await firesOf("busy")).length >= fires;
    });
    return outcomes("busy");
  };
  assert.deepEqual(await after(1, 1), ["started"]);
  assert.deepEqual(await after(1, 2), ["started", "skipped"]);
  isBusy = false;
  const paused = await store.pause(known, true, "anna");
  leader.learn(paused);
  clock.advance(10 * MINUTE);
  leader.check();
  const status = await statusOf(library, paused, clock.nowMs());
  assert.deepEqual([status.paused, status.next_ms, status.fires.length], [true, undefined, 2]);
  leader.learn(await store.pause(paused, false, "anna"));
  assert.deepEqual(
    await after(1, 3),
    ["started", "skipped", "started"],
    "what was paused is not made up for",
  );
  clock.freeze(6 * MINUTE + 30_000);
  assert.deepEqual((await after(0, 9)).slice(3), [
    "missed",
    "missed",
    "missed",
    "missed",
    "missed",
    "started",
  ]);
  assert.equal(started.length, 3);
  assert.deepEqual(new Set(started.map(({ by }) => by)), new Set(["olga"]), "it stays its author's");
});

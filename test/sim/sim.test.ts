/** The services under a simulated network, with seeded faults: a thousand histories, each checked after every event. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { outdatedMutations, tryMutation, withCopy } from "./breakage.ts";
import { runHistory } from "./history.ts";
import { MUTATIONS } from "./mutations.ts";
import { playOnThreads } from "./pool.ts";
import { REGRESSIONS } from "./regressions.ts";
import { scenarioOf } from "./scenario.ts";

/** What is broken is seen long before that. */
const MUTANT_HISTORIES = 1000;
const HISTORIES = 1000;
const PAIRED_HISTORIES = 100;
const THREADS = 2;

test("a seed says everything about a history: played twice it goes the same way, event by event", async () => {
  const fingerprints = new Set<string>();
  for (let seed = 1; seed <= 20; seed++) {
    const once = await runHistory(scenarioOf(seed));
    const again = await runHistory(scenarioOf(seed));
    assert.equal(again.fingerprint, once.fingerprint, `seed ${seed}`);
    assert.equal(again.events, once.events);
    assert.deepEqual(again.figures, once.figures);
    fingerprints.add(once.fingerprint);
  }
  assert.equal(fingerprints.size, 20, "and other seeds go other ways");
});

test("in a thousand histories with faults no invariant is broken", async () => {
  const summary = await playOnThreads(1, HISTORIES, THREADS);
  const told = summary.failures.map(({ seed, violations }) => `seed ${seed}: ${JSON.stringify(violations)}`);
  assert.deepEqual(told, [], "play one again: npm run sim -- --seeds 1 --first-seed SEED");
  assert.equal(summary.histories, HISTORIES);
  assert.ok(summary.clean > 50, "some histories have no faults, and are perfect");
  for (const kind of ["crash", "leave", "freeze", "partition", "reset", "broker", "mood", "stop"] as const)
    assert.ok((summary.faults[kind] ?? 0) > 50, `${kind} happens`);
  const {
    completed,
    stopped,
    aborted,
    failed,
    series,
    sent,
    missed,
    lost,
    superseded,
    untoldByDead,
    changes,
  } = summary.figures;
  assert.ok(completed > HISTORIES / 2 && stopped > 0 && aborted > 0 && failed > 0, "runs end in every way");
  assert.ok(series > 0, "series make all their runs");
  for (const [what, count] of Object.entries({ sent, missed, lost, superseded, untoldByDead, changes }))
    assert.ok(count > 0, `some queries are ${what}`);
});

test("in histories of runs on two targets no invariant is broken either", async () => {
  const summary = await playOnThreads(1, PAIRED_HISTORIES, THREADS, undefined, { paired: true });
  const told = summary.failures.map(({ seed, violations }) => `seed ${seed}: ${JSON.stringify(violations)}`);
  assert.deepEqual(told, [], "play one again: npm run sim -- --paired --seeds 1 --first-seed SEED");
  assert.ok(summary.figures.completed > PAIRED_HISTORIES / 2);
});

for (const { seed, options, was } of REGRESSIONS) {
  test(`seed ${seed} stays mended: ${was}`, async () => {
    const { violations } = await runHistory(scenarioOf(seed, options));
    assert.deepEqual(violations, []);
  });
}

test("every way to break the code on purpose still finds its place in it", () => {
  assert.deepEqual(outdatedMutations(), []);
});

test("code that is broken on purpose is found out", async () => {
  await withCopy((folder) => {
    const quick = MUTATIONS.filter(({ isQuick }) => isQuick);
    assert.ok(quick.length >= 3);
    for (const mutation of quick) {
      const { seen } = tryMutation(folder, mutation, MUTANT_HISTORIES);
      assert.ok(seen && mutation.breaks.includes(seen), `${mutation.name}: ${seen ?? "nothing"} was seen`);
    }
  });
});

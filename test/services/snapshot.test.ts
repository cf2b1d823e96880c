/** Snapshots of the fold: wherever it is cut, what was written down and the rest of the logs give the report of the whole. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { reportOf } from "../../libs/fold/report.ts";
import { type RunFold, RunFoldSnapshot } from "../../libs/fold/run-fold.ts";
import { below, randomFor } from "../../libs/load/random.ts";
import { parseObject } from "../../libs/protocol/door.ts";
import { anySeed, config, queriesOf } from "../support/configs.ts";
import { anyLoggedRun, foldPart, type LoggedRun, newFold } from "../support/logs.ts";

/** The report as it is stored: equal texts are equal reports. */
const textOf = (fold: RunFold) =>
  JSON.stringify(reportOf(fold, { shownConfig: {}, warnings: [], versions: {} }));

/** Writes a fold down and goes on from what was written. */
function reborn(run: LoggedRun, fold: RunFold): RunFold {
  const parsed = parseObject(RunFoldSnapshot, JSON.parse(JSON.stringify(fold.toSnapshot())));
  assert.ok(parsed.ok, JSON.stringify(parsed));
  return newFold(run, { snapshot: parsed.value });
}

function wholeFold(run: LoggedRun): RunFold {
  const fold = newFold(run);
  foldPart(run, fold, [0, run.entries.length], [0, run.events.length]);
  return fold;
}

test("a fold that dies after every single entry tells the same in the end", () => {
  fc.assert(
    fc.property(anyLoggedRun, anySeed, (run, seed) => {
      const random = randomFor(seed, 5);
      let fold = newFold(run);
      let entries = 0;
      let events = 0;
      // The two logs come in at any pace beside each other.
      while (entries < run.entries.length || events < run.events.length) {
        const isEntry =
          events === run.events.length || (entries < run.entries.length && below(random, 4) > 0);
        if (isEntry) foldPart(run, fold, [entries, ++entries], [0, 0]);
        else foldPart(run, fold, [0, 0], [events, ++events]);
        fold = reborn(run, fold);
      }
      assert.equal(textOf(fold), textOf(wholeFold(run)));
    }),
    { numRuns: 30 },
  );
});

test("a fold that dies once, anywhere, and reads some of the logs twice tells the same in the end", () => {
  fc.assert(
    fc.property(anyLoggedRun, fc.nat(), fc.nat(), fc.nat(20), (run, cut, eventCut, again) => {
      const entries = cut % (run.entries.length + 1);
      const events = eventCut % (run.events.length + 1);
      const before = newFold(run);
      foldPart(run, before, [0, entries], [0, events]);
      const after = reborn(run, before);
      foldPart(run, after, [Math.max(0, entries - again), run.entries.length], [0, run.events.length]);
      assert.equal(textOf(after), textOf(wholeFold(run)));
      assert.equal(after.isComplete(), true);
    }),
  );
});

test("a snapshot of another plan is refused", () => {
  const workload = { model: "count" as const, total_queries: 40, total_concurrent_users: 2, lanes: 2 };
  const run = { seed: 1, entries: [], events: [] };
  const two = { ...run, config: config({ workload, queries: queriesOf(1) }) } as unknown as LoggedRun;
  const three = { ...run, config: config({ workload, queries: queriesOf(1, 1, 1) }) } as unknown as LoggedRun;
  const snapshot = newFold(two).toSnapshot();
  assert.throws(() => newFold(three, { snapshot }), /another plan/);
});

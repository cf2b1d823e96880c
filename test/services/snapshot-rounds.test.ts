/** When an aggregator writes snapshots: one at a time, at a pace that leaves it its work, and of live runs alone. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import type { LiveRun } from "../../services/aggregator/live-runs.ts";
import {
  SNAPSHOT_CHARS_PER_MS,
  SNAPSHOT_INTERVAL_MS,
  startSnapshotRounds,
} from "../../services/aggregator/snapshot-rounds.ts";
import { manualClock } from "../support/manual-clock.ts";

/** A stage with runs; a write is on its way until the test says that it is stored, with its length. */
function stageOfTest(ids: string[]) {
  const clock = manualClock(0);
  const written: string[] = [];
  const waiting: ((chars: number) => void)[] = [];
  let results = 0;
  let live = ids.map((id) => ({ fold: { id }, record: { revision: 1 } }) as unknown as LiveRun);
  const save = (fold: LiveRun["fold"], _revision: number, places: { results: number }) => {
    written.push(`${fold.id} at ${places.results}`);
    return new Promise<number>((resolve) => waiting.push(resolve));
  };
  const places = () => ({ results, events: 0 });
  const rounds = startSnapshotRounds(clock, { save }, () => live, places);
  return {
    ...{ rounds, written },
    async pass(ms: number) {
      clock.advance(ms);
      await setImmediate();
    },
    async store(chars = 1) {
      waiting.shift()?.(chars);
      await setImmediate();
    },
    hear: () => results++,
    end(id: string) {
      live = live.filter(({ fold }) => fold.id !== id);
    },
  };
}

test("one run's snapshot is written after the other's, each as far as the logs are folded by then", async () => {
  const { written, pass, store, hear } = stageOfTest(["a", "b"]);
  await pass(SNAPSHOT_INTERVAL_MS - 1);
  assert.deepEqual(written, []);
  await pass(1);
  hear();
  await pass(SNAPSHOT_INTERVAL_MS);
  assert.deepEqual(written, ["a at 0"], "no second round begins beside the first");
  await store();
  assert.deepEqual(written, ["a at 0", "b at 1"]);
  await store();
  await pass(SNAPSHOT_INTERVAL_MS);
  assert.deepEqual(written.slice(2), ["a at 1"]);
});

test("behind a long snapshot there is a pause as long as it is", async () => {
  const { written, pass, store } = stageOfTest(["a", "b"]);
  await pass(SNAPSHOT_INTERVAL_MS);
  await store(SNAPSHOT_CHARS_PER_MS * 5000);
  await pass(4999);
  assert.equal(written.length, 1);
  await pass(1);
  assert.equal(written.length, 2);
});

test("of a run that ended before its turn nothing is written, and nothing behind a stop", async () => {
  const { rounds, written, pass, store, end } = stageOfTest(["a", "b", "c"]);
  await pass(SNAPSHOT_INTERVAL_MS);
  end("b");
  await store();
  assert.deepEqual(written, ["a at 0", "c at 0"]);
  await store();
  await pass(SNAPSHOT_INTERVAL_MS);
  rounds.stop();
  await store();
  await pass(SNAPSHOT_INTERVAL_MS * 2);
  assert.deepEqual(written.slice(2), ["a at 0"]);
});

/** The runs that an aggregator holds: fed in order, and let go of when they are over. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Bucket, Objects } from "../../libs/bus/bus.ts";
import { RunEvent } from "../../libs/protocol/run.ts";
import { systemClock } from "../../libs/runtime/clock.ts";
import { createLog } from "../../libs/runtime/log.ts";
import { createLiveRuns, type LiveRun, type RunMessage } from "../../services/aggregator/live-runs.ts";
import { createSnapshots } from "../../services/aggregator/snapshots.ts";
import { documentOf } from "../support/configs.ts";
import { eventually } from "../support/eventually.ts";

const RECORD = {
  ...{ v: 1, name: "test", model: "closed", phase: "running", epoch: 1, revision: 1, seed: 1 },
  ...{ schedule_hash: "", created_ms: 0, slots_needed: 1 },
};

/** Live runs over a bucket that has every run; it cannot be reached the first few times. */
function liveRuns(failures = 0) {
  const refused: string[] = [];
  const folded: RunMessage[] = [];
  let caughtUp = 0;
  let left = failures;
  const bucket = {
    get(key: string) {
      if (left-- > 0) throw new Error("the bucket cannot be reached");
      const [kind, id = ""] = key.split(".");
      return { value: kind === "run" ? { ...RECORD, id } : documentOf(), revision: 1 };
    },
  } as unknown as Bucket;
  const objects = { get: () => undefined, delete: async () => undefined } as unknown as Objects;
  const log = createLog("aggregator", "test", "silent");
  const runs = createLiveRuns({
    ...{ runs: bucket, reports: objects, snapshots: createSnapshots(objects, log), log },
    clock: { ...systemClock, after: (_ms, work) => systemClock.after(1, work) },
    onOpen: async () => undefined,
    onMessage: (_run, message) => folded.push(message),
    onCaughtUp: () => caughtUp++,
    onReported: () => undefined,
    onRefused: (run, why) => refused.push(`${run}: ${why}`),
  });
  return { runs, folded, refused, caughtUp: () => caughtUp };
}

const accepted = (run: string, seq: number): RunMessage => {
  const event = RunEvent.parse({ v: 1, run, at_ms: 0, epoch: 1, type: "accepted", name: "test" });
  return { kind: "event", event, seq };
};

test("messages wait for their run to be read, also while the bucket cannot be reached, and come in order", async () => {
  const { runs, folded, refused, caughtUp } = liveRuns(3);
  for (let seq = 1; seq <= 5; seq++) runs.push("a", accepted("a", seq));
  await eventually("the run to be read", () => runs.all().length === 1);
  assert.deepEqual([folded.map(({ seq }) => seq), refused, caughtUp()], [[1, 2, 3, 4, 5], [], 1]);
  runs.push("a", accepted("a", 6));
  assert.equal(folded.at(-1)?.seq, 6);
});

test("what is no message opens no run", () => {
  const { runs } = liveRuns();
  runs.push("b", { kind: "unreadable", why: "schema", seq: 1 });
  assert.equal(runs.isIgnored("b"), false);
  assert.equal(runs.all().length, 0);
});

test("a finished run is let go: nothing of it is kept but that it is over", async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const { runs, folded } = liveRuns();
  const kept: WeakRef<LiveRun>[] = [];
  // In a function of its own, whose variables are gone when it is over.
  async function finishOne(id: string): Promise<void> {
    await runs.open(id);
    runs.push(id, accepted(id, 1));
    kept.push(...runs.all().map((run) => new WeakRef(run)));
    runs.close(id);
    assert.equal(runs.isIgnored(id), true);
  }
  for (let index = 0; index < 20; index++) await finishOne(`run-${index}`);
  folded.length = 0;
  assert.equal(kept.length, 20);
  await eventually("the runs to be collected", () => {
    collect();
    return kept.every((run) => run.deref() === undefined);
  });
  runs.push("run-3", accepted("run-3", 99));
  assert.deepEqual(folded, [], "what comes late is nobody's affair");
});

/** A run as a coordinator would have accepted it, whose logs the test writes: for aggregators on a real NATS server. */

import assert from "node:assert/strict";
import type { Bus } from "../../libs/bus/bus.ts";
import { contextOf } from "../../libs/fold/context.ts";
import { reportOf } from "../../libs/fold/report.ts";
import { createRunFold } from "../../libs/fold/run-fold.ts";
import { randomFor } from "../../libs/load/random.ts";
import type { ConfigDocument } from "../../libs/protocol/config/schema.ts";
import type { Result } from "../../libs/protocol/result.ts";
import { RunEvent, RunRecord, runKey, specKey } from "../../libs/protocol/run.ts";
import { config, documentOf, queriesOf } from "./configs.ts";
import { randomRan, slicesOf } from "./results.ts";

const SPEC = {
  workload: { model: "count" as const, total_queries: 200, total_concurrent_users: 4, lanes: 4 },
  queries: queriesOf(3, 1),
};

/** @param more of its spec */
export async function acceptLogged(bus: Bus, id: string, more: Partial<ConfigDocument["spec"]> = {}) {
  const spec = { ...SPEC, ...more };
  const bucket = await bus.runsBucket();
  const record: RunRecord = RunRecord.parse({
    ...{ v: 1, id, name: "test", model: "count", phase: "running", epoch: 1, revision: 1, seed: 1 },
    ...{ schedule_hash: "", created_ms: 0, slots_needed: 4, allowed: { rules: ["*"], local: true } },
  });
  const fold = createRunFold(id, config(spec), 1);
  await bucket.put(specKey(id, 1), documentOf(spec));
  await bucket.put(runKey(id), record);
  let messages = 0;
  const options = () => ({ id: `${id}.${++messages}`, tries: 1 });

  async function result(of: Result): Promise<void> {
    const appended = await bus.append(bus.names.subjects.result(id, of.lane), of, options());
    assert.ok(appended.kind === "stored");
    fold.addEntry(of, appended.seq);
  }

  async function tell(body: object): Promise<void> {
    const event = RunEvent.parse({ v: 1, run: id, at_ms: 1000, epoch: 1, ...body });
    const appended = await bus.append(bus.names.subjects.event(id, event.type), event, options());
    assert.ok(appended.kind === "stored");
    fold.addEvent(event, appended.seq);
  }

  await tell({ type: "accepted", name: "test" });
  return {
    id,
    record,
    results: slicesOf(fold.plan).map((slice, index): Result => {
      return { ...randomRan(fold.plan, slice, randomFor(index, 1)), run: id };
    }),
    result,
    tell,
    async drain() {
      const end = { v: 1, kind: "end", run: id, lane: 0, epoch: 1, node: "coordinator" } as const;
      const appended = await bus.append(bus.names.subjects.result(id, 0), end, options());
      assert.ok(appended.kind === "stored");
      fold.addEntry(end, appended.seq);
      await tell({
        type: "drained",
        slices_published: Array.from({ length: fold.plan.lanes }, (_, lane) => fold.ledger.frontier(lane)),
        ...{ stopped: false, run_ms: 5000 },
      });
    },
    /** What the report must be, as it is stored. */
    expected: () => JSON.stringify(reportOf(fold, contextOf(documentOf(spec), [], bus.serverVersion))),
    finish: () => bucket.put(runKey(id), { ...record, phase: "completed" }),
  };
}

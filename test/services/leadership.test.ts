/** A leader that loses its lease in the middle of accepting a run, on a real NATS server. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Bucket, Bus } from "../../libs/bus/bus.ts";
import { connectBus } from "../../libs/bus/connect.ts";
import { parseObject } from "../../libs/protocol/door.ts";
import { LogburstError } from "../../libs/protocol/errors.ts";
import { RunRecord, runKey } from "../../libs/protocol/run.ts";
import { systemClock } from "../../libs/runtime/clock.ts";
import { createLog } from "../../libs/runtime/log.ts";
import { createRegistry } from "../../libs/runtime/metrics.ts";
import { type Leadership, lead } from "../../services/coordinator/leadership.ts";
import { createCoordinatorMetrics } from "../../services/coordinator/metrics.ts";
import { createNodeManager } from "../../services/coordinator/nodes/node-manager.ts";
import { documentOf } from "../support/configs.ts";
import { NO_LIMITS } from "../support/limits.ts";
import { type NatsServer, startNats } from "../support/servers.ts";

const CONFIG = JSON.stringify(documentOf({ workload: { model: "open", target_qps: 5, duration: 2 } }));

const SOMEBODY = {
  via: "NATS",
  authorization: undefined,
  address: undefined,
  name: "somebody",
  role: "admin",
} as const;
const FIGURES = { activeNodes: () => 0, nodeStatuses: () => [], isLeader: () => true, phases: () => [] };

let nats: NatsServer;
let bus: Bus;
let runs: Bucket;

before(async () => {
  nats = await startNats();
  bus = await connectBus({ url: nats.url, prefix: "lb", name: "test", waitForServer: false });
  await bus.provision(1);
  runs = await bus.runsBucket();
});
after(async () => {
  await bus.close();
  await nats[Symbol.asyncDispose]();
});

/** Leads under an epoch; with the next run that is stored the lease is lost. */
async function leadUntilStored(epoch: number, stored: (record: RunRecord, revision: number) => unknown) {
  let isLed = true;
  const bucket: Bucket = {
    ...runs,
    async create(key, value) {
      const revision = await runs.create(key, value);
      if (!key.startsWith(runKey(""))) return revision;
      isLed = false;
      await stored(RunRecord.parse(value), revision ?? 0);
      return revision;
    },
  };
  const nobody = { joined: () => undefined, lost: () => undefined };
  const leadership = await lead(
    {
      ...{
        bus,
        node: "coordinator-1",
        runs: bucket,
        library: await bus.libraryBucket(),
        libraryFiles: () => [],
        reports: await bus.reportObjects(),
        clock: systemClock,
        sealKey: undefined,
        random: Math.random,
        ...NO_LIMITS,
        killSwitch: { killed: () => undefined },
      },
      nodes: createNodeManager(systemClock, nobody),
      log: createLog("coordinator", "test", "silent"),
      metrics: createCoordinatorMetrics(createRegistry("coordinator"), systemClock.nowMs, FIGURES),
    },
    { epoch, lost: new Promise(() => undefined), holds: () => isLed, release: async () => undefined },
  );
  return Object.assign(leadership, { [Symbol.asyncDispose]: () => leadership.close() }) satisfies Leadership;
}

async function recordOf(id: string): Promise<RunRecord> {
  const record = parseObject(RunRecord, (await runs.get(runKey(id)))?.value);
  assert.ok(record.ok);
  return record.value;
}

test("a run that was stored when its leader led no more is refused, and never begins", async () => {
  let id = "";
  await using leadership = await leadUntilStored(1, (record) => {
    id = record.id;
  });
  await assert.rejects(
    leadership.verbs["run.create"]({ config: CONFIG, start: true }, SOMEBODY),
    (error) => error instanceof LogburstError && error.code === "no_leader",
  );
  assert.equal((await recordOf(id)).phase, "failed");
});

test("where the next leader has found it by then, it is accepted", async () => {
  await using leadership = await leadUntilStored(2, (record, revision) =>
    runs.update(runKey(record.id), { ...record, epoch: 3, phase: "mustering" }, revision),
  );
  const { id } = await leadership.verbs["run.create"]({ config: CONFIG, start: true }, SOMEBODY);
  assert.equal((await recordOf(id)).phase, "mustering");
});

test("one that was refused so is accepted under the same id when it is asked for again with its key", async () => {
  const request = { config: CONFIG, start: true, idempotency_key: "nightly" };
  let id = "";
  {
    await using deposed = await leadUntilStored(4, (record) => {
      id = record.id;
    });
    await assert.rejects(deposed.verbs["run.create"](request, SOMEBODY), { code: "no_leader" });
    assert.equal((await recordOf(id)).phase, "failed");
  }
  await using next = await leadUntilStored(5, () => undefined);
  const accepted = await next.verbs["run.create"](request, SOMEBODY);
  assert.deepEqual([accepted.id, accepted.phase, accepted.epoch], [id, "requested", 5]);
  assert.ok(next.drivers().some((driver) => driver.record().id === id));
  await assert.rejects(next.verbs["run.create"]({ ...request, start: false }, SOMEBODY), {
    code: "key_reused",
  });
});

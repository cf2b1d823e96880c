/** The autoscaler watches what the code makes, and its arithmetic never leaves a run short of slots. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { namesFor } from "../../../libs/protocol/names.ts";
import { slotsFor } from "../../../services/worker/slices/slots.ts";
import { settledReplicas } from "../autoscaler.ts";
import {
  type Any,
  amountOf,
  containersOf,
  environmentOf,
  type Manifest,
  named,
  OVERLAYS,
  objectsOf,
  type Workload,
  workloadsOf,
} from "../render.ts";

/** All that KEDA's trigger reads; what else stands in its metadata it ignores without a word. */
const TRIGGER_KEYS = [
  ...["natsServerMonitoringEndpoint", "account", "stream", "consumer"],
  ...["lagThreshold", "activationLagThreshold"],
];
/** Of a worker's slots, so that the autoscaler's tolerance does not use up the rest. */
const SHARE_OF_SLOTS = 0.8;
const MIB = 2 ** 20;

/** Slots that the workers of a workload find they have. */
function slotsOf(workload: Workload, objects: readonly Manifest[]): number {
  const [container] = containersOf(workload);
  const { LOGBURST_SLOTS: set } = environmentOf(container, objects);
  const { cpu, memory } = container.resources.limits;
  return set === undefined ? slotsFor(amountOf(cpu), amountOf(memory) / MIB) : Number(set);
}

/** Every object that scales workers, with what it scales. */
function scalingOf(overlay: string) {
  const objects = objectsOf(overlay);
  const workloads = workloadsOf(objects);
  return [...named(objects, "ScaledObject"), ...named(objects, "ScaledJob")].map((scaled) => {
    const target = scaled.spec.scaleTargetRef?.name ?? scaled.metadata.name;
    const workload = workloads.find(({ name }) => name === target);
    assert.ok(workload, `${scaled.metadata.name} scales ${target}`);
    return { scaled, workload, objects, slots: slotsOf(workload, objects) };
  });
}

for (const overlay of OVERLAYS) {
  test(`${overlay}: the trigger watches the consumer that the coordinator makes, and says nothing that KEDA would ignore`, () => {
    const { streams, consumers } = namesFor();
    const all = scalingOf(overlay);
    assert.ok(all.length >= 1);
    for (const { scaled, workload, objects, slots } of all) {
      const { triggers } = scaled.spec;
      assert.equal(triggers.length, 1);
      const [{ type, metadata }] = triggers as Any[];
      assert.equal(type, "nats-jetstream");
      assert.deepEqual(Object.keys(metadata).sort(), TRIGGER_KEYS.toSorted());
      const { LOGBURST_POOL: pool = "" } = environmentOf(containersOf(workload)[0], objects);
      assert.equal(metadata.stream, streams.slices);
      assert.equal(metadata.consumer, consumers.workers(pool));
      assert.equal(metadata.account, "$G");
      assert.equal(metadata.natsServerMonitoringEndpoint, "nats-headless.logburst.svc.cluster.local:8222");
      assert.equal(metadata.lagThreshold, String(Math.floor(slots * SHARE_OF_SLOTS)));
      // A pool's consumer is there before its first worker.
      const coordinator = workloadsOf(objects).find(({ name }) => name === "coordinator") as Workload;
      const { LOGBURST_POOLS: made = "" } = environmentOf(containersOf(coordinator)[0], objects);
      assert.ok(["default", ...made.split(" ")].includes(pool), `${pool} is made at the start`);
    }
  });

  test(`${overlay}: nothing but the autoscaler says how many workers there are`, () => {
    for (const { scaled, workload } of scalingOf(overlay)) {
      assert.equal(workload.replicas, undefined, workload.title);
      if (scaled.kind === "ScaledJob") continue;
      assert.equal(scaled.spec.minReplicaCount, 0);
      assert.ok(scaled.spec.fallback.replicas > 0);
    }
    const targets = scalingOf(overlay).map(({ workload }) => workload.name);
    assert.equal(new Set(targets).size, targets.length, "no two scale the same");
  });

  test(`${overlay}: whatever a run needs, the workers that come have slots for it`, () => {
    for (const { scaled, slots } of scalingOf(overlay)) {
      const lagThreshold = Number(scaled.spec.triggers[0].metadata.lagThreshold);
      const scaling = { lagThreshold, activationLag: 0, most: Number.POSITIVE_INFINITY };
      for (let needed = 1; needed <= 5000; needed++) {
        const replicas = settledReplicas(needed, scaling);
        assert.ok(replicas * slots >= needed, `${needed} slots on ${replicas} workers`);
        assert.ok(replicas <= Math.ceil(needed / lagThreshold), `${needed} slots: no more than it takes`);
      }
    }
  });
}

test("workers as Jobs are the Deployment's, but for ending when there is nothing to do", () => {
  const worker = (overlay: string) =>
    workloadsOf(objectsOf(overlay)).find(({ name }) => name === "worker") as Workload;
  const { pod: job } = structuredClone(worker("jobs"));
  const { pod } = structuredClone(worker("production"));
  const args = job.containers[0].args.splice(3);
  assert.deepEqual(args, ["--exit-when-idle", "60"]);
  assert.equal(job.restartPolicy, "Never");
  delete job.restartPolicy;
  delete pod.topologySpreadConstraints;
  assert.deepEqual(job, pod);
});

/** Logburst's own Pods through a Kubernetes API: their states in few words, what the cluster says of them, the ends of their logs. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { connectCluster } from "../../libs/cluster/client.ts";
import { admitAll } from "../../services/coordinator/api/guard.ts";
import { podVerbs } from "../../services/coordinator/api/verbs/pods.ts";
import { type Kubernetes, startKubernetes } from "../support/kubernetes/api.ts";
import { fillWithPods } from "../support/kubernetes/pods.ts";

let kubernetes: Kubernetes;
let verbs: ReturnType<typeof podVerbs>;
const caller = await admitAll("pod.list", { via: "HTTP", authorization: undefined, address: undefined });

before(async () => {
  kubernetes = await startKubernetes();
  fillWithPods(kubernetes);
  process.env.KUBECONFIG = kubernetes.kubeconfig;
  verbs = podVerbs(await connectCluster());
});
after(() => kubernetes[Symbol.asyncDispose]());

test("each Pod is told with why it does not run", async () => {
  const { namespace, pods } = await verbs["pod.list"]({}, caller);
  assert.equal(namespace, "logburst");
  assert.deepEqual(
    pods.map(({ name, component, phase, ready, restarts, reason }) => [
      name,
      component,
      phase,
      ready,
      restarts,
      reason,
    ]),
    [
      ["worker-a", "worker", "Running", true, 0, undefined],
      ["worker-b", "worker", "Running", false, 3, "CrashLoopBackOff"],
      ["worker-c", "worker", "Pending", false, 0, "Unschedulable"],
    ],
  );
});

test("of one Pod the cluster's events are told, the newest last, and the end of its log, also of before its restart", async () => {
  const { pod: shown, events } = await verbs["pod.get"]({ pod: "worker-b" }, caller);
  assert.equal(shown.message, "back-off 40s");
  assert.deepEqual(
    events.map(({ reason, count }) => [reason, count]),
    [
      ["Started", 2],
      ["BackOff", 2],
    ],
  );
  const log = (previous: boolean) => verbs["pod.logs"]({ pod: "worker-b", lines: 2, previous }, caller);
  assert.equal((await log(false)).text, "two\nthree");
  assert.equal((await log(true)).text, "heap out of memory");
});

test("other Pods are nobody's business, and without a cluster there are none", async () => {
  const asked = verbs["pod.logs"]({ pod: "secret-keeper", lines: 5, previous: false }, caller);
  await assert.rejects(asked, { code: "not_found" });
  await assert.rejects(podVerbs(undefined)["pod.list"]({}, caller), { code: "no_cluster" });
  assert.deepEqual(kubernetes.refused, []);
});

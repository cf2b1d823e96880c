/** Pods of a cluster, as a Kubernetes API tells of them: one that runs, one that dies again and again, and one that has no place. */

import type { Kubernetes } from "./api.ts";

const pod = (name: string, status: Readonly<Record<string, unknown>>) => ({
  metadata: {
    name,
    labels: { "app.kubernetes.io/component": "worker" },
    creationTimestamp: "2026-11-22T00:00:00Z",
  },
  // What waits for a place is nowhere yet.
  spec: { containers: [], ...(status.phase !== "Pending" && { nodeName: "machine-1" }) },
  status,
});
const container = (more: object) => ({
  name: "c",
  image: "i",
  imageID: "",
  ready: false,
  restartCount: 0,
  ...more,
});

export function fillWithPods(kubernetes: Pick<Kubernetes, "pods" | "events" | "logs">): void {
  kubernetes.pods.push(
    pod("worker-a", {
      phase: "Running",
      containerStatuses: [container({ ready: true, state: { running: {} } })],
    }),
    pod("worker-b", {
      phase: "Running",
      containerStatuses: [
        container({
          restartCount: 3,
          state: { waiting: { reason: "CrashLoopBackOff", message: "back-off 40s" } },
          lastState: { terminated: { reason: "OOMKilled", exitCode: 137 } },
        }),
      ],
    }),
    pod("worker-c", {
      phase: "Pending",
      conditions: [
        { type: "PodScheduled", status: "False", reason: "Unschedulable", message: "0/3 machines are free" },
      ],
    }),
  );
  const about = (name: string) => ({ kind: "Pod", name, namespace: "logburst" });
  const event = (name: string, reason: string, lastTimestamp: string) => ({
    ...{ metadata: { name: `${name}.${reason}` }, involvedObject: about(name), type: "Warning", reason },
    ...{ message: `it is ${reason}`, count: 2, lastTimestamp },
  });
  kubernetes.events.push(
    event("worker-b", "BackOff", "2026-11-22T00:02:00Z"),
    event("worker-b", "Started", "2026-11-22T00:01:00Z"),
    event("worker-a", "Pulled", "2026-11-22T00:01:00Z"),
  );
  kubernetes.logs.set("worker-b", "one\ntwo\nthree");
  kubernetes.logs.set("worker-b previous", "heap out of memory");
}

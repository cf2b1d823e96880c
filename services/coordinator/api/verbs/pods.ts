/** Logburst's own Pods, through the Kubernetes API: what stands where no worker says anything any more. */

import { type Cluster, ClusterError } from "../../../../libs/cluster/cluster.ts";
import { LogburstError, messageOf } from "../../../../libs/protocol/errors.ts";
import type { Verbs } from "./handlers.ts";

/** @param cluster none where Logburst looks into no cluster */
export function podVerbs(cluster: Cluster | undefined): Pick<Verbs, "pod.list" | "pod.get" | "pod.logs"> {
  return {
    "pod.list": () =>
      ask(cluster, async (there) => ({ namespace: there.namespace, pods: await there.pods() })),
    "pod.get": ({ pod }) =>
      ask(cluster, async (there) => ({ pod: await ownPod(there, pod), events: await there.podEvents(pod) })),
    "pod.logs": ({ pod, lines, previous }) =>
      ask(cluster, async (there) => {
        await ownPod(there, pod);
        return { pod, text: await there.podLog(pod, { lines, previous }) };
      }),
  };
}

/** Others' Pods in the namespace are nobody's business here. */
async function ownPod(cluster: Cluster, name: string) {
  const found = (await cluster.pods()).find((pod) => pod.name === name);
  if (found) return found;
  throw new LogburstError("not_found", `there is no Pod ${name} of Logburst`, {
    remedies: ["list the Pods"],
  });
}

/** @throws LogburstError `no_cluster`, `cluster_unavailable`, `not_found` */
async function ask<T>(cluster: Cluster | undefined, question: (there: Cluster) => Promise<T>): Promise<T> {
  if (!cluster)
    throw new LogburstError("no_cluster", "this coordinator looks into no cluster", {
      remedies: ["set LOGBURST_KUBERNETES=on for the coordinators"],
    });
  try {
    return await question(cluster);
  } catch (cause) {
    if (!(cause instanceof ClusterError)) throw cause;
    throw new LogburstError("cluster_unavailable", `the Kubernetes API: ${messageOf(cause)}`, {
      remedies: ["look at the Role of the coordinators: it needs pods, pods/log and events"],
      cause,
    });
  }
}

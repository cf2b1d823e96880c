/** The verbs about Logburst's own Pods, where it runs in a Kubernetes cluster. */

import { z } from "zod";
import { PodEvent, PodState } from "../pod.ts";
import { Nothing } from "./requests.ts";
import type { Verb } from "./verb.ts";

const pod = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/)
  .describe("the Pod's name, which is the id of the node in it too");

const OnePod = z.strictObject({ pod });

const PodLogs = z.strictObject({
  pod,
  lines: z.number().int().min(1).max(5000).default(200).describe("the last lines, so many of them"),
  previous: z.boolean().default(false).describe("of the container before its last restart"),
});

export const POD_VERBS = {
  "pod.list": {
    summary: "Logburst's own Pods: whether they run, and why not",
    method: "get",
    path: "/pods",
    request: Nothing,
    answer: z.object({ namespace: z.string(), pods: z.array(PodState) }),
    status: 200,
  },
  "pod.get": {
    summary: "A Pod with what the cluster says of it",
    method: "get",
    path: "/pods/{pod}",
    request: OnePod,
    answer: z.object({ pod: PodState, events: z.array(PodEvent) }),
    status: 200,
  },
  "pod.logs": {
    summary: "The last lines of a Pod's log as the cluster keeps it, also of one that is gone to the bad",
    method: "get",
    path: "/pods/{pod}/logs",
    request: PodLogs,
    answer: z.object({ pod: z.string(), text: z.string() }),
    status: 200,
  },
} as const satisfies Readonly<Record<string, Verb>>;

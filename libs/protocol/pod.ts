/** A Pod of Logburst's own, as a Kubernetes API tells of it. */

import { z } from "zod";

const Count = z.number().int().nonnegative();

export const PodEvent = z.object({
  type: z.string().describe("Normal or Warning"),
  reason: z.string(),
  message: z.string(),
  count: Count,
  last_seen: z.string().optional(),
});
export type PodEvent = z.infer<typeof PodEvent>;

export const PodState = z.object({
  name: z.string().describe("also the id of the node that runs in it"),
  component: z.string().optional().describe("coordinator, aggregator or worker"),
  phase: z.string().describe("Pending, Running, Succeeded, Failed or Unknown"),
  ready: z.boolean(),
  restarts: Count,
  /** Why it is not running, as far as a container or the scheduler says. */
  reason: z
    .string()
    .optional()
    .describe("why it waits, or how it ended: ImagePullBackOff, OOMKilled, Unschedulable"),
  message: z.string().optional(),
  machine: z.string().optional().describe("the Kubernetes node that it is on"),
  created_at: z.string().optional(),
});
export type PodState = z.infer<typeof PodState>;

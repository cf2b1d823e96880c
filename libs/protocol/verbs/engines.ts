/** The verb about engines: what targets a system can ask. */

import { z } from "zod";
import type { Verb } from "./verb.ts";

/** An engine as a list shows it. */
const EngineEntry = z.object({
  name: z.string(),
  module: z.string().optional().describe("where it comes from outside"),
  apis: z.array(z.string()).describe("what a query's api may be; not known of an engine from outside"),
  options: z.array(z.string()),
  stateful: z
    .boolean()
    .describe("it leaves something at its target, which is counted and removed after a run"),
  telemetry: z.boolean().describe("its servers are asked how they do"),
});
export type EngineEntry = z.infer<typeof EngineEntry>;

export const ENGINE_VERBS = {
  "engine.list": {
    summary: "List the engines that a config may choose",
    method: "get",
    path: "/engines",
    request: z.strictObject({}),
    answer: z.object({ engines: z.array(EngineEntry) }),
    status: 200,
  },
} as const satisfies Readonly<Record<string, Verb>>;

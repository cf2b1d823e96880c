/** The workers as the API lists them, and a system in which they are all there. */

import { z } from "zod";
import { NodeStatus } from "../../libs/protocol/node.ts";
import { eventually } from "./eventually.ts";
import { type System, startSystem } from "./system.ts";

const Answer = z.object({ nodes: z.array(NodeStatus) });

export async function nodesOf({ stack }: System): Promise<NodeStatus[]> {
  const response = await fetch(`${stack.apiUrl}/api/v1/nodes`);
  return Answer.parse(await response.json()).nodes;
}

/** One worker; undefined while it is not listed. */
export async function nodeOf(system: System, id: string): Promise<NodeStatus | undefined> {
  return (await nodesOf(system)).find((node) => node.node_id === id);
}

/** A system whose workers are all at work before the first run: on a busy machine the last may come when a short one is over. */
export async function startFleet(options: Parameters<typeof startSystem>[0]): Promise<System> {
  const system = await startSystem(options);
  const isThere = async () => (await nodesOf(system)).length >= options.workers;
  await eventually(`${options.workers} workers in the list`, isThere);
  return system;
}

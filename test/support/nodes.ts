/** The workers as the API lists them. */

import { z } from "zod";
import { NodeStatus } from "../../libs/protocol/node.ts";
import type { System } from "./system.ts";

const Answer = z.object({ nodes: z.array(NodeStatus) });

export async function nodesOf({ stack }: System): Promise<NodeStatus[]> {
  const response = await fetch(`${stack.apiUrl}/api/v1/nodes`);
  return Answer.parse(await response.json()).nodes;
}

/** One worker; undefined while it is not listed. */
export async function nodeOf(system: System, id: string): Promise<NodeStatus | undefined> {
  return (await nodesOf(system)).find((node) => node.node_id === id);
}

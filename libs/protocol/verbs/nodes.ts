/** The verbs about workers, and the log lines of any service. */

import { NodeStatus } from "../node.ts";
import * as answers from "./answers.ts";
import * as requests from "./requests.ts";
import type { Verb } from "./verb.ts";

export const NODE_VERBS = {
  "node.list": {
    summary: "List the workers",
    method: "get",
    path: "/nodes",
    request: requests.ListNodes,
    answer: answers.NodePage,
    status: 200,
  },
  "node.get": {
    summary: "Show a worker",
    method: "get",
    path: "/nodes/{node}",
    request: requests.OneNode,
    answer: NodeStatus,
    status: 200,
    key: "node",
  },
  "node.logs": {
    summary: "The last log lines of a service that this coordinator has heard",
    method: "get",
    path: "/nodes/{node}/logs",
    request: requests.NodeLogs,
    answer: answers.LogLines,
    status: 200,
  },
} as const satisfies Readonly<Record<string, Verb>>;

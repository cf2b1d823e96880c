/** The verbs about the kill switch. */

import { KillState } from "../kill.ts";
import * as requests from "./requests.ts";
import type { Verb } from "./verb.ts";

export const KILL_VERBS = {
  "kill.get": {
    summary: "Show the kill switch",
    method: "get",
    path: "/kill",
    request: requests.Nothing,
    answer: KillState,
    status: 200,
  },
  "kill.set": {
    summary:
      "End all load at once: nothing more is sent, what is in flight is aborted, and nothing starts until it is cleared",
    method: "post",
    path: "/kill",
    request: requests.KillAll,
    answer: KillState,
    status: 200,
  },
  "kill.clear": {
    summary: "Clear the kill switch: runs may start again",
    method: "delete",
    path: "/kill",
    request: requests.Nothing,
    answer: KillState,
    status: 200,
  },
} as const satisfies Readonly<Record<string, Verb>>;
